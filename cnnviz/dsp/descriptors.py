"""What a response looks like in a few numbers: peak, band edges, widths, flatness.

All functions take many filters at once: powers (filter, n) on a grid of frequencies, or taps
(filter, tap). Dead filters (all zero) give NaN.
"""

from dataclasses import dataclass

import numpy as np
from scipy import fft

HALF_POWER_DB = 10 * np.log10(2.0)
_SAME = 1e-12
_LOWEST = 1e-30


@dataclass(frozen=True, kw_only=True, slots=True)
class Peaks:
    """Highest gain of each filter: grid position, power, and the bin it is nearest to.

    `position` is float (filter,) in bins, refined by a parabola through the levels of three
    bins; at the ends of the grid it is the bin itself. `power` is that of the parabola's top.
    """

    index: np.ndarray
    position: np.ndarray
    power: np.ndarray


@dataclass(frozen=True, kw_only=True, slots=True)
class Bands:
    """The band around the peak where the power is above a share of it, one half or another.

    `lower` and `upper` (filter,) are in bins, between bins by a line through the levels;
    `reaches_zero` and `reaches_nyquist` say that the band runs to the end of the grid;
    `n_regions` counts bands above that share anywhere.
    """

    lower: np.ndarray
    upper: np.ndarray
    reaches_zero: np.ndarray
    reaches_nyquist: np.ndarray
    n_regions: np.ndarray


def find_peaks(powers: np.ndarray) -> Peaks:
    """Find the highest gain of each filter, between the bins of the grid.

    Of equal maxima, within rounding, the lowest frequency counts.
    """
    rows = np.arange(len(powers))
    index = np.argmax(powers >= powers.max(axis=1, keepdims=True) * (1 - _SAME), axis=1)
    inside = (index > 0) & (index < powers.shape[1] - 1)
    middle = np.clip(index, 1, powers.shape[1] - 2)
    around = np.stack([powers[rows, middle + step] for step in (-1, 0, 1)])
    top = np.maximum(powers[rows, index], np.finfo(float).tiny)
    left, centre, right = np.log(np.maximum(around / top, _LOWEST))
    bend = left - 2 * centre + right
    curved = inside & (bend < -_SAME)
    shift = np.where(curved, 0.5 * (left - right) / np.where(curved, bend, 1.0), 0.0)
    height = np.where(curved, centre - 0.25 * (left - right) * shift, 0.0)
    return Peaks(index=index, position=index + shift, power=powers[rows, index] * np.exp(height))


def half_power_bands(powers: np.ndarray, peaks: Peaks) -> Bands:
    """Find the half-power band around each peak."""
    return bands_above(powers, peaks, share=0.5)


def bands_above(powers: np.ndarray, peaks: Peaks, *, share: float) -> Bands:
    """Find the band around each peak where the power is above a share of the peak's."""
    last = powers.shape[1] - 1
    rows = np.arange(len(powers))
    threshold = peaks.power * share
    below = powers < threshold[:, None]
    bins, index = np.arange(last + 1, dtype=np.int32), peaks.index.astype(np.int32)[:, None]
    left, right = below & (bins < index), below & (bins > index)
    before = last - np.argmax(left[:, ::-1], axis=1)  # nearest bin below, left of the peak
    after = np.argmax(right, axis=1)  # nearest bin below, right of the peak
    open_left, open_right = ~left[rows, before], ~right[rows, after]
    lower = _crossing(powers, threshold, before, np.minimum(before + 1, last))
    upper = _crossing(powers, threshold, after, np.maximum(after - 1, 0))
    return Bands(
        lower=np.where(open_left, 0.0, lower),
        upper=np.where(open_right, float(last), upper),
        reaches_zero=open_left,
        reaches_nyquist=open_right,
        n_regions=np.count_nonzero(below[:, :-1] > below[:, 1:], axis=1) + ~below[:, 0],
    )


def _crossing(
    powers: np.ndarray, threshold: np.ndarray, below: np.ndarray, above: np.ndarray
) -> np.ndarray:
    """Where levels, joined by straight lines, cross the threshold between two bins, (filter,)."""
    rows = np.arange(len(powers))
    floor = np.maximum(threshold * _LOWEST, np.finfo(float).tiny)
    low = np.log(np.maximum(powers[rows, below], floor))
    high = np.log(np.maximum(powers[rows, above], floor))
    rise = np.log(np.maximum(threshold, floor)) - low
    fraction = np.where(high > low, rise / np.where(high > low, high - low, 1.0), 0.0)
    return np.asarray(below + (above - below) * np.clip(fraction, 0.0, 1.0))


def energies(taps: np.ndarray) -> np.ndarray:
    """Sum of squared taps, (filter,): by Parseval the mean of the power over the grid."""
    return np.asarray(np.einsum("ij,ij->i", taps, taps))


def equivalent_bandwidths(energy: np.ndarray, peak_power: np.ndarray, nyquist: float) -> np.ndarray:
    """Equivalent rectangular bandwidth in Hz: Nyquist times mean power over peak power."""
    return nyquist * ratio(energy, peak_power)


def spectral_flatness(powers: np.ndarray, logs: np.ndarray) -> np.ndarray:
    """Geometric over arithmetic mean of the power, in [0, 1]; 1 for a single tap.

    `logs` are those of `response.log_powers`.
    """
    return ratio(np.exp(logs.mean(axis=1)), powers.mean(axis=1))


def symmetries(taps: np.ndarray) -> np.ndarray:
    """Largest self-convolution over the energy, signed, (filter,) in [-1, 1].

    1 for taps symmetric about any centre (linear phase), -1 for antisymmetric ones.
    """
    length = fft.next_fast_len(2 * taps.shape[1] - 1, real=True)
    folded = fft.irfft(fft.rfft(taps, length, axis=1) ** 2, length, axis=1)
    place = np.argmax(np.abs(folded), axis=1)
    return ratio(folded[np.arange(len(taps)), place], energies(taps))


def centroids(taps: np.ndarray) -> np.ndarray:
    """Energy centroid of the taps, in taps from the first one, (filter,)."""
    return ratio(taps**2 @ np.arange(taps.shape[1]), energies(taps))


def gains_db(taps: np.ndarray, *, alternate: bool = False) -> np.ndarray:
    """Gain at zero frequency, or at Nyquist when signs `alternate`, in dB (filter,).

    Sums that vanish within rounding are given the level of that rounding.
    """
    signs = np.where(np.arange(taps.shape[1]) % 2, -1.0, 1.0) if alternate else 1.0
    rounding = np.finfo(float).eps * np.abs(taps).sum(axis=1)
    size = np.maximum(np.abs((taps * signs).sum(axis=1)), rounding)
    return 20 * np.log10(np.where(size > 0, size, np.nan))


def decibels(powers: np.ndarray) -> np.ndarray:
    """Ten times the decimal logarithm; NaN where there is no power."""
    return 10 * np.log10(np.where(powers > 0, powers, np.nan))


def ratio(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    """Divide; NaN where the bottom is not positive."""
    return np.where(bottom > 0, top / np.where(bottom > 0, bottom, 1.0), np.nan)
