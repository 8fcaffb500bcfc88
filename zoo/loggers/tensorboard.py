"""TensorBoard: event files, one folder per training; it keeps text and numbers, no files."""

from pathlib import Path

from lightning.pytorch.loggers import TensorBoardLogger

from ..card import Card, confusion_markdown, to_markdown
from . import Tracking
from ._outcome import scores

NEEDS = "tensorboard"


def build(folder: Path, tracking: Tracking) -> TensorBoardLogger:  # noqa: ARG001 (one face)
    """Build the logger; a resumed training writes on in its folder."""
    home = tracking.store.resolve() / "tensorboard"
    return TensorBoardLogger(home, name=tracking.run_name, version="", default_hp_metric=False)


def forget(logger: TensorBoardLogger, epoch: int, step: int) -> None:  # noqa: ARG001 (one face)
    """Mark what earlier starts wrote from a step on, so that TensorBoard passes it over."""
    if any(Path(logger.log_dir).glob("events.*")):
        logger._kwargs["purge_step"] = step  # noqa: SLF001 (for the writer, which is made later)


def keep(logger: TensorBoardLogger, card: Card, weights: Path) -> None:
    """Write the scores beside the parameters; the card and where the weights are as text."""
    logger.log_hyperparams(logger.hparams, scores(card))
    writer = logger.experiment
    writer.add_text("card", to_markdown(card))
    writer.add_text("confusion matrix", confusion_markdown(card.test))
    writer.add_text("weights", f"`{weights.resolve()}`, SHA-256 of the tensors `{card.digest}`")


def finish(logger: TensorBoardLogger, status: str) -> None:
    """Write what is left."""
    logger.finalize(status)


def see(store: Path) -> str:
    """The command that shows the runs of a store."""
    return f"tensorboard --logdir {store.resolve() / 'tensorboard'}"
