"""Units hear whole periods of their best tone and a higher one together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from cnnviz.dsp.intermodulation import intermodulation_db, separate_cycles
from cnnviz.probing.best_tones import BestTones
from cnnviz.probing.listening import STEADY_SECONDS, Listener
from cnnviz.probing.periodic import heard_in_batches, room_for
from cnnviz.probing.stimuli import amplitude, tones
from cnnviz.probing.unit_layers import UnitLayer
from cnnviz.probing.unit_periods import best_in_use, cells_in_period, one_period

RATIO = 1.22
"""Of the two frequencies, as in measurements of the difference tones of ears."""
_CELLS, _LONGEST_SECONDS = 64, 2.0
_FEWEST_CELLS = 32
_HIGHEST = 0.95  # of Nyquist


def hear_intermodulation(
    listener: Listener,
    layers: Sequence[UnitLayer],
    best: Mapping[str, BestTones],
    tones_hz: np.ndarray,
    *,
    level_db: float,
) -> Mapping[str, np.ndarray]:
    """Levels at 2 f1 - f2 and f2 - f1 re the primaries, dB (unit, 2), of layers that hold them.

    f1 is a unit's best tone, f2 = 1.22 f1, both 6 dB below `level_db`, so that their sum peaks
    where one tone of that level does. NaN where f2 is above 0.95 of Nyquist, or the unit gives
    neither primary.

    Parameters
    ----------
    listener, layers, best, tones_hz, level_db
        As in `steady_tones.hear_harmonics`.

    References
    ----------
    Robles, Ruggero and Rich, "Two-tone distortion in the basilar membrane of the cochlea" (1991).
    """
    rate = listener.model.sample_rate
    slowest = max(layer.field.jump for layer in layers)
    seconds = float(np.clip(_CELLS * slowest / rate, STEADY_SECONDS, _LONGEST_SECONDS))
    room = room_for(listener, layers, seconds=seconds)
    period = room.period(seconds)
    able = [layer for layer in layers if cells_in_period(layer, period) >= _FEWEST_CELLS]
    if not able:
        return {}
    counts = [cells_in_period(layer, period) for layer in able]
    pairs = {
        int(tone): separate_cycles(hertz * period / rate, RATIO * hertz * period / rate, counts)
        for tone in best_in_use(best, able)
        if RATIO * (hertz := float(tones_hz[tone])) < _HIGHEST * rate / 2
    }
    heard_pairs = [(tone, *cycles) for tone, cycles in pairs.items() if cycles is not None]
    found = {layer.name: np.full((layer.n_units, 2), np.nan) for layer in able}
    n_samples = room.length(period)

    def sounds(index: np.ndarray) -> np.ndarray:
        hertz = np.array([heard_pairs[k][1:] for k in index]) * rate / period  # (sound, 2)
        made = [
            tones(one, np.zeros(len(index)), n_samples=n_samples, sample_rate=rate)
            for one in hertz.T
        ]
        return np.asarray((made[0] + made[1]) * amplitude(level_db) / 2)

    for index, heard in heard_in_batches(listener, sounds, len(heard_pairs), n_samples):
        for layer in able:
            cells = one_period(layer, heard, best, room=room, period=period)
            for row, (tone, first, second) in enumerate(heard_pairs[k] for k in index):
                units = np.flatnonzero(best[layer.name].index == tone)
                found[layer.name][units] = intermodulation_db(cells[row, units], first, second)
    return found
