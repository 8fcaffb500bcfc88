"""Tuning computed from weights, held against the measured one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cnnviz.dsp import tuning
from cnnviz.errors import CnnvizError
from cnnviz.filterbanks import Settings, read_banks
from cnnviz.model import AudioModel
from cnnviz.probing import UnitLayer
from cnnviz.results import Bank
from cnnviz.results.tone_tuning import ComputedTuning

_NULL_DRAWS = 50  # only responses are wanted of the banks
_MOST_OTHERS = 8
_LOWEST = 1e-30


def read_computed(model: AudioModel, layers: Sequence[UnitLayer], seed: int) -> dict[str, Bank]:
    """Banks of those layers whose response can be computed."""
    found = {}
    for layer in layers:
        settings = Settings(least_points=64, null_draws=_NULL_DRAWS, seed=seed)
        try:
            (bank,) = read_banks(model, [layer.name], settings)
        except CnnvizError:  # no convolution, or one that cannot be read
            continue
        if bank.responses is not None and len(bank.table.dead) == layer.n_units:
            found[layer.name] = bank
    return found


def compare(
    bank: Bank | None, responses: np.ndarray, frequencies: np.ndarray
) -> ComputedTuning | None:
    """Computed beside measured curves, each unit's against its own and against the others'."""
    if bank is None or bank.responses is None or bank.sample_rate is None:
        return None
    kernels = bank.responses.kernels
    if kernels.seconds is None or len(kernels.seconds) < 2:
        return None
    rate = 1 / float(kernels.seconds[1] - kernels.seconds[0])
    computed = tuning.computed_levels(kernels.taps, frequencies, rate)
    measured = tuning.decibels(responses)
    heard = (responses > 0).any(axis=1) & ~bank.table.dead
    own = np.where(heard, tuning.curve_differences(measured, computed), np.nan)
    others = against_others(measured, computed, heard)
    behind = tuning.behind_threshold(responses, 10 ** (computed / 20))
    bent = tuning.curve_differences(measured, tuning.decibels(behind))
    return ComputedTuning(
        levels_db=computed.astype(np.float32),
        policy=bank.policy,
        difference_db=own,
        threshold_difference_db=np.where(heard, bent, np.nan),
        other_difference_db=others,
    )


def against_others(measured: np.ndarray, computed: np.ndarray, heard: np.ndarray) -> np.ndarray:
    """Median difference of each measured curve to computed curves of other units, (unit,)."""
    units = np.flatnonzero(heard)
    found = np.full(len(measured), np.nan)
    if len(units) < 2:
        return found
    shifted = [
        tuning.curve_differences(measured[units], np.roll(computed[units], k, axis=0))
        for k in range(1, min(len(units), _MOST_OTHERS + 1))
    ]
    found[units] = np.median(shifted, axis=0)
    return found
