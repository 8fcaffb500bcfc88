"""How long the trials of a sweep will take, from a few timed steps of their networks."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from ..receptive_field import last_field
from ..recipe import Recipe
from ..training import Training, check
from ..training.timing import N_TIMED, N_WARM_UP, StepTimes, time_steps
from ..training.training_module import VALIDATION_BATCH
from ..uninitialised import uninitialised_network
from .data import ClipCounts
from .plan import Plan
from .trial import Trial

MOST_TIMED = 12  # configurations; between them times follow the multiplications
Advance = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class _Configuration:
    """What the time of a step depends on."""

    name: str
    recipe: Recipe
    counts: ClipCounts


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """Time that trials take to train, should none of them stop early.

    Parameters
    ----------
    seconds
        Of each trial, by its identifier, one after another on an idle device.
    device
        That steps were timed on.
    n_timed, n_configurations
        Networks and recipes that steps were timed of, and all that differ in what a step does.
    """

    seconds: Mapping[str, float]
    device: str
    n_timed: int
    n_configurations: int

    @property
    def total(self) -> float:
        """Seconds of all trials, one after another."""
        return sum(self.seconds.values())


def estimate(
    plan: Plan,
    trial_ids: Iterable[str],
    *,
    device: str = "auto",
    precision: str = "auto",
    timed: Callable[[Training, tuple[str, ...], int], StepTimes] = time_steps,
    advance: Advance = lambda _done, _total: None,
) -> Estimate:
    """Estimate how long trials of a plan take on a device of this machine.

    Parameters
    ----------
    plan
        With the trials.
    trial_ids
        Those that are left.
    device, precision
        As for a training.
    timed
        Times the steps of a training.
    advance
        Called with the number of configurations timed, and of those to time.
    """
    wanted = set(trial_ids)
    trials = [trial for trial in plan.trials if trial.trial_id in wanted]
    configurations = {trial.trial_id: _configuration(trial, plan) for trial in trials}
    costs = {one: _cost(one) for one in dict.fromkeys(configurations.values())}
    chosen = _spread(sorted(costs, key=costs.__getitem__))
    times: dict[_Configuration, StepTimes] = {}
    for one in chosen:
        advance(len(times), len(chosen))
        training = check(_training(one, device, precision))
        device = training.device
        times[one] = timed(training, one.counts.class_names, one.counts.n_samples)
    every = _interpolated(costs, times) if chosen else {}
    return Estimate(
        seconds={
            trial.trial_id: trial_seconds(
                trial.recipe, plan.counts[trial.data_digest], every[configurations[trial.trial_id]]
            )
            for trial in trials
        },
        device=device,
        n_timed=len(chosen),
        n_configurations=len(costs),
    )


def trial_seconds(recipe: Recipe, counts: ClipCounts, times: StepTimes) -> float:
    """Seconds of all epochs and of the scores at the end, once per fold where there are folds.

    Examples
    --------
    >>> counts = ClipCounts(
    ...     n_train=40, n_validation=65, n_test=64, n_trainings=1, n_samples=9, class_names=("a",)
    ... )
    >>> trial_seconds(
    ...     Recipe(epochs=10, batch_size=4), counts, StepTimes(training=2.0, validation=0.5)
    ... )
    211.5
    """
    n_steps = max(1, counts.n_train // recipe.batch_size)
    n_validation = ceil(counts.n_validation / VALIDATION_BATCH)
    n_scored = n_validation + ceil(counts.n_test / VALIDATION_BATCH)
    epochs = recipe.epochs * (n_steps * times.training + n_validation * times.validation)
    return counts.n_trainings * (epochs + n_scored * times.validation)


def in_words(found: Estimate, n_workers: int) -> str:
    """The estimate, and what it is from, as one sentence."""
    shared = f", {duration(found.total / n_workers)} with {n_workers} workers" * (n_workers > 1)
    rest = ""
    if found.n_timed < found.n_configurations:
        rest = f" of {found.n_configurations}, the others by their multiplications"
    return (
        f"estimate: {duration(found.total)} of training one trial after another{shared}; "
        f"from {N_TIMED} steps, timed on {found.device} after {N_WARM_UP} to warm up, of each of "
        f"{found.n_timed} configurations{rest}; early stopping makes it shorter, "
        "start-up, reading clips and other work on the machine longer"
    )


def duration(seconds: float) -> str:
    """Two digits are all that an estimate has.

    Examples
    --------
    >>> duration(8.31), duration(754), duration(94_000), duration(400_000)
    ('8 s', '13 min', '26 h', '4.6 days')
    """
    for least, size, unit in ((172_800, 86_400, "days"), (3600, 3600, "h"), (90, 60, "min")):
        if seconds >= least:
            value = seconds / size
            return f"{value:.0f} {unit}" if value >= 10 else f"{value:.1f} {unit}"
    return f"{max(1, round(seconds))} s"


def _configuration(trial: Trial, plan: Plan) -> _Configuration:
    recipe = replace(trial.recipe, seed=0, epochs=1, learning_rate=1e-3)
    return _Configuration(trial.name, recipe, plan.counts[trial.data_digest])


def _training(one: _Configuration, device: str, precision: str) -> Training:
    nowhere = Path("timed and not kept")
    return Training(
        name=one.name, recipe=one.recipe, folder=nowhere, device=device, precision=precision
    )


def _cost(one: _Configuration) -> float:
    """Multiplications and additions of a step's forward pass through the network."""
    network = uninitialised_network(one.name, len(one.counts.class_names)).to("meta").eval()
    inputs = torch.zeros(1, *last_field(one.name).input_shape, device="meta")
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(inputs)
    return float(counter.get_total_flops() * one.recipe.batch_size)


def _spread(ordered: list[_Configuration]) -> list[_Configuration]:
    """The cheapest, the dearest and some between them, where there are many."""
    if len(ordered) <= MOST_TIMED:
        return ordered
    return [ordered[i] for i in np.linspace(0, len(ordered) - 1, MOST_TIMED).round().astype(int)]


def _interpolated(
    costs: Mapping[_Configuration, float], times: Mapping[_Configuration, StepTimes]
) -> dict[_Configuration, StepTimes]:
    """Times of all configurations: along straight lines between the logarithms of those timed."""
    known = np.log([costs[one] for one in times])
    training = np.log([time.training for time in times.values()])
    validation = np.log([time.validation for time in times.values()])

    def between(one: _Configuration) -> StepTimes:
        at = np.log(costs[one])
        return StepTimes(
            training=float(np.exp(np.interp(at, known, training))),
            validation=float(np.exp(np.interp(at, known, validation))),
        )

    return {one: times.get(one) or between(one) for one in costs}
