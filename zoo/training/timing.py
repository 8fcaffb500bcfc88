"""A few steps of a training, timed; what they learn is thrown away."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from statistics import median
from time import perf_counter

import torch
from lightning.pytorch import Callback, Trainer
from torch import Tensor

from .. import catalogue
from ..corpus import Corpus, Split
from .quiet import quiet
from .request import Training
from .single import fresh_model, training_module
from .trainer import build_timer
from .training_module import VALIDATION_BATCH

N_WARM_UP, N_TIMED = 1, 3


@dataclass(frozen=True, kw_only=True, slots=True)
class StepTimes:
    """Seconds of one training step, and of one batch of validation clips."""

    training: float
    validation: float


def time_steps(
    training: Training,
    class_names: tuple[str, ...],
    n_samples: int,
    *,
    clock: Callable[[], float] = perf_counter,
) -> StepTimes:
    """Time steps of a training on noise: the median of three, after one that warms up.

    Parameters
    ----------
    training
        Checked by `check`; its folder is not written to.
    class_names
        Of the corpus; the background class among them means noise in the augmentation.
    n_samples
        Audio samples per clip.
    clock
        Gives the time in seconds.
    """
    spec = catalogue.family_of(training.name).spec(training.name, class_names)
    model = fresh_model(training, spec)
    corpus = _noise(training.recipe.batch_size, class_names, n_samples)
    short = replace(training, recipe=replace(training.recipe, epochs=1))
    stopwatch = _Stopwatch(clock)
    with quiet():
        build_timer(short, stopwatch).fit(training_module(short, model, corpus))
    return StepTimes(
        training=median(stopwatch.steps[N_WARM_UP:]),
        validation=median(stopwatch.batches[N_WARM_UP:]),
    )


def _noise(batch_size: int, class_names: tuple[str, ...], n_samples: int) -> Corpus:
    """Clips for as many batches as are timed and warm up; one batch, repeated."""
    n_batches = N_WARM_UP + N_TIMED
    train, validation = (
        _split(n_clips, n_batches, len(class_names), n_samples)
        for n_clips in (batch_size, VALIDATION_BATCH)
    )
    return Corpus(
        name="noise",
        digest="",
        class_names=class_names,
        train=train,
        validation=validation,
        test=validation,
    )


def _split(n_clips: int, n_batches: int, n_classes: int, n_samples: int) -> Split:
    generator = torch.Generator().manual_seed(0)
    noise = torch.randint(-3000, 3000, (n_clips, n_samples), generator=generator)
    waveforms: Tensor = noise.to(torch.int16).repeat(n_batches, 1)  # (clip, time)
    return Split(waveforms=waveforms, labels=torch.arange(len(waveforms)) % n_classes)


class _Stopwatch(Callback):  # type: ignore[misc]  # untyped, see pyproject
    """Times each step from its start until the device has done it."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock, self._start = clock, 0.0
        self.steps: list[float] = []
        self.batches: list[float] = []

    def on_train_batch_start(self, *_: object) -> None:
        """Start."""
        self._start = self._clock()

    def on_train_batch_end(self, trainer: Trainer, *_: object) -> None:
        """Stop."""
        self.steps.append(self._stop(trainer))

    def on_validation_batch_start(self, *_: object) -> None:
        """Start."""
        self._start = self._clock()

    def on_validation_batch_end(self, trainer: Trainer, *_: object) -> None:
        """Stop."""
        self.batches.append(self._stop(trainer))

    def _stop(self, trainer: Trainer) -> float:
        device = trainer.strategy.root_device
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        return self._clock() - self._start
