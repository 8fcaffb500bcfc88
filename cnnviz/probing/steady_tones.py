"""Units hear whole periods of their best tones, alone and beside a second tone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cnnviz.dsp.harmonics import (
    cycles_without_common_factor,
    harmonic_amplitudes,
    total_harmonic_distortion,
)
from cnnviz.probing.best_tones import N_PHASES, BestTones
from cnnviz.probing.listening import STEADY_SECONDS, Listener
from cnnviz.probing.periodic import Room, heard_in_batches, room_for
from cnnviz.probing.stimuli import amplitude, even_phases, tones
from cnnviz.probing.unit_layers import UnitLayer
from cnnviz.probing.unit_periods import best_in_use, cells_in_period, one_period

N_HARMONICS = 6
_CELLS, _LONGEST_SECONDS = 64, 2.0
"""In a period of the slowest layer, for harmonics; and what that may last."""
_HIGHEST = 0.95  # of Nyquist, for second tones
_FLOOR = 1e-3


@dataclass(frozen=True, kw_only=True, slots=True)
class Harmonics:
    """Of the best tones of the units of a layer; NaN where not measured.

    `amplitudes` (unit, 1 + harmonic) begin with the mean above silence; `distortion` is (unit,).
    """

    amplitudes: np.ndarray
    distortion: np.ndarray


@dataclass(frozen=True, kw_only=True, slots=True)
class Suppression:
    """What a second tone does to the response to the first.

    `levels_db` (unit, ratio, level) is the response re that to the first tone alone; `reads_mean`
    (unit,) says whether the mean is read instead of the component at the first tone.
    """

    levels_db: np.ndarray
    reads_mean: np.ndarray


def hear_harmonics(
    listener: Listener,
    layers: Sequence[UnitLayer],
    best: Mapping[str, BestTones],
    tones_hz: np.ndarray,
    *,
    level_db: float,
) -> Mapping[str, Harmonics]:
    """Harmonics of each unit's best tone, of layers whose cells hold them.

    Parameters
    ----------
    listener, layers
        Of the network; layers without a `why_not`.
    best, tones_hz
        Best tones, and the grid they are on.
    level_db
        dB re a full-scale sine.
    """
    slowest = max(layer.field.jump for layer in layers)
    rate = listener.model.sample_rate
    seconds = float(np.clip(_CELLS * slowest / rate, STEADY_SECONDS, _LONGEST_SECONDS))
    room = room_for(listener, layers, seconds=seconds)
    period = room.period(seconds)
    able = [layer for layer in layers if cells_in_period(layer, period) > 2 * N_HARMONICS]
    if not able:
        return {}
    used = best_in_use(best, able)
    counts = [cells_in_period(layer, period) for layer in able]
    cycles = _cycles(tones_hz[used], period, rate, counts)
    found = {layer.name: no_harmonics(layer.n_units) for layer in able}
    n_samples = room.length(period)

    def sounds(index: np.ndarray) -> np.ndarray:
        hertz = cycles[index] * rate / period
        made = tones(hertz, np.zeros(len(index)), n_samples=n_samples, sample_rate=rate)
        return np.asarray(made * amplitude(level_db))

    for index, heard in heard_in_batches(listener, sounds, len(used), n_samples):
        for layer in able:
            cells = one_period(layer, heard, best, room=room, period=period)
            for row, tone in enumerate(index):
                units = np.flatnonzero(best[layer.name].index == used[tone])
                _write(found[layer.name], units, cells[row, units], int(cycles[tone]))
    for layer in able:
        found[layer.name].amplitudes[:, 0] -= best[layer.name].silence
    return found


def hear_two_tones(
    listener: Listener,
    layers: Sequence[UnitLayer],
    best: Mapping[str, BestTones],
    tones_hz: np.ndarray,
    *,
    level_db: float,
    ratios: np.ndarray,
    second_levels_db: np.ndarray,
) -> Mapping[str, Suppression]:
    """Response to each unit's best tone beside a second one, re that to the first alone.

    The response is the component at the first tone or the mean above silence, whichever the first
    tone alone makes larger; components are averaged over phases of the second tone.

    Parameters
    ----------
    listener, layers, best, tones_hz, level_db
        As in `hear_harmonics`; the level of the first tone.
    ratios
        Frequency of the second tone re the first, (ratio,).
    second_levels_db
        Levels of the second tone re the first, (level,).
    """
    room = room_for(listener, layers, seconds=STEADY_SECONDS)
    pairs = _Pairs(
        listener=listener,
        room=room,
        period=room.period(STEADY_SECONDS),
        best=best,
        level_db=level_db,
        ratios=ratios,
        second_levels_db=second_levels_db,
    )
    able = [layer for layer in layers if cells_in_period(layer, pairs.period) > 2]
    return pairs.heard(able, tones_hz) if able else {}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Pairs:
    """All pairs of tones; the second one's last ratio and level stand for none at all."""

    listener: Listener
    room: Room
    period: int
    best: Mapping[str, BestTones]
    level_db: float
    ratios: np.ndarray
    second_levels_db: np.ndarray

    def heard(self, layers: Sequence[UnitLayer], tones_hz: np.ndarray) -> Mapping[str, Suppression]:
        used = best_in_use(self.best, layers)
        counts = [cells_in_period(layer, self.period) for layer in layers]
        first = _cycles(tones_hz[used], self.period, self.room.sample_rate, counts)
        wanted = np.outer(tones_hz[used], self.ratios)  # (tone, ratio)
        second = _cycles(wanted.ravel(), self.period, self.room.sample_rate, counts)
        second = second.reshape(wanted.shape)
        grid = (len(used), len(self.ratios), len(self.second_levels_db), N_PHASES)
        n_pairs, n_samples = int(np.prod(grid)), self.room.length(self.period)
        sums = {
            layer.name: np.zeros((n_pairs // N_PHASES + len(used), layer.n_units, 2), complex)
            for layer in layers
        }

        def sounds(index: np.ndarray) -> np.ndarray:
            return self._made(index, grid, first, second)

        for index, heard in heard_in_batches(self.listener, sounds, n_pairs + len(used), n_samples):
            place = np.where(
                index < n_pairs, index // N_PHASES, index - n_pairs + n_pairs // N_PHASES
            )
            weight = np.where(index < n_pairs, 1 / N_PHASES, 1.0)[:, None, None]
            tone = np.where(index < n_pairs, index // int(np.prod(grid[1:])), index - n_pairs)
            for layer in layers:
                cells = one_period(layer, heard, self.best, room=self.room, period=self.period)
                values = _mean_and_component(cells, first[tone])
                np.add.at(sums[layer.name], place, weight * values)
        allowed = (wanted < _HIGHEST * self.room.sample_rate / 2) & (second != first[:, None])
        return {
            layer.name: _suppression(
                sums[layer.name], self.best[layer.name], used, grid[:3], allowed
            )
            for layer in layers
        }

    def _made(
        self, index: np.ndarray, grid: tuple[int, ...], first: np.ndarray, second: np.ndarray
    ) -> np.ndarray:
        """Waveforms by number: first all pairs, then each first tone alone."""
        n_pairs = int(np.prod(grid))
        is_pair = index < n_pairs
        tone, ratio, level, phase = np.unravel_index(np.where(is_pair, index, 0), grid)
        tone = np.where(is_pair, tone, index - n_pairs)
        n_samples, rate = self.room.length(self.period), self.room.sample_rate
        to_hertz = rate / self.period
        one = tones(first[tone] * to_hertz, 0.0 * tone, n_samples=n_samples, sample_rate=rate)
        other = tones(
            second[tone, ratio] * to_hertz,
            even_phases(N_PHASES)[phase],
            n_samples=n_samples,
            sample_rate=rate,
        )
        share = np.where(is_pair, amplitude(self.second_levels_db[level]), 0.0)[:, None]
        return np.asarray((one + share * other) * amplitude(self.level_db))


def _suppression(
    sums: np.ndarray,
    best: BestTones,
    used: np.ndarray,
    grid: tuple[int, ...],
    allowed: np.ndarray,
) -> Suppression:
    """Each unit at its own first tone, re that tone alone."""
    n_grid = int(np.prod(grid))
    n_units = len(best.index)
    pairs = sums[:n_grid].reshape(*grid, n_units, 2)  # (tone, ratio, level, unit, mean | component)
    alone = sums[n_grid:]
    levels, reads_mean = np.full((n_units, *grid[1:]), np.nan), np.zeros(n_units, bool)
    for unit in np.flatnonzero(best.is_driven):
        tone = int(np.searchsorted(used, best.index[unit]))
        above = alone[tone, unit, 0].real - best.silence[unit]
        component = abs(alone[tone, unit, 1])
        reads_mean[unit] = above > component
        if reads_mean[unit]:
            response = (pairs[tone, :, :, unit, 0].real - best.silence[unit]) / above
        elif component > 0:
            response = np.abs(pairs[tone, :, :, unit, 1]) / component
        else:
            continue
        decibels = 20 * np.log10(np.maximum(response, _FLOOR))
        levels[unit] = np.where(allowed[tone][:, None], decibels, np.nan)
    return Suppression(levels_db=levels, reads_mean=reads_mean)


def _mean_and_component(cells: np.ndarray, n_cycles: np.ndarray) -> np.ndarray:
    """Mean, and component at the tone of each sound, complex (sound, unit, 2)."""
    n = cells.shape[-1]
    turns = np.exp(-2j * np.pi * np.outer(n_cycles % n, np.arange(n)) / n) * (2 / n)
    component = np.einsum("sun,sn->su", cells, turns)
    return np.stack([cells.mean(axis=-1) + 0j, component], axis=-1)


def _write(found: Harmonics, units: np.ndarray, cells: np.ndarray, n_cycles: int) -> None:
    found.amplitudes[units] = harmonic_amplitudes(cells, n_cycles, N_HARMONICS)
    found.distortion[units] = total_harmonic_distortion(cells, n_cycles)


def no_harmonics(n_units: int) -> Harmonics:
    """Of units of which nothing was measured."""
    return Harmonics(
        amplitudes=np.full((n_units, 1 + N_HARMONICS), np.nan), distortion=np.full(n_units, np.nan)
    )


def _cycles(
    wanted_hz: np.ndarray, period: int, sample_rate: int, counts: Sequence[int]
) -> np.ndarray:
    return np.array(
        [cycles_without_common_factor(hertz * period / sample_rate, counts) for hertz in wanted_hz],
        dtype=int,
    )
