"""The envelope of taps: how long it rises and falls, and to which side it leans.

The envelope is the magnitude of the analytic signal (Gabor, "Theory of communication", 1946),
taken with the taps padded by zeros, at the places of the taps.
"""

from dataclasses import dataclass

import numpy as np
from scipy import fft

from cnnviz.dsp.descriptors import bands_above, find_peaks, ratio

_FEWEST = 3  # a peak has two neighbours
_TIME_CONSTANT = float(np.exp(-2))  # 1 / e of the envelope, in power


@dataclass(frozen=True, kw_only=True, slots=True)
class Envelopes:
    """Shapes of envelopes, each (filter,).

    Parameters
    ----------
    skewness
        Third standardised moment of the squared envelope over time: above 0 where it rises
        faster than it falls.
    attack, decay
        Taps from 1 / e of the maximum to it, and from it to 1 / e; NaN where the taps begin, or
        end, above.
    """

    skewness: np.ndarray
    attack: np.ndarray
    decay: np.ndarray


def measure_envelopes(taps: np.ndarray) -> Envelopes:
    """Measure the envelopes of filters (filter, tap)."""
    missing = max(0, _FEWEST - taps.shape[1])
    powers = envelope_powers(np.pad(taps, ((0, 0), (0, missing))))
    peaks = find_peaks(powers)
    bands = bands_above(powers, peaks, share=_TIME_CONSTANT)
    alive = np.where(peaks.power > 0, 1.0, np.nan)
    return Envelopes(
        skewness=_skewness(powers),
        attack=np.where(bands.reaches_zero, np.nan, peaks.position - bands.lower) * alive,
        decay=np.where(bands.reaches_nyquist, np.nan, bands.upper - peaks.position) * alive,
    )


def envelope_powers(taps: np.ndarray) -> np.ndarray:
    """Squared envelope at each tap, (filter, tap)."""
    n_taps = taps.shape[1]
    length = fft.next_fast_len(2 * n_taps)
    spectrum = np.zeros((len(taps), length), np.complex128)
    half = fft.rfft(taps, length, axis=1)
    half[:, 1 : (length + 1) // 2] *= 2  # negative frequencies are left out
    spectrum[:, : half.shape[1]] = half
    analytic = fft.ifft(spectrum, axis=1, overwrite_x=True)[:, :n_taps]
    return np.asarray(np.square(analytic.real) + np.square(analytic.imag))


def _skewness(weights: np.ndarray) -> np.ndarray:
    n = np.arange(weights.shape[1]) - (weights.shape[1] - 1) / 2
    total = weights.sum(axis=1)
    first, second, third = (ratio(weights @ n**power, total) for power in (1, 2, 3))
    variance = second - first**2
    moment = third - 3 * first * second + 2 * first**3
    return ratio(moment, np.maximum(variance, 0.0) ** 1.5)
