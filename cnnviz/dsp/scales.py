"""Frequency scales of hearing and of spectrogram axes."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np


def erb_hz(frequencies: np.ndarray) -> np.ndarray:
    """Bandwidth of human auditory filters in Hz at frequencies in Hz.

    Equivalent rectangular bandwidths (Glasberg and Moore, "Derivation of auditory filter shapes
    from notched-noise data", 1990).

    Examples
    --------
    >>> round(float(erb_hz(np.array(1000.0))), 1)
    132.6
    """
    bandwidths: np.ndarray = 24.7 * (4.37e-3 * np.asarray(frequencies, dtype=np.float64) + 1.0)
    return bandwidths


def erb_number(frequencies: np.ndarray) -> np.ndarray:
    """ERB-rate scale: how many human auditory filters fit below frequencies in Hz.

    E = 21.4 log10(1 + 0.00437 f) (Glasberg and Moore, 1990).

    Examples
    --------
    >>> round(float(erb_number(np.array(1000.0))), 1)
    15.6
    """
    return np.asarray(21.4 * np.log10(1 + 4.37e-3 * np.asarray(frequencies, dtype=np.float64)))


def mel_htk(frequencies: np.ndarray) -> np.ndarray:
    """Mel scale, 2595 log10(1 + f / 700) (Young et al., "The HTK Book", 2006).

    Examples
    --------
    >>> round(float(mel_htk(np.array(1000.0))), 2)
    999.99
    """
    return np.asarray(2595 * np.log10(1 + np.asarray(frequencies, dtype=np.float64) / 700))


def mel_slaney(frequencies: np.ndarray) -> np.ndarray:
    """Mel scale: 3 f / 200 up to 1 kHz, then 27 equal steps for a factor of 6.4 (Slaney, 1998).

    Of M. Slaney, "Auditory Toolbox, Version 2"; librosa's default.

    Examples
    --------
    >>> mel_slaney(np.array([1000.0, 6400.0])).tolist()
    [15.0, 42.0]
    """
    hertz = np.asarray(frequencies, dtype=np.float64)
    above = 15 + 27 * np.log(np.maximum(hertz, 1000.0) / 1000) / np.log(6.4)
    return np.where(hertz < 1000, 3 * hertz / 200, above)


def bark(frequencies: np.ndarray) -> np.ndarray:
    """Critical-band rate, 26.81 f / (1960 + f) - 0.53.

    Traunmüller, "Analytical expressions for the tonotopic sensory scale", 1990.

    Examples
    --------
    >>> round(float(bark(np.array(1000.0))), 2)
    8.53
    """
    hertz = np.asarray(frequencies, dtype=np.float64)
    return np.asarray(26.81 * hertz / (1960 + hertz) - 0.53)


Scale = Callable[[np.ndarray], np.ndarray]
SCALES: Mapping[str, Scale] = MappingProxyType(
    {
        "mel (HTK)": mel_htk,
        "mel (Slaney)": mel_slaney,
        "ERB": erb_number,
        "Bark": bark,
        "logarithmic": np.log2,
        "linear": np.asarray,
    }
)
"""Rising functions of frequencies above zero in Hz."""
_POINTS = 4096


def evenly_spaced(scale: Scale, low_hz: float, high_hz: float, n: int) -> np.ndarray:
    """Frequencies in Hz in `n` equal steps on a scale, both ends above zero and included, (n,).

    Examples
    --------
    >>> evenly_spaced(SCALES["logarithmic"], 100.0, 400.0, 3).round(3).tolist()
    [100.0, 200.0, 400.0]
    """
    hertz = np.geomspace(low_hz, high_hz, _POINTS)
    places = np.asarray(scale(hertz))
    return np.interp(np.linspace(places[0], places[-1], n), places, hertz)


def erb_spaced(low_hz: float, high_hz: float, n: int) -> np.ndarray:
    """Frequencies in Hz in `n` equal steps on the ERB-rate scale, both ends included, (n,)."""
    numbers = np.linspace(erb_number(np.array(low_hz)), erb_number(np.array(high_hz)), n)
    return np.asarray((10 ** (numbers / 21.4) - 1) / 4.37e-3)


def on_even_axis(
    plane: np.ndarray, frequencies: np.ndarray, low_hz: float, high_hz: float, *, n_rows: int
) -> np.ndarray:
    """Rows of a plane at even steps in Hz, each that of the band that holds it.

    Parameters
    ----------
    plane
        (frequency, ...).
    frequencies
        Centres of its rows in Hz, rising; bands meet half-way between them, (frequency,).
    low_hz, high_hz
        Ends of the new axis.
    n_rows
        How many rows it has; where the old axis is even its rows are given back as they are.

    Examples
    --------
    >>> on_even_axis(np.arange(3), np.array([100.0, 200.0, 500.0]), 0, 600, n_rows=6)
    array([0, 0, 1, 1, 2, 2])
    """
    steps = np.diff(frequencies)
    if not len(steps) or np.allclose(steps, steps[0], rtol=1e-3):
        return plane
    places = low_hz + (np.arange(n_rows) + 0.5) * (high_hz - low_hz) / n_rows
    middles = (frequencies[1:] + frequencies[:-1]) / 2
    return np.asarray(plane[np.searchsorted(middles, places)])


def channels_per_octave(frequencies: np.ndarray, reference_hz: float) -> float:
    """Channels within an octave about a frequency, of an axis in Hz (channel,).

    Read from the axis itself, so it holds for mel, linear and any other spacing; where
    cycles per octave are asked for away from `reference_hz` the count is another one.

    Examples
    --------
    >>> channels_per_octave(1000.0 * 2.0 ** (np.arange(-12, 13) / 12), 1000.0)
    12.0
    """
    half = np.sqrt(2.0)
    positive = frequencies[frequencies > 0]
    bounds = np.clip([reference_hz / half, reference_hz * half], positive[0], positive[-1])
    places = np.interp(np.log2(bounds), np.log2(positive), np.arange(len(positive)))
    octaves = np.log2(bounds[1] / bounds[0])
    return float(round((places[1] - places[0]) / octaves, 9)) if octaves > 0 else float("nan")


def reference_frequency(frequencies: np.ndarray) -> float:
    """Where to state cycles per octave: 1000 Hz, or the middle channel when outside the axis."""
    if frequencies[0] < 1000.0 < frequencies[-1]:
        return 1000.0
    return float(frequencies[len(frequencies) // 2])
