"""The tone that drives each unit most, from a quick scan on the path to its layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from cnnviz.probing.listening import Listener
from cnnviz.probing.periodic import heard_in_batches
from cnnviz.probing.stimuli import amplitude, even_phases, tones

N_PHASES = 4
_LOWEST_HZ = 50.0
_OF_NYQUIST = 0.89  # no simple ratio: high harmonics of a rectifier would fold to zero
_ROUNDING = 1e-6


@dataclass(frozen=True, kw_only=True, slots=True)
class BestTones:
    """What drives the units of a layer, (unit,) each.

    Parameters
    ----------
    index
        Of the tone on the grid; -1 where no tone raises the unit above its silence.
    band
        Cell of the frequency axis that answers it most; 0 without such an axis.
    drive
        Root mean square over time and phases of what the activation is above silence.
    silence
        Activation of this cell in silence.
    """

    index: np.ndarray
    band: np.ndarray
    drive: np.ndarray
    silence: np.ndarray

    @property
    def is_driven(self) -> np.ndarray:
        """Whether a tone raises a unit, bool (unit,)."""
        return self.index >= 0


def tone_grid(sample_rate: float, n_tones: int) -> np.ndarray:
    """Frequencies in Hz in equal ratios from 50 Hz to 0.89 of Nyquist, (n_tones,).

    Examples
    --------
    >>> tone_grid(16000, 3).round().tolist()
    [50.0, 597.0, 7120.0]
    """
    return np.geomspace(_LOWEST_HZ, _OF_NYQUIST * sample_rate / 2, n_tones)


def best_tones(
    listener: Listener, frequencies_hz: np.ndarray, *, level_db: float
) -> Mapping[str, BestTones]:
    """Find the tone that drives each unit most, by layer.

    Parameters
    ----------
    listener
        Of the network; tones are as long as it asks for.
    frequencies_hz
        The grid, (tone,).
    level_db
        Of the tones, dB re a full-scale sine.
    """
    n_samples, rate = listener.n_samples, listener.model.sample_rate
    silent = listener.hear(torch.zeros(1, n_samples))
    rest = {
        layer.name: listener.steady(layer, silent[layer.name], n_samples)[0].double().mean(-1)
        for layer in listener.layers
    }
    power = {name: np.zeros((len(frequencies_hz), *one.shape)) for name, one in rest.items()}
    hertz = np.repeat(frequencies_hz, N_PHASES)
    phases = np.tile(even_phases(N_PHASES), len(frequencies_hz))

    def sounds(index: np.ndarray) -> np.ndarray:
        made = tones(hertz[index], phases[index], n_samples=n_samples, sample_rate=rate)
        return np.asarray(made * amplitude(level_db))

    for index, heard in heard_in_batches(listener, sounds, len(hertz), n_samples):
        for layer in listener.layers:
            steady = listener.steady(layer, heard[layer.name], n_samples)
            above = _power_above(steady, rest[layer.name])
            np.add.at(power[layer.name], index // N_PHASES, above / N_PHASES)
    return {name: _best(power[name], rest[name].cpu().numpy()) for name in power}


def _power_above(activations: Tensor, rest: Tensor) -> np.ndarray:
    """Mean square over time of what is above silence, (sound, unit, [frequency])."""
    above = (activations - rest[..., None].to(activations)).clamp_min(0)
    power: np.ndarray = above.square().mean(-1).double().cpu().numpy()
    return power


def _best(power: np.ndarray, rest: np.ndarray) -> BestTones:
    """Largest power over tones and bands of each unit, (tone, unit, [frequency])."""
    n_tones, n_units = power.shape[:2]
    by_unit = np.moveaxis(power.reshape(n_tones, n_units, -1), 1, 0)  # (unit, tone, band)
    n_bands = by_unit.shape[2]
    flat = by_unit.reshape(n_units, -1)
    place = flat.argmax(axis=1)
    drive = np.sqrt(flat[np.arange(n_units), place])
    index, band = np.divmod(place, n_bands)
    is_driven = drive > _ROUNDING * drive.max(initial=0.0)
    silence = rest.reshape(n_units, -1)[np.arange(n_units), band]
    return BestTones(index=np.where(is_driven, index, -1), band=band, drive=drive, silence=silence)
