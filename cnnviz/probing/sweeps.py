"""Units of layers with a cell per audio sample hear an exponential sweep."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from cnnviz.dsp.sweep import Sweep, impulse_responses
from cnnviz.probing.best_tones import BestTones
from cnnviz.probing.listening import Listener
from cnnviz.probing.periodic import at_bands, takes
from cnnviz.probing.stimuli import amplitude
from cnnviz.probing.unit_layers import UnitLayer

N_ORDERS = 3
_LOWEST_HZ, _OF_NYQUIST, _SECONDS = 50.0, 0.98, 2.0
_WIDER = 2.0


@dataclass(frozen=True, kw_only=True, slots=True)
class SweptResponse:
    """Impulse responses of the orders 1 to N_ORDERS, per unit of amplitude.

    Parameters
    ----------
    sweep
        That was heard.
    lags
        Audio samples from the sound to the end of a cell's receptive field, (lag,).
    responses
        (unit, order, lag).
    """

    sweep: Sweep
    lags: np.ndarray
    responses: np.ndarray


def why_no_sweep(layer: UnitLayer) -> str:
    """Why no sweep is played to a layer; empty where one is."""
    field = layer.call.time_field
    if field is None or field.jump == 1:
        return ""
    return (
        f"its cells stand {field.jump:g} audio samples apart, so that harmonics fold and leads are "
        "not their own"
    )


def hear_sweep(
    listener: Listener,
    layers: Sequence[UnitLayer],
    best: Mapping[str, BestTones],
    *,
    level_db: float,
) -> Mapping[str, SweptResponse]:
    """Linear and harmonic impulse responses; empty where the network takes no sound that long.

    Parameters
    ----------
    listener, layers
        Of the network; layers with neither a `why_not` nor a `why_no_sweep`.
    best
        Whose bands are read.
    level_db
        dB re a full-scale sine.
    """
    rate = listener.model.sample_rate
    size = max(math.ceil(layer.field.size) for layer in layers)
    sweep = _fitting(size, rate)
    n_samples = sweep.n_samples + 2 * size
    if not takes(listener, n_samples):
        return {}
    sound = np.zeros((1, n_samples), np.float32)
    sound[0, size : size + sweep.n_samples] = sweep.waveform() * amplitude(level_db)
    heard, silent = (listener.hear(torch.from_numpy(one)) for one in (sound, np.zeros_like(sound)))
    found = {}
    for layer in layers:
        above = heard[layer.name] - silent[layer.name]
        answers = at_bands(above, best[layer.name].band)[0].double().cpu().numpy()
        found[layer.name] = _swept(layer, answers / amplitude(level_db), sweep, size)
    return found


def _swept(layer: UnitLayer, answers: np.ndarray, sweep: Sweep, start: int) -> SweptResponse:
    """Responses of one layer, (unit, cell), to a sweep that begins at `start`."""
    field = layer.field
    first = start - int(field.offset + field.size - 1)  # whose field ends where the sweep begins
    n_lags = 2 * int(field.size)
    before = int(field.size) // 2
    if first < 0:
        answers, first = np.pad(answers, ((0, 0), (-first, 0))), 0
    responses = impulse_responses(
        answers[:, first : first + sweep.n_samples + int(field.size)],
        sweep,
        n_orders=N_ORDERS,
        n_samples=n_lags,
        n_before=before,
    )
    return SweptResponse(sweep=sweep, lags=np.arange(n_lags) - before, responses=responses)


def _fitting(size: int, sample_rate: int) -> Sweep:
    """Sweep whose harmonics stay below Nyquist, and whose orders lie apart."""
    highest = _OF_NYQUIST * sample_rate / (2 * N_ORDERS)
    lowest = min(_LOWEST_HZ, highest / 8)
    apart = _WIDER * 2 * size / sample_rate  # of the orders N_ORDERS - 1 and N_ORDERS
    least = apart * np.log(highest / lowest) / np.log(N_ORDERS / (N_ORDERS - 1))
    return Sweep(
        lowest_hz=lowest,
        highest_hz=highest,
        seconds=float(max(_SECONDS, least)),
        sample_rate=sample_rate,
    )
