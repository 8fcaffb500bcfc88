"""TensorBoard: event files in ``tensorboard/``; see them with ``tensorboard --logdir``."""

from pathlib import Path

from lightning.pytorch.loggers import TensorBoardLogger

NEEDS = "tensorboard"


def build(folder: Path, run_name: str) -> TensorBoardLogger:  # noqa: ARG001 (one face for all)
    """Build the logger of a run folder; every start of the training is a version."""
    return TensorBoardLogger(folder, name="tensorboard", default_hp_metric=False)
