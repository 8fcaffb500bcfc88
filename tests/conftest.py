"""Fixtures shared by all tests."""

from pathlib import Path

import pytest

DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"


@pytest.fixture(scope="session")
def data() -> Path:
    """Folder of the optional test data; skips, visibly, where it is absent."""
    if not DATA.is_dir():
        pytest.skip("optional test data is not here (../shared/data)")
    return DATA
