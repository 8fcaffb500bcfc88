"""The CSV file is always there."""

from pathlib import Path

from tests.zoo.loggers import logged
from zoo import loggers


def test_metrics_are_written_per_epoch(tmp_path: Path) -> None:
    folder = logged.run(tmp_path / "run")

    head, *rows = (folder / "metrics" / "version_0" / "metrics.csv").read_text().splitlines()
    assert {"epoch", "train_loss", "train_accuracy", "validation_loss"} <= set(head.split(","))
    assert {row.split(",")[0] for row in rows} == {"0", "1"}


def test_csv_needs_not_be_asked_for() -> None:
    assert "csv" not in loggers.names()
