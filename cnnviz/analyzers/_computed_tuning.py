"""Tuning computed from weights, held against the measured one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from cnnviz.analyzers._tone_paths import TonePath, sources_by_layer, tone_path
from cnnviz.dsp import tuning
from cnnviz.dsp.composite import is_clip_gain, nonlinear_steps
from cnnviz.errors import CnnvizError
from cnnviz.filterbanks import Settings, read_banks
from cnnviz.model import AudioModel
from cnnviz.probing import UnitLayer
from cnnviz.probing.stimuli import amplitude
from cnnviz.results import Bank
from cnnviz.results.tone_tuning import ComputedTuning

_NULL_DRAWS = 50  # only responses are wanted of the banks
_MOST_OTHERS = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class Computed:
    """Curves of a layer computed from its weights, (unit, frequency); `dead` is bool (unit,)."""

    levels_db: np.ndarray
    policy: str
    dead: np.ndarray
    is_gain: bool
    """Whether the curves are gains: what is behind a threshold is not yet in them."""


def computed_curves(
    model: AudioModel,
    layers: Sequence[UnitLayer],
    frequencies: np.ndarray,
    *,
    level_db: float,
    seed: int,
) -> dict[str, Computed]:
    """Responses at the frequencies of tones, of those layers whose response can be computed.

    Along a linear path it is the response of the composite kernel; behind nonlinear steps it is
    what describing functions give for tones of this level, where every step is known by name and
    none depends on the whole clip.
    """
    found, sources = {}, sources_by_layer(model)
    for layer in layers:
        bank = _bank(model, layer, seed)
        levels = None if bank is None else _composite_levels(bank, frequencies)
        if bank is None or levels is None:
            continue
        one = Computed(levels_db=levels, policy=bank.policy, dead=bank.table.dead, is_gain=True)
        path = tone_path(model, sources.get(layer.name))
        if not isinstance(path, str) and _has_detectors_only(path):
            rises = path.describing(layer, frequencies, float(amplitude(level_db)))
            if rises is not None:
                steps = ", ".join(dict.fromkeys(nonlinear_steps(path.chain)))
                policy = f"describing function of {steps} for tones of {level_db:g} dBFS"
                one = replace(one, levels_db=tuning.decibels(rises), policy=policy, is_gain=False)
        found[layer.name] = one
    return found


def _bank(model: AudioModel, layer: UnitLayer, seed: int) -> Bank | None:
    settings = Settings(least_points=64, null_draws=_NULL_DRAWS, seed=seed)
    try:
        (bank,) = read_banks(model, [layer.name], settings)
    except CnnvizError:  # no convolution, or one that cannot be read
        return None
    return bank if len(bank.table.dead) == layer.n_units else None


def _composite_levels(bank: Bank, frequencies: np.ndarray) -> np.ndarray | None:
    """Of the composite kernels; None where they have no axis in seconds."""
    kernels = None if bank.responses is None else bank.responses.kernels
    if kernels is None or bank.sample_rate is None:
        return None
    if kernels.seconds is None or len(kernels.seconds) < 2:
        return None
    rate = 1 / float(kernels.seconds[1] - kernels.seconds[0])
    return tuning.computed_levels(kernels.taps, frequencies, rate)


def _has_detectors_only(path: TonePath) -> bool:
    """Whether there are nonlinear steps, none of which depends on the whole clip."""
    names = nonlinear_steps(path.chain)
    return bool(names) and not any(map(is_clip_gain, names))


def compare(computed: Computed | None, responses: np.ndarray) -> ComputedTuning | None:
    """Computed beside measured curves, each unit's against its own and against the others'."""
    if computed is None:
        return None
    levels, measured = computed.levels_db, tuning.decibels(responses)
    lowest = tuning.decibels(np.zeros(1))
    heard = (responses > 0).any(axis=1) & ~computed.dead & (levels > lowest).any(axis=1)
    bent = np.full(len(measured), np.nan)
    if computed.is_gain:
        behind = tuning.behind_threshold(responses, 10 ** (levels / 20))
        bent = tuning.curve_differences(measured, tuning.decibels(behind))
    return ComputedTuning(
        levels_db=levels.astype(np.float32),
        policy=computed.policy,
        difference_db=np.where(heard, tuning.curve_differences(measured, levels), np.nan),
        threshold_difference_db=np.where(heard, bent, np.nan),
        other_difference_db=against_others(measured, levels, heard),
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
