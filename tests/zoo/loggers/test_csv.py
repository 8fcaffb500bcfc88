"""The CSV file is always there."""

import csv
from pathlib import Path

import pytest

from tests.zoo.loggers import logged
from zoo import loggers
from zoo.card import read_card


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return logged.run(tmp_path_factory.mktemp("csv") / "run")


def test_metrics_are_written_per_epoch(folder: Path) -> None:
    head, *rows = (folder / "metrics" / "version_0" / "metrics.csv").read_text().splitlines()
    assert {"epoch", "train_loss", "train_accuracy", "validation_loss"} <= set(head.split(","))
    assert {row.split(",")[0] for row in rows} == {"0", "1"}


def test_csv_needs_not_be_asked_for() -> None:
    assert "csv" not in loggers.names()


def test_parameters_scores_and_confusions_are_written(folder: Path) -> None:
    card = read_card(folder / "card.json")
    scores = dict(_rows(folder / "metrics" / "test_scores.csv"))
    confusion = _rows(folder / "metrics" / "confusion.csv")
    parameters = (folder / "metrics" / "version_0" / "hparams.yaml").read_text()
    assert float(scores["test_accuracy"]) == pytest.approx(card.test.accuracy)
    assert [tuple(map(int, row[1:])) for row in confusion[1:]] == list(card.test.confusion)
    assert f"learning_rate: {logged.RECIPE.learning_rate}" in parameters


def test_the_epoch_that_was_interrupted_is_written_once(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="power cut"):
        logged.run(tmp_path / "run", tell=logged.fail_in_epoch(2))
    first = tmp_path / "run" / "metrics" / "version_0" / "metrics.csv"
    before = [row["epoch"] for row in _epochs(first) if row["validation_loss"]]
    with first.open("a") as file:
        file.write("0,0.5")  # as if it was killed while it wrote

    logged.run(tmp_path / "run", resume=True)

    rows = [row for n in (0, 1) for row in _epochs(first.parents[1] / f"version_{n}/metrics.csv")]
    assert before == ["0", "1"]
    for name in ("validation_loss", "train_loss"):
        assert [row["epoch"] for row in rows if row[name]] == ["0", "1"]


def _epochs(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text().splitlines()))


def _rows(path: Path) -> list[list[str]]:
    return list(csv.reader(path.read_text().splitlines()))
