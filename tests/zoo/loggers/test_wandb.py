"""Weights & Biases works without a network, in one store, and asks nobody."""

import json
import os
from pathlib import Path

import pytest

from tests.zoo.loggers import logged
from zoo.card import read_card


@pytest.fixture
def offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("wandb")
    for name in ("WANDB_MODE", "WANDB_DATA_DIR", "WANDB_ERROR_REPORTING"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")


@pytest.mark.usefixtures("offline")
def test_an_offline_run_lies_in_the_store_with_all_that_it_needs(tmp_path: Path) -> None:
    folder = logged.run(tmp_path / "run", "wandb")

    store, card = tmp_path / logged.STORE / "wandb", read_card(folder / "card.json")
    (record,) = store.glob("offline-run-*/run-*.wandb")
    content = record.read_bytes()
    assert b"validation_accuracy" in content
    assert b"learning_rate" in content
    assert b"test_accuracy" in content
    staged = [path.read_bytes() for path in (store / "artifacts" / "staging").iterdir()]
    for name in ("card.json", "card.md", f"{logged.NAME}.safetensors"):
        assert name.encode() in content
        assert (folder / name).read_bytes() in staged
    (table,) = store.glob("offline-run-*/files/media/table/*.table.json")
    counted = {(true, found): n for true, found, n in json.loads(table.read_text())["data"]}
    assert counted == {
        (true.class_name, found.class_name): card.test.confusion[i][j]
        for i, true in enumerate(card.test.classes)
        for j, found in enumerate(card.test.classes)
    }
    assert list((tmp_path / "here").iterdir()) == []
    assert os.environ["WANDB_ERROR_REPORTING"] == "false"  # its service looks up a host otherwise
    assert "WANDB_DATA_DIR" not in os.environ
