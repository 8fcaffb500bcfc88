"""The network in training as Lightning sees it; only this file imports Lightning."""

import logging
from collections.abc import Callable
from copy import deepcopy
from math import ceil, cos, pi
from pathlib import Path
from time import perf_counter
from typing import cast

import torch
import torch.nn.functional as F
from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.callbacks import EarlyStopping, ModelCheckpoint, RichProgressBar
from lightning.pytorch.loggers import CSVLogger
from torch import Generator, Tensor, nn

from cnnviz.frontend import Frontend

from .augmentation import augment, mask
from .channels_last import lay_out
from .corpus import Corpus, to_float
from .recipe import Recipe
from .request import Training

_MONITORED = "validation_loss"
_VALIDATION_BATCH = 64
_EPOCHS_PER_SEED = 1_000_003  # prime, so that seeds do not share epochs


class Trainee(LightningModule):  # type: ignore[misc]  # untyped, see pyproject
    """A network, the moving average of its weights, and the clips it learns from.

    The clips are buffers, so that they follow the network to its device; a step gets the
    number of its batch and takes the clips from there. All randomness of an epoch comes from
    the seed and the number of the epoch: a resumed training equals an uninterrupted one.

    Parameters
    ----------
    network
        Eats (clip, 1, time), or (clip, 1, 1, time) when `wide`.
    frontend
        Waveform to network input.
    corpus
        Clips.
    recipe
        How to train.
    sample_rate
        Hz.
    wide
        Whether `network` is a twin made by `channels_last.widen`.
    """

    waveforms: Tensor
    labels: Tensor
    held_out: Tensor
    held_out_labels: Tensor
    background: Tensor

    def __init__(
        self,
        network: nn.Module,
        frontend: Frontend,
        corpus: Corpus,
        recipe: Recipe,
        *,
        sample_rate: int,
        wide: bool,
    ) -> None:
        super().__init__()
        self.network, self.average = network, deepcopy(network).requires_grad_(False)
        self.frontend, self.recipe = frontend, recipe
        self.sample_rate, self.wide = sample_rate, wide
        self.n_batches = max(1, len(corpus.train) // recipe.batch_size)
        kept = {
            "waveforms": corpus.train.waveforms,
            "labels": corpus.train.labels,
            "held_out": corpus.validation.waveforms,
            "held_out_labels": corpus.validation.labels,
            "background": _background(corpus, recipe.background_class),
        }
        for name, tensor in kept.items():
            self.register_buffer(name, tensor, persistent=False)

    def train_dataloader(self) -> range:
        """Numbers of the batches of an epoch."""
        return range(self.n_batches)

    def val_dataloader(self) -> range:
        """Numbers of the batches of validation clips."""
        return range(ceil(len(self.held_out_labels) / _VALIDATION_BATCH))

    def on_train_epoch_start(self) -> None:
        """Draw the order of the epoch and seed its augmentation and dropout."""
        seed = self.recipe.seed * _EPOCHS_PER_SEED + self.current_epoch
        torch.manual_seed(seed)
        self.order = torch.randperm(len(self.labels)).to(self.device)
        self.generator = Generator(self.device).manual_seed(seed)
        self.average.eval()

    def on_train_batch_start(self, *_: object) -> None:
        """Let the slow layers learn in this step, or not; backward stops before them."""
        due = self.global_step % self.recipe.slow_interval == 0
        for name, parameter in self.network.named_parameters():
            if name.partition(".")[0] in self.recipe.slow_layers:
                parameter.requires_grad_(due)

    def training_step(self, batch: int, _index: int) -> Tensor:
        """Loss of one augmented batch, a scalar."""
        size = self.recipe.batch_size
        chosen = self.order[batch * size : (batch + 1) * size]
        logits = self._logits(self.network, self._varied(chosen))
        labels = self.labels[chosen]
        loss = F.cross_entropy(logits, labels, label_smoothing=self.recipe.label_smoothing)
        accuracy = (logits.argmax(dim=1) == labels).float().mean()
        metrics = {"train_loss": loss.detach(), "train_accuracy": accuracy}
        self.log_dict(metrics, on_step=False, on_epoch=True, batch_size=len(chosen))
        return loss

    def on_train_batch_end(self, *_: object) -> None:
        """Move the average towards the new weights, faster in the first steps."""
        step = self.global_step
        decay = min(self.recipe.average_decay, (1 + step) / (10 + step))
        kept_tensors = self.average.state_dict().values()
        new_tensors = self.network.state_dict().values()
        for kept, new in zip(kept_tensors, new_tensors, strict=True):
            if kept.is_floating_point():
                kept.lerp_(new, 1 - decay)
            else:
                kept.copy_(new)

    def validation_step(self, batch: int, _index: int) -> None:
        """Score the average on clips that are not trained on."""
        chosen = slice(batch * _VALIDATION_BATCH, (batch + 1) * _VALIDATION_BATCH)
        logits = self._logits(self.average, self.frontend(to_float(self.held_out[chosen])))
        labels = self.held_out_labels[chosen]
        metrics = {
            _MONITORED: F.cross_entropy(logits, labels),
            "validation_accuracy": (logits.argmax(dim=1) == labels).float().mean(),
        }
        self.log_dict(metrics, prog_bar=True, batch_size=len(labels))

    def configure_optimizers(self) -> dict[str, object]:
        """AdamW with a warm-up and a cosine; weight decay on kernels and matrices only."""
        weights = [p for p in self.network.parameters() if p.ndim > 1]
        rest = [p for p in self.network.parameters() if p.ndim <= 1]
        groups = [
            {"params": weights, "weight_decay": self.recipe.weight_decay},
            {"params": rest, "weight_decay": 0.0},
        ]
        optimizer = torch.optim.AdamW(groups, lr=self.recipe.learning_rate, betas=(0.9, 0.99))
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, self._rate)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def _rate(self, step: int) -> float:
        total = self.recipe.epochs * self.n_batches
        warmup = min(self.recipe.warmup_epochs * self.n_batches, total / 2)
        if step < warmup:
            return (step + 1) / (warmup + 1)
        return 0.5 * (1 + cos(pi * (step - warmup) / (total - warmup)))

    def _augmented(self, chosen: Tensor) -> Tensor:
        background = None
        if len(self.background):
            shape = (len(chosen),)
            drawn = torch.randint(
                len(self.background), shape, generator=self.generator, device=self.device
            )
            background = to_float(self.background[drawn])
        return augment(
            to_float(self.waveforms[chosen]),
            background,
            self.recipe.augmentation,
            sample_rate=self.sample_rate,
            generator=self.generator,
        )

    def _varied(self, chosen: Tensor) -> Tensor:
        """What the frontend makes of augmented clips; spectrograms get masks."""
        inputs = self.frontend(self._augmented(chosen))
        if inputs.ndim == 2:
            return inputs  # (clip, time)
        return mask(inputs, self.recipe.augmentation, self.generator)

    def _logits(self, network: nn.Module, inputs: Tensor) -> Tensor:
        if inputs.ndim == 2:
            inputs = inputs.unsqueeze(1)  # (clip, 1, time)
        if self.wide:
            inputs = lay_out(inputs)
        return cast(Tensor, network(inputs))  # (clip, class)


