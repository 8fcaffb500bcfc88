"""Fixtures of the zoo's tests."""

from pathlib import Path

import pytest
import torch

from tests.zoo import tones
from tests.zoo.sweep import small


@pytest.fixture(scope="session")
def tones_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tones as files, with splits."""
    return tones.write(tmp_path_factory.mktemp("data") / "tones")


@pytest.fixture(scope="session")
def finished_sweep(tmp_path_factory: pytest.TempPathFactory, tones_folder: Path) -> Path:
    """The small sweep, uninterrupted."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("sweeps") / "finished"
    small.sweep(folder, tones_folder)
    torch.set_num_threads(before)
    return folder
