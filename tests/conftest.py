"""Fixtures shared by all tests."""

import os
from pathlib import Path

import pytest

if "PYTEST_XDIST_WORKER" in os.environ:  # a worker per core: more threads would wait spinning
    os.environ.setdefault("OMP_NUM_THREADS", "1")

DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"


@pytest.fixture(scope="session")
def data() -> Path:
    """Folder of the optional test data; skips, visibly, where it is absent."""
    if not DATA.is_dir():
        pytest.skip("optional test data is not here (../shared/data)")
    return DATA
