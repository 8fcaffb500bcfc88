"""A training asks for its room and its folder before it begins."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from cnnviz.errors import BusyError, DiskError
from cnnviz.lock import one_at_a_time
from tests.zoo import tones
from zoo.recipe import Recipe
from zoo.training import Training, train

NAME = "custom_ch4-6-do0.25-bn"


@pytest.fixture
def training(tmp_path: Path) -> Training:
    return Training(
        name=NAME, recipe=Recipe(epochs=1, batch_size=6), folder=tmp_path / "run", device="cpu"
    )


def _with_free(monkeypatch: pytest.MonkeyPatch, folder: Path, n_bytes: int) -> None:
    usage = shutil.disk_usage(folder)._replace(free=n_bytes)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage)


def test_a_disk_without_room_is_told_before_anything_is_written(
    training, tmp_path, monkeypatch
) -> None:
    _with_free(monkeypatch, tmp_path, 200_000)

    with pytest.raises(
        DiskError, match=r"the training in .*run needs up to .* MB and .* 200\.0 kB"
    ):
        train(training, tones.corpus(), tell=lambda line: None)

    assert not training.folder.exists()


def test_what_a_training_asks_for_is_enough_for_its_checkpoints(
    training, tmp_path, monkeypatch
) -> None:
    train(training, tones.corpus(), tell=lambda line: None)
    kept = {path.name: path.stat().st_size for path in training.folder.iterdir()}
    _with_free(monkeypatch, tmp_path, sum(kept.values()) + kept["last.ckpt"])

    with pytest.raises(DiskError, match="the training in"):
        train(replace(training, folder=tmp_path / "other"), tones.corpus())


def test_a_second_training_in_a_folder_is_told_who_is_at_work(training) -> None:
    with (
        one_at_a_time(training.folder),
        pytest.raises(
            BusyError, match=rf"run is being written by process {os.getpid()} on .* since"
        ),
    ):
        train(training, tones.corpus(), tell=lambda line: None)

    assert list(training.folder.iterdir()) == []
