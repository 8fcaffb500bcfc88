"""The Lightning trainer of a run folder: checkpoints, early stopping, metrics, progress."""

import io
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import torch
from lightning.pytorch import Callback, Trainer
from lightning.pytorch.callbacks import EarlyStopping, ModelCheckpoint, RichProgressBar
from lightning.pytorch.plugins.io import CheckpointIO
from torch import nn

from cnnviz.files import write_whole

from .distributed import strategy
from .request import Training
from .stored import Reached, read_training
from .training_module import MONITORED

_PRECISIONS = {"32": "32-true", "bf16": "bf16-mixed", "16": "16-mixed"}


class WholeFiles(CheckpointIO):  # type: ignore[misc]  # untyped, see pyproject
    """Checkpoints that are written whole or not at all, in the folder where they belong.

    A process that is killed while it writes leaves the checkpoint before.
    """

    def save_checkpoint(
        self,
        checkpoint: dict[str, Any],
        path: str | Path,
        storage_options: object = None,  # noqa: ARG002 (the signature is Lightning's)
    ) -> None:
        """Write to a partial file, then rename it."""
        buffer = io.BytesIO()
        torch.save(checkpoint, buffer)
        write_whole(Path(path), buffer.getvalue())

    def load_checkpoint(
        self,
        path: str | Path,
        map_location: object = None,  # noqa: ARG002
        weights_only: bool | None = None,  # noqa: ARG002
    ) -> dict[str, Any]:
        """Read tensors and plain types only, to the CPU."""
        content: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        return content

    def remove_checkpoint(self, path: str | Path) -> None:
        """Remove a checkpoint that is no longer kept."""
        Path(path).unlink(missing_ok=True)


class EpochLines(Callback):  # type: ignore[misc]  # untyped, see pyproject
    """Tell one line per epoch; what a terminal shows as a bar."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._start = 0.0

    def on_train_epoch_start(self, *_: object) -> None:
        """Start the clock."""
        self._start = perf_counter()

    def on_train_epoch_end(self, trainer: Trainer, *_: object) -> None:
        """Tell how the epoch went, once if it was shared."""
        if not trainer.is_global_zero:
            return
        values = {name: float(value) for name, value in trainer.callback_metrics.items()}
        metrics = ", ".join(f"{name} {value:.4f}" for name, value in sorted(values.items()))
        seconds = perf_counter() - self._start
        self._tell(
            f"epoch {trainer.current_epoch + 1}/{trainer.max_epochs}: {metrics}, {seconds:.0f} s"
        )


def build_trainer(
    training: Training,
    *,
    loggers: list[Any],
    validate: bool,
    tell: Callable[[str], None] | None,
) -> Trainer:
    """Build the Lightning trainer of a run folder; `tell` None shows a progress bar instead.

    Without validation clips all epochs are trained and the last is kept.
    """
    recipe, folder = training.recipe, training.folder
    checks = [
        EarlyStopping(MONITORED, patience=recipe.patience, check_on_train_epoch_end=True),
        _checkpoint(folder, "best", monitor=MONITORED),
    ]
    callbacks: list[Callback] = [
        *(checks if validate else []),
        _checkpoint(folder, "last", monitor=None),  # after best, whose score it keeps
        RichProgressBar() if tell is None else EpochLines(tell),
    ]
    return Trainer(
        **_machine(training),
        max_epochs=recipe.epochs,
        logger=loggers,
        callbacks=callbacks,
        plugins=[WholeFiles()],
        enable_progress_bar=tell is None,
        enable_model_summary=False,
        limit_val_batches=1.0 if validate else 0,
        num_sanity_val_steps=0,
        log_every_n_steps=1,
    )


def build_timer(training: Training, stopwatch: Callback) -> Trainer:
    """Build a trainer that does the same steps, keeps nothing and tells a callback of them."""
    return Trainer(
        **_machine(training),
        max_epochs=training.recipe.epochs,
        logger=False,
        callbacks=[stopwatch],
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
    )


def _machine(training: Training) -> dict[str, Any]:
    """Devices and precision of a training, as Lightning names them."""
    devices = training.device.split(",")
    indices = [int(device.partition(":")[2]) for device in devices if ":" in device]
    return {
        "accelerator": "cpu" if training.device.startswith("cpu") else "gpu",
        "devices": indices or len(devices),
        "strategy": strategy(len(devices)),
        "precision": _PRECISIONS[training.precision],
    }


def reached(training: Training, network: nn.Module) -> Reached:
    """How far a training came, and whether it is over or stopped early.

    Lightning by itself would train a stopped one for another epoch.
    """
    last = training.folder / "last.ckpt"
    if not last.exists():
        return Reached()
    checkpoint = read_training(last, network)
    stopped = [
        state["wait_count"] >= training.recipe.patience or state["stopped_epoch"] > 0
        for name, state in checkpoint["callbacks"].items()
        if name.startswith(EarlyStopping.__name__)
    ]
    n_epochs = checkpoint["epoch"] + 1
    return Reached(
        n_epochs=n_epochs,
        n_steps=checkpoint["global_step"],
        is_over=any(stopped) or n_epochs >= training.recipe.epochs,
    )


def _checkpoint(folder: Path, name: str, *, monitor: str | None) -> ModelCheckpoint:
    return ModelCheckpoint(
        dirpath=folder,
        filename=name,
        monitor=monitor,
        enable_version_counter=False,
        save_on_train_epoch_end=True,
    )
