"""Further descriptors of filters, from what a reading of their responses has at hand."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import chain
from typing import Any

import numpy as np

from cnnviz.dsp import descriptors
from cnnviz.dsp.envelopes import measure_envelopes
from cnnviz.dsp.lobes import side_lobes_db
from cnnviz.dsp.moments import durations, power_quantiles, spectral_entropies, spectral_moments
from cnnviz.dsp.phase_classes import classify_phases

_TENTH = 0.1  # 10 dB below the peak
_SHARES = (0.025, 0.05, 0.5, 0.95, 0.975)
NEITHER_END, ZERO, NYQUIST, BOTH = "", "0 Hz", "Nyquist", "both"


@dataclass(frozen=True, kw_only=True, slots=True)
class Spectra:
    """Filters, and their responses as they were read.

    Parameters
    ----------
    taps
        (filter, tap).
    sample_rate
        Hz, of the axis the taps run along.
    powers, logs
        (filter, n) on a one-sided grid, and the logarithms of `response.log_powers`.
    peaks, half_power
        Of these powers.
    symmetry
        Of `descriptors.symmetries`, (filter,).
    """

    taps: np.ndarray
    sample_rate: float
    powers: np.ndarray
    logs: np.ndarray
    peaks: descriptors.Peaks
    half_power: descriptors.Bands
    symmetry: np.ndarray

    @property
    def bin_hz(self) -> float:
        """Hz between the points of the grid."""
        n_steps: int = self.powers.shape[1] - 1
        return self.sample_rate / 2 / n_steps


@dataclass(frozen=True, kw_only=True, slots=True)
class Details:
    """Descriptors of filters, each (filter,), as defined in `results.FilterDetails`."""

    noise_gain_db: np.ndarray
    l1_gain_db: np.ndarray
    spectral_centroid_hz: np.ndarray
    spectral_spread_hz: np.ndarray
    median_hz: np.ndarray
    rolloff_5_hz: np.ndarray
    rolloff_95_hz: np.ndarray
    bandwidth_10db_hz: np.ndarray
    reach_10db: tuple[str, ...]
    occupied_95_hz: np.ndarray
    q_10db: np.ndarray
    q_erb: np.ndarray
    peak_to_mean_db: np.ndarray
    spectral_entropy_bits: np.ndarray
    n_lobes: np.ndarray
    side_lobe_db: np.ndarray
    duration_seconds: np.ndarray
    heisenberg_area: np.ndarray
    envelope_skewness: np.ndarray
    attack_seconds: np.ndarray
    decay_seconds: np.ndarray
    phase_class: tuple[str, ...]


def describe(spectra: Spectra, gains_db: np.ndarray) -> Details:
    """Describe filters.

    Parameters
    ----------
    spectra
        Of filters at a convenient scale.
    gains_db
        What that scale took from each, (filter,).
    """
    energy = descriptors.energies(spectra.taps)
    tenth = descriptors.bands_above(spectra.powers, spectra.peaks, share=_TENTH)
    alive = np.where(energy > 0, 1.0, np.nan)
    banded = np.where(tenth.reaches_zero | tenth.reaches_nyquist, np.nan, alive)
    moments = spectral_moments(spectra.taps, spectra.sample_rate)
    return Details(
        **_levels(spectra, energy, gains_db),
        **_widths(spectra, energy, tenth, banded),
        **_quantiles(spectra, alive),
        **_times(spectra, moments.spread_hz, banded),
        spectral_centroid_hz=moments.centroid_hz,
        spectral_spread_hz=moments.spread_hz,
        n_lobes=np.where(energy > 0, tenth.n_regions, 0),
        side_lobe_db=side_lobes_db(spectra.powers, spectra.peaks, tenth),
        phase_class=classify_phases(spectra.taps, spectra.symmetry),
    )


def _levels(spectra: Spectra, energy: np.ndarray, gains_db: np.ndarray) -> dict[str, Any]:
    height = descriptors.ratio(spectra.peaks.power, energy)
    return {
        "noise_gain_db": descriptors.decibels(energy) + gains_db,
        "l1_gain_db": 2 * descriptors.decibels(np.abs(spectra.taps).sum(axis=1)) + gains_db,
        "peak_to_mean_db": descriptors.decibels(height),
        "spectral_entropy_bits": spectral_entropies(spectra.powers, spectra.logs),
    }


def _widths(
    spectra: Spectra, energy: np.ndarray, tenth: descriptors.Bands, banded: np.ndarray
) -> dict[str, Any]:
    half = spectra.half_power
    centre = (half.lower + half.upper) / 2 * spectra.bin_hz
    is_open = half.reaches_zero | half.reaches_nyquist
    width = (tenth.upper - tenth.lower) * spectra.bin_hz * banded
    nyquist = spectra.sample_rate / 2
    erb = descriptors.equivalent_bandwidths(energy, spectra.peaks.power, nyquist)
    return {
        "bandwidth_10db_hz": width,
        "reach_10db": _reaches(tenth, energy > 0),
        "q_10db": centre / width,
        "q_erb": np.where(is_open, np.nan, descriptors.ratio(centre, erb)),
    }


def _quantiles(spectra: Spectra, alive: np.ndarray) -> dict[str, Any]:
    """Frequencies below which shares of the power lie."""
    hertz = power_quantiles(spectra.powers, _SHARES) * spectra.bin_hz * alive
    lowest, low, median, high, highest = hertz
    return {
        "rolloff_5_hz": low,
        "median_hz": median,
        "rolloff_95_hz": high,
        "occupied_95_hz": highest - lowest,
    }


def _times(spectra: Spectra, spread_hz: np.ndarray, banded: np.ndarray) -> dict[str, Any]:
    """The analytic signal has no finite duration where a band runs to an end of the axis."""
    duration = durations(spectra.taps) / spectra.sample_rate
    envelopes = measure_envelopes(spectra.taps)
    return {
        "duration_seconds": duration,
        "heisenberg_area": duration * 2 * np.pi * spread_hz * banded,
        "envelope_skewness": envelopes.skewness * banded,
        "attack_seconds": envelopes.attack / spectra.sample_rate * banded,
        "decay_seconds": envelopes.decay / spectra.sample_rate * banded,
    }


def joined(parts: Sequence[Details]) -> Details:
    """Details of several banks as of one."""
    columns: dict[str, Any] = {}
    for field in fields(Details):
        column = [getattr(part, field.name) for part in parts]
        is_words = isinstance(column[0], tuple)
        columns[field.name] = tuple(chain(*column)) if is_words else np.concatenate(column)
    return Details(**columns)


def _reaches(bands: descriptors.Bands, alive: np.ndarray) -> tuple[str, ...]:
    """Which end of the axis each band runs to."""
    low, high = bands.reaches_zero & alive, bands.reaches_nyquist & alive
    words = np.select((low & high, low, high), (BOTH, ZERO, NYQUIST), default=NEITHER_END)
    return tuple(str(word) for word in words)
