"""How loud a tone must be for a rectifier behind a filter to open."""

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
