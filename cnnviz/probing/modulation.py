"""Units hear their own best tones modulated, and the components of their answers are read.

Sounds are made by rate: those of one rate share a length, hold whole periods of it and carry every
carrier that is the best of some unit, at phases around the circle, over which complex components
are averaged, so that beats of the carrier with the cells cancel.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from cnnviz.model import AudioModel
from cnnviz.probing.best_tones import N_PHASES, BestTones, best_tones, tone_grid
from cnnviz.probing.listening import STEADY_SECONDS, Listener, listening
from cnnviz.probing.modulated import modulated_tones
from cnnviz.probing.periodic import (
    Room,
    at_bands,
    cell_rate_hz,
    heard_in_batches,
    period_cells,
    projection,
    room_for,
)
from cnnviz.probing.stimuli import amplitude, even_phases
from cnnviz.probing.unit_layers import UnitLayer

_MOST_OF_NYQUIST = 0.9
_MOST_OF_CARRIER = 0.5
_HARMONICS = (3, 4)
"""A second and a third harmonic of the modulation fold back onto it where three or four times the
rate is the rate of the cells."""
_NO_MEAN = 1e-6


@dataclass(frozen=True, kw_only=True, slots=True)
class Sweep:
    """Which modulated tones are heard; see `ModulationTransferOfUnits`."""

    lowest_hz: float
    rates_per_octave: int
    n_tones: int
    level_db: float
    depth: float
    deviations: tuple[float, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerComponents:
    """Components of the units of one layer; NaN where not measured.

    Parameters
    ----------
    sample_rate
        Hz.
    carrier_hz, band
        Best tone and cell of the frequency axis, (unit,).
    rates_hz
        (rate,).
    components
        At the rate, complex (unit, kind, rate); kind 0 is amplitude modulation, the others
        frequency modulation by each deviation.
    depths, second
        Magnitude at the rate, and at twice the rate, over the mean of all rates, (unit, kind,
        rate).
    """

    sample_rate: int
    carrier_hz: np.ndarray
    band: np.ndarray
    rates_hz: np.ndarray
    components: np.ndarray
    depths: np.ndarray
    second: np.ndarray


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """Layers that have a rate, by name, and how much sound that took in s."""

    layers: Mapping[str, LayerComponents]
    sound_seconds: float


@dataclass(frozen=True, kw_only=True, slots=True)
class _Rate:
    """One rate with the period of its sounds in audio samples."""

    hertz: float
    period: int


def hear_modulation(
    model: AudioModel,
    layers: Sequence[UnitLayer],
    sweep: Sweep,
    *,
    advance: Callable[[int, int], None],
) -> Heard:
    """Measure units of layers that have no `why_not`.

    Parameters
    ----------
    model
        Borrowed, and given back as it was.
    layers
        In order of execution.
    sweep
        What to play.
    advance
        Called with (rates done, rates in all).
    """
    carriers = tone_grid(model.sample_rate, sweep.n_tones)
    with listening(model, layers) as listener:
        room = room_for(listener, layers, seconds=2 / sweep.lowest_hz)
        rates = _rates(room, layers, sweep)
        if not rates:
            return Heard(layers={}, sound_seconds=0.0)
        best = best_tones(listener, carriers, level_db=sweep.level_db)
        tables = {
            layer.name: np.full(
                (layer.n_units, 1 + len(sweep.deviations), len(rates), 3), np.nan + 0j
            )
            for layer in layers
        }
        seconds = carriers.size * N_PHASES * listener.n_samples / model.sample_rate
        for k, rate in enumerate(rates):
            heard = _Sounds(listener=listener, room=room, rate=rate, sweep=sweep, best=best)
            seconds += heard.fill(
                {name: table[:, :, k] for name, table in tables.items()}, carriers
            )
            advance(k + 1, len(rates))
    hertz = np.array([rate.hertz for rate in rates])
    read = {}
    for layer in layers:
        followed = 2 * hertz < cell_rate_hz(layer, model.sample_rate)
        if followed.any():
            table = tables[layer.name][:, :, followed]
            read[layer.name] = _read(table, hertz[followed], best[layer.name], carriers, room)
    return Heard(layers=read, sound_seconds=seconds)


def _rates(room: Room, layers: Sequence[UnitLayer], sweep: Sweep) -> list[_Rate]:
    """Rates in equal ratios up to Nyquist of the fastest layer, each with whole periods."""
    highest = max(cell_rate_hz(layer, room.sample_rate) for layer in layers) / 2
    highest = min(_MOST_OF_NYQUIST * highest, _MOST_OF_CARRIER * room.sample_rate / 4)
    n_rates = (
        int(np.floor(np.log2(max(highest / sweep.lowest_hz, 0.5)) * sweep.rates_per_octave)) + 1
    )
    wanted = sweep.lowest_hz * 2 ** (np.arange(n_rates) / sweep.rates_per_octave)
    found = [_with_period(float(hertz), room, layers) for hertz in wanted]
    return [rate for rate in found if rate is not None]


def _with_period(hertz: float, room: Room, layers: Sequence[UnitLayer]) -> _Rate | None:
    """The rate nearest to one that whole periods of the cells hold twice or more."""
    n_cycles = max(2, int(np.ceil(STEADY_SECONDS * hertz)))
    exact = n_cycles * room.sample_rate / (hertz * room.step)
    longest = room.period(n_cycles / hertz + room.step / room.sample_rate) // room.step
    steps = max(1, round(exact))
    for shift in (0, 1, -1, 2, -2):
        period = (steps + shift) * room.step
        if 0 < steps + shift <= longest and not _folds(n_cycles, period, layers):
            return _Rate(hertz=n_cycles * room.sample_rate / period, period=period)
    return None


def _folds(n_cycles: int, period: int, layers: Sequence[UnitLayer]) -> bool:
    """Whether a harmonic of the modulation stands on it in the cells of some layer."""
    for layer in layers:
        n_cells = round(period * cell_rate_hz(layer, 1.0))
        is_followed = 2 * n_cycles < n_cells
        if is_followed and any(times * n_cycles % n_cells == 0 for times in _HARMONICS):
            return True
    return False


@dataclass(frozen=True, kw_only=True, slots=True)
class _Sounds:
    """All sounds of one rate."""

    listener: Listener
    room: Room
    rate: _Rate
    sweep: Sweep
    best: Mapping[str, BestTones]

    def fill(self, tables: Mapping[str, np.ndarray], carriers_hz: np.ndarray) -> float:
        """Write mean and components (unit, kind, 3) of layers that follow; gives seconds heard."""
        sample_rate = self.room.sample_rate
        followers = [
            layer
            for layer in self.listener.layers
            if 2 * self.rate.hertz < cell_rate_hz(layer, sample_rate)
        ]
        chosen = self._chosen(carriers_hz, [layer.name for layer in followers])
        if not chosen.size:
            return 0.0
        kinds = (0.0, *self.sweep.deviations)
        n_samples = self.room.length(self.rate.period)
        n_sounds = len(kinds) * len(chosen) * N_PHASES
        sums = {
            layer.name: np.zeros((len(kinds) * len(chosen), layer.n_units, 3), complex)
            for layer in followers
        }
        heard = heard_in_batches(
            self.listener, lambda index: self._made(index, carriers_hz[chosen]), n_sounds, n_samples
        )
        for index, activations in heard:
            for layer in followers:
                values = self._components(layer, activations[layer.name], n_samples)
                np.add.at(sums[layer.name], index // N_PHASES, values / N_PHASES)
        for layer in followers:
            place = np.searchsorted(chosen, self.best[layer.name].index)
            place[~np.isin(self.best[layer.name].index, chosen)] = -1
            units = np.flatnonzero(place >= 0)
            by_kind = sums[layer.name].reshape(len(kinds), len(chosen), -1, 3)
            by_kind[~self._is_below_nyquist(carriers_hz[chosen])] = np.nan
            tables[layer.name][units] = np.moveaxis(by_kind[:, place[units], units], 0, 1)
        return n_sounds * n_samples / sample_rate

    def _chosen(self, carriers_hz: np.ndarray, names: Sequence[str]) -> np.ndarray:
        """Carriers that are the best of some unit, and well above the rate."""
        indices = [self.best[name].index for name in names]
        used = np.unique(np.concatenate([np.empty(0, int), *indices]))
        used = used[used >= 0]
        return np.asarray(used[self.rate.hertz <= _MOST_OF_CARRIER * carriers_hz[used]])

    def _is_below_nyquist(self, carriers_hz: np.ndarray) -> np.ndarray:
        """Whether the sidebands of a sound are, bool (kind, carrier)."""
        shares = np.array((0.0, *self.sweep.deviations))[:, None]
        highest = carriers_hz * (1 + shares) + self.rate.hertz
        return np.asarray(highest < self.room.sample_rate / 2)

    def _made(self, index: np.ndarray, carriers_hz: np.ndarray) -> np.ndarray:
        """Waveforms of sounds by number: kind, carrier, phase."""
        kind, rest = np.divmod(index, len(carriers_hz) * N_PHASES)
        carrier, phase = np.divmod(rest, N_PHASES)
        shares = np.array((0.0, *self.sweep.deviations))
        hertz = carriers_hz[carrier]
        sounds = modulated_tones(
            hertz,
            even_phases(N_PHASES)[phase],
            rate_hz=self.rate.hertz,
            depths=np.where(kind == 0, self.sweep.depth, 0.0),
            deviations_hz=shares[kind] * hertz,
            n_samples=self.room.length(self.rate.period),
            sample_rate=self.room.sample_rate,
        )
        return np.asarray(sounds * amplitude(self.sweep.level_db))

    def _components(self, layer: UnitLayer, activations: Tensor, n_samples: int) -> np.ndarray:
        """Mean and components at the rate and at twice the rate, complex (sound, unit, 3)."""
        cells = period_cells(
            layer,
            activations.shape[-1],
            n_samples=n_samples,
            room=self.room,
            period=self.rate.period,
        )
        answers = at_bands(activations[..., cells], self.best[layer.name].band)
        has_second = 4 * self.rate.hertz < cell_rate_hz(layer, self.room.sample_rate)
        cycles = [self.rate.hertz, 2 * self.rate.hertz][: 1 + has_second]
        matrix = projection(layer, cells, cycles, sample_rate=self.room.sample_rate)
        values = np.asarray(answers.double().cpu()) @ matrix.T
        missing = np.full((*values.shape[:2], 1 - has_second), np.nan)
        return np.asarray(np.concatenate([values, missing], axis=2))


def _read(
    table: np.ndarray, rates_hz: np.ndarray, best: BestTones, carriers_hz: np.ndarray, room: Room
) -> LayerComponents:
    """Depths of mean and components, (unit, kind, rate, 3)."""
    known = np.isfinite(table[..., 0])
    sums = np.where(known, table[..., 0].real, 0.0).sum(axis=2, keepdims=True)
    means = sums / np.maximum(known.sum(axis=2, keepdims=True), 1)  # of one rate it may vanish
    is_raised = means > _NO_MEAN * np.maximum(best.drive, np.abs(best.silence))[:, None, None]
    means = np.where(is_raised, means, np.nan)
    return LayerComponents(
        sample_rate=room.sample_rate,
        carrier_hz=np.where(best.is_driven, carriers_hz[best.index], np.nan),
        band=best.band,
        rates_hz=rates_hz,
        components=np.where(is_raised, table[..., 1], np.nan),
        depths=np.abs(table[..., 1]) / means,
        second=np.abs(table[..., 2]) / means,
    )
