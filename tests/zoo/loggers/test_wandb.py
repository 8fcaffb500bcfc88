"""Weights & Biases works without a network and stays in the run folder."""

from pathlib import Path

import pytest

from tests.zoo.loggers import logged


def test_offline_run_lies_in_the_run_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("wandb")
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")

    folder = logged.run(tmp_path / "run", "wandb")

    (record,) = folder.glob("wandb/offline-run-*/run-*.wandb")
    assert record.stat().st_size > 0
    assert b"validation_accuracy" in record.read_bytes()
    assert list((tmp_path / "here").iterdir()) == []