class EpochLines(Callback):  # type: ignore[misc]  # untyped, see pyproject
    """Tell one line per epoch; what a terminal shows as a bar."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._start = 0.0

    def on_train_epoch_start(self, *_: object) -> None:
        """Start the clock."""
        self._start = perf_counter()

    def on_train_epoch_end(self, trainer: Trainer, *_: object) -> None:
        """Tell how the epoch went."""
        values = {name: float(value) for name, value in trainer.callback_metrics.items()}
        shown = ", ".join(f"{name} {value:.4f}" for name, value in sorted(values.items()))
        seconds = perf_counter() - self._start
        self._tell(
            f"epoch {trainer.current_epoch + 1}/{trainer.max_epochs}: {shown}, {seconds:.0f} s"
        )


def build_trainer(
    training: Training, *, validate: bool, tell: Callable[[str], None] | None
) -> Trainer:
    """Build the Lightning trainer of a run folder; `tell` None shows a progress bar instead.

    Without validation clips all epochs are trained and the last is kept.
    """
    recipe, folder = training.recipe, training.folder
    chosen = [
        EarlyStopping(_MONITORED, patience=recipe.patience, check_on_train_epoch_end=True),
        _checkpoint(folder, "best", monitor=_MONITORED),
    ]
    callbacks: list[Callback] = [
        *(chosen if validate else []),
        _checkpoint(folder, "last", monitor=None),  # after best, whose score it keeps
        RichProgressBar() if tell is None else EpochLines(tell),
    ]
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    accelerator, _, index = training.device.partition(":")
    return Trainer(
        accelerator="gpu" if accelerator == "cuda" else accelerator,
        devices=[int(index)] if index else 1,
        max_epochs=recipe.epochs,
        logger=CSVLogger(folder, name="metrics"),
        callbacks=callbacks,
        enable_progress_bar=tell is None,
        enable_model_summary=False,
        limit_val_batches=1.0 if validate else 0,
        num_sanity_val_steps=0,
        log_every_n_steps=1,
    )


def _checkpoint(folder: Path, name: str, *, monitor: str | None) -> ModelCheckpoint:
    return ModelCheckpoint(
        dirpath=folder,
        filename=name,
        monitor=monitor,
        enable_version_counter=False,
        save_on_train_epoch_end=True,
    )


def _background(corpus: Corpus, class_name: str) -> Tensor:
    if class_name not in corpus.class_names:
        return corpus.train.waveforms[:0]
    return corpus.train.waveforms[corpus.train.labels == corpus.class_names.index(class_name)]
