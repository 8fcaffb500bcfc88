"""TensorBoard reads what was logged."""

from pathlib import Path

import pytest

from tests.zoo.loggers import logged


def test_event_files_hold_the_metrics(tmp_path: Path) -> None:
    accumulator = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator", exc_type=ImportError
    )

    folder = logged.run(tmp_path / "run", "tensorboard")

    events = accumulator.EventAccumulator(str(folder / "tensorboard" / "version_0")).Reload()
    assert {"train_loss", "validation_accuracy"} <= set(events.Tags()["scalars"])
    assert len(events.Scalars("train_loss")) == 2
