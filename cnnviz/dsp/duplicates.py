"""Filters that repeat an earlier one, whatever their delay, level and sign.

Two filters are alike when their normalised cross-correlation reaches a threshold at some lag.
The magnitude spectra bound it, |sum W_i conj(W_j) e^{j w t}| <= sum |W_i| |W_j|, so one matrix
product rules out nearly all pairs, and only the rest are correlated by FFT.
"""

from dataclasses import dataclass

import numpy as np
from scipy import fft

from cnnviz.dsp.response import row_chunks

THRESHOLD = 0.95
_SCREEN_SLACK = 1e-4  # of float32


@dataclass(frozen=True, kw_only=True, slots=True)
class Duplicates:
    """`index` of the earlier filter that is repeated, or -1, and the signed correlation `r`."""

    index: np.ndarray
    r: np.ndarray


def find_duplicates(
    taps: np.ndarray, *, dead: np.ndarray, threshold: float = THRESHOLD
) -> Duplicates:
    """Find filters that repeat an earlier one that is itself no repetition.

    Parameters
    ----------
    taps
        (filter, tap) or (filter, channel, tap); all channels move together in time.
    dead
        bool (filter,); dead filters repeat nothing.
    threshold
        Least |correlation| that counts.

    Returns
    -------
    Duplicates
        Of several such earlier filters the first; `r` is NaN where there is none.

    Examples
    --------
    >>> taps = np.array([[1.0, 2.0, 0.0], [0.0, -2.0, -4.0]])
    >>> find_duplicates(taps, dead=np.zeros(2, bool)).index
    array([-1,  0])
    """
    units = _unit_rows(taps, dead)  # (filter, channel, tap)
    length = fft.next_fast_len(2 * taps.shape[-1] - 1, real=True)
    sizes = _magnitudes(units, length)
    index, r = np.full(len(taps), -1), np.full(len(taps), np.nan)
    for rows in row_chunks(len(units), len(units)):
        possible = sizes[rows] @ sizes.T >= threshold - _SCREEN_SLACK  # (row, filter)
        for row in range(rows.start, rows.stop):
            if index[row] >= 0:
                continue
            likely = row + 1 + np.flatnonzero(possible[row - rows.start, row + 1 :])
            likely = likely[index[likely] < 0]
            values = _correlations(units, row, likely, length)
            alike = np.abs(values) >= threshold
            index[likely[alike]], r[likely[alike]] = row, values[alike]
    return Duplicates(index=index, r=r)


def _unit_rows(taps: np.ndarray, dead: np.ndarray) -> np.ndarray:
    """Scale filters to unit energy, dead ones to zero, as (filter, channel, tap)."""
    rows = taps.reshape(len(taps), -1, taps.shape[-1])
    norms = np.sqrt(np.square(rows).sum(axis=(1, 2)))
    alive = ~dead & (norms > 0)
    scales = np.where(alive, 1 / np.where(alive, norms, 1.0), 0.0)
    return np.asarray(rows * scales[:, None, None], dtype=np.float64)


def _magnitudes(units: np.ndarray, length: int) -> np.ndarray:
    """Magnitude spectra whose dot product bounds the correlation, float32 (filter, n)."""
    n_bins = length // 2 + 1
    weights = np.full(n_bins, 2.0 / length)
    weights[0] = 1.0 / length
    if length % 2 == 0:
        weights[-1] = 1.0 / length
    sizes = np.empty((len(units), units.shape[1] * n_bins), np.float32)
    for rows in row_chunks(len(units), 2 * sizes.shape[1]):
        spectrum = fft.rfft(units[rows], length, axis=-1)
        weighted = np.abs(spectrum) * np.sqrt(weights)
        sizes[rows] = weighted.reshape(len(weighted), -1)
    return sizes


def _correlations(units: np.ndarray, row: int, others: np.ndarray, length: int) -> np.ndarray:
    """Signed cross-correlation of largest size over all lags, of one filter with others."""
    values = np.empty(len(others))
    unit_spectrum = np.conj(fft.rfft(units[row], length, axis=-1))  # (channel, n)
    for part in row_chunks(len(others), 2 * unit_spectrum.size):
        spectrum = fft.rfft(units[others[part]], length, axis=-1)  # (other, channel, n)
        lags = fft.irfft(np.einsum("ocn,cn->on", spectrum, unit_spectrum), length, axis=-1)
        place = np.argmax(np.abs(lags), axis=1)
        values[part] = lags[np.arange(len(lags)), place]
    return values
