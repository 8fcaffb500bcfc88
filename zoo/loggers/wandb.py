"""Weights & Biases: offline runs, no account and no network; ``WANDB_MODE=online`` sends them.

Every start of a training is a run; those of one training share a name. Offline nothing is looked
up, its reports of errors included, unless ``WANDB_ERROR_REPORTING`` asks for them.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lightning.pytorch.loggers import WandbLogger

from ..card import Card, to_json, to_markdown
from . import Tracking
from ._outcome import class_names, scores

NEEDS = "wandb"


def build(folder: Path, tracking: Tracking) -> WandbLogger:  # noqa: ARG001 (one face for all)
    """Build the logger, in the project ``cnnviz``."""
    mode = os.environ.get("WANDB_MODE", "offline")
    if mode == "offline":
        os.environ.setdefault("WANDB_ERROR_REPORTING", "false")
    import wandb

    tracking.store.mkdir(parents=True, exist_ok=True)
    return WandbLogger(
        name=tracking.run_name,
        project="cnnviz",
        save_dir=tracking.store.resolve(),
        log_model=False,
        mode=mode,
        settings=wandb.Settings(silent=True),
    )


def forget(logger: WandbLogger, epoch: int, step: int) -> None:
    """Leave it: each start is a run of its own."""


def keep(logger: WandbLogger, card: Card, weights: Path) -> None:
    """Write the scores, a chart of the confusion matrix, and an artifact of card and weights."""
    import wandb

    run = logger.experiment
    run.summary.update(scores(card))
    run.log({"confusion matrix": _chart(card)})
    artifact = wandb.Artifact(card.name, type="model", metadata={"digest": card.digest})
    with _staged_in(Path(logger.save_dir) / "wandb"):
        for name, text in (("card.md", to_markdown(card)), ("card.json", to_json(card))):
            with artifact.new_file(name, encoding="utf-8") as file:
                file.write(text)
        artifact.add_file(str(weights))
        run.log_artifact(artifact)


def finish(logger: WandbLogger, status: str) -> None:
    """End the run, where one was begun."""
    if logger.version is not None:
        logger.experiment.finish(exit_code=int(status != "success"))


def see(store: Path) -> str:
    """The command that sends the offline runs of a store."""
    return f"wandb sync {store.resolve() / 'wandb'}/offline-run-*"


def _chart(card: Card) -> object:
    """The confusion matrix as the pairs of classes that it counts."""
    import wandb

    pairs = [
        (true, predicted)
        for true, row in enumerate(card.test.confusion)
        for predicted, n_clips in enumerate(row)
        for _ in range(n_clips)
    ]
    return wandb.plot.confusion_matrix(
        y_true=[true for true, _ in pairs],
        preds=[predicted for _, predicted in pairs],
        class_names=class_names(card),
        title="Confusion matrix of the test clips",
    )


@contextmanager
def _staged_in(folder: Path) -> Iterator[None]:
    """Let artifacts wait in a folder, not in the home of the user."""
    before = os.environ.get("WANDB_DATA_DIR")
    os.environ["WANDB_DATA_DIR"] = before or str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ["WANDB_DATA_DIR"]
