"""Tones through a filter and the rectifier behind it: when it opens, and what it then gives."""

import numpy as np

from cnnviz.dsp.response import row_chunks


def gains_at(taps: np.ndarray, frequencies: np.ndarray, sample_rate: float) -> np.ndarray:
    """Gain of each filter (filter, tap) at a frequency of its own in Hz, (filter,)."""
    n = np.arange(taps.shape[1])
    gains = np.empty(len(taps))
    for rows in row_chunks(len(taps), 2 * taps.shape[1]):
        cycles = frequencies[rows, None] / sample_rate * n
        gains[rows] = np.abs(np.einsum("ij,ij->i", taps[rows], np.exp(-2j * np.pi * cycles)))
    return gains


def opening_levels_dbfs(gains: np.ndarray, biases: np.ndarray) -> np.ndarray:
    """Level of the softest tone that a rectifier behind a filter passes on, (filter,).

    max(0, |H| A cos + b) opens where |H| A > -b: 20 log10(-b / |H|) in dB re a sine of full
    scale, of amplitude 1. NaN where b is not below zero: such a rectifier passes any tone.

    Examples
    --------
    >>> opening_levels_dbfs(np.array([2.0, 1.0]), np.array([-0.02, 0.1]))
    array([-40.,  nan])
    """
    is_shut = (biases < 0) & (gains > 0)
    ratio = np.where(is_shut, -biases, 1.0) / np.where(is_shut, gains, 1.0)
    return np.where(is_shut, 20 * np.log10(ratio), np.nan)


def mean_rectified(amplitudes: np.ndarray, biases: np.ndarray) -> np.ndarray:
    """Mean of max(0, a cos + b) over the phases of a tone, for amplitudes a >= 0 and biases b.

    (sqrt(a^2 - b^2) + b arccos(-b / a)) / pi where the tone crosses zero, else max(0, b).

    Examples
    --------
    >>> mean_rectified(np.array([np.pi, 1.0, 1.0]), np.array([0.0, -2.0, 2.0])).tolist()
    [1.0, 0.0, 2.0]
    """
    crosses = np.abs(biases) < amplitudes
    a, b = np.where(crosses, amplitudes, 1.0), np.where(crosses, biases, 0.0)
    mean = (np.sqrt((a - b) * (a + b)) + b * np.arccos(-b / a)) / np.pi
    return np.asarray(np.where(crosses, mean, np.maximum(biases, 0.0)))


def rectified_gains(
    gains: np.ndarray, biases: np.ndarray, amplitude: float, ceiling: float = np.inf
) -> np.ndarray:
    """Rise of a rectifier's mean output from silence to a tone, over the tone's amplitude.

    Parameters
    ----------
    gains, biases
        Of the filter at the tone, and what is added behind it, (filter,).
    amplitude
        Of the tone, re full scale.
    ceiling
        The rectifier gives no more than this: 6 for a ReLU6.

    Returns
    -------
    numpy.ndarray
        (filter,): |H| / pi without bias, 0 where the tone is too soft to open the rectifier,
        NaN for a gain of NaN.
    """
    loud = amplitude * gains
    top = np.full(len(gains), np.inf) if np.isinf(ceiling) else ceiling - biases
    rise = mean_rectified(loud, biases) - np.maximum(biases, 0.0)
    cut = mean_rectified(loud, -top) - np.maximum(-top, 0.0)  # min(c, x) = x - max(0, x - c)
    return np.asarray(np.where(np.isnan(gains), np.nan, (rise - cut) / amplitude))
