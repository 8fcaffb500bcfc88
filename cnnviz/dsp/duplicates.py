"""Filters that repeat an earlier one, whatever their delay, level and sign.

Two filters are alike when their normalised cross-correlation reaches a threshold at some lag.
Short filters are alike by chance: of 64 untrained ones of three taps most are alike to another
by .95. The threshold is therefore the value that 5 % of untrained filters reach, and .95 where
they do not come so near.

A cosine and a sine of a narrow band are alike at a quarter period, yet pass different phases:
in quadrature are two filters that are 90 degrees apart at equal places of their energy, while a
delayed copy lies a quarter period further. Such a pair is no repetition.

The magnitude spectra bound it, |sum W_i conj(W_j) e^{j w t}| <= sum |W_i| |W_j|, so one matrix
product rules out nearly all pairs, and only the rest are correlated by FFT.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy import fft

from cnnviz.dsp.null import LEVEL
from cnnviz.dsp.response import row_chunks

THRESHOLD = 0.95
_QUADRATURE_DEGREES = (75.0, 105.0)
_SCREEN_SLACK = 1e-4  # of float32
_SPECTRA_BYTES = 1 << 22  # of filters over many channels, beside which all magnitudes are held
_ROUNDING = 1e-9  # filters that are equal but for the level correlate by 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Duplicates:
    """Earlier filters that filters are alike to, (filter,).

    `index` is that of the filter repeated, `quadrature` that of the one a filter is in quadrature
    with, or -1; `r` is the signed correlation with either, of the repeated one if there are both.
    """

    index: np.ndarray
    r: np.ndarray
    quadrature: np.ndarray


@dataclass(frozen=True, kw_only=True, slots=True)
class _Units:
    """Filters (filter, channel, tap) of unit energy, scaled when they are asked for."""

    rows: np.ndarray
    scales: np.ndarray

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int | slice | np.ndarray) -> np.ndarray:
        scales = np.asarray(self.scales[index])[..., None, None]
        return np.asarray(self.rows[index] * scales, dtype=np.float64)


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
    index, r = np.full(len(taps), -1), np.full(len(taps), np.nan)
    quadrature = np.full(len(taps), -1)
    for row, found, correlations in _alike(units, threshold, passed_over=index):
        is_free = index[found] < 0
        others, values = found[is_free], correlations[is_free]
        is_pair = _in_quadrature(units[row], units[others])
        is_new = is_pair & (quadrature[others] < 0)
        quadrature[others[is_new]], r[others[is_new]] = row, values[is_new]
        index[others[~is_pair]], r[others[~is_pair]] = row, values[~is_pair]
    return Duplicates(index=index, r=r, quadrature=quadrature)


def likeness_limit(banks: Iterable[np.ndarray]) -> float:
    """Largest |correlation| with an earlier filter that 5 % of untrained filters exceed.

    Parameters
    ----------
    banks
        Of untrained filters, each as in `find_duplicates`.

    Returns
    -------
    float
        At least `THRESHOLD`; that alone where there are no banks.
    """
    largest = [_largest(bank) for bank in banks]
    if not largest:
        return THRESHOLD
    return max(THRESHOLD, float(np.quantile(np.concatenate(largest), 1 - LEVEL, method="higher")))


def _largest(bank: np.ndarray) -> np.ndarray:
    """Largest |correlation| of each filter with an earlier one, 0 below the threshold."""
    sizes = np.zeros(len(bank))
    units = _unit_rows(bank, np.zeros(len(bank), bool))
    for _, others, values in _alike(units, THRESHOLD, passed_over=np.full(len(bank), -1)):
        sizes[others] = np.maximum(sizes[others], np.abs(values))
    return sizes


def _alike(
    units: _Units, threshold: float, *, passed_over: np.ndarray
) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """Each filter in turn, the later ones that are alike, and their signed correlations.

    Filters whose entry in `passed_over` is 0 or more by the time of their turn are left out.
    """
    length = fft.next_fast_len(2 * units.rows.shape[-1] - 1, real=True)
    sizes = _magnitudes(units, length)
    for rows in row_chunks(len(units), len(units)):
        possible = sizes[rows] @ sizes.T >= threshold - _SCREEN_SLACK  # (row, filter)
        for row in range(rows.start, rows.stop):
            if passed_over[row] >= 0:
                continue
            likely = row + 1 + np.flatnonzero(possible[row - rows.start, row + 1 :])
            values = _correlations(units, row, likely, length)
            is_alike = np.abs(values) >= threshold - _ROUNDING
            yield row, likely[is_alike], values[is_alike]


def phase_degrees(taps: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Phase of filters re one (channel, tap), weighted by the power both pass, (other,).

    Below zero where the other lags: the sine of a cosine is at -90.
    """
    length = fft.next_fast_len(2 * taps.shape[-1], real=True)
    cross = np.conj(fft.rfft(taps, length)) * fft.rfft(others, length)
    return np.asarray(np.degrees(np.angle(cross[..., 1:].sum(axis=(1, 2)))))


def _in_quadrature(unit: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Whether a filter (channel, tap) is in quadrature with others, bool (other,)."""
    degrees = np.abs(phase_degrees(unit, others))
    length = fft.next_fast_len(2 * unit.shape[-1], real=True)
    own = fft.rfft(unit, length)
    power = np.square(np.abs(own)).sum(axis=0)
    frequency = (power @ np.arange(len(power))) / max(power.sum(), 1e-30) / length  # per tap
    distance = np.abs(_places(others) - _places(unit[None]))
    is_apart = (degrees > _QUADRATURE_DEGREES[0]) & (degrees < _QUADRATURE_DEGREES[1])
    return np.asarray(is_apart & (distance * frequency < 1 / 8))


def _places(units: np.ndarray) -> np.ndarray:
    """Centroid of the energy in taps, (filter,), of filters of unit energy."""
    return np.asarray(np.square(units).sum(axis=1) @ np.arange(units.shape[-1]))


def _unit_rows(taps: np.ndarray, dead: np.ndarray) -> _Units:
    """Filters at unit energy, dead ones at zero."""
    rows = taps.reshape(len(taps), -1, taps.shape[-1])
    norms = np.sqrt(np.einsum("fct,fct->f", rows, rows))
    alive = ~dead & (norms > 0)
    return _Units(rows=rows, scales=np.where(alive, 1 / np.where(alive, norms, 1.0), 0.0))


def _magnitudes(units: _Units, length: int) -> np.ndarray:
    """Magnitude spectra whose dot product bounds the correlation, float32 (filter, n)."""
    n_bins = length // 2 + 1
    weights = np.full(n_bins, 2.0 / length)
    weights[0] = 1.0 / length
    if length % 2 == 0:
        weights[-1] = 1.0 / length
    sizes = np.empty((len(units), units.rows.shape[1] * n_bins), np.float32)
    for rows in row_chunks(len(units), 2 * sizes.shape[1], chunk_bytes=_SPECTRA_BYTES):
        spectrum = fft.rfft(units[rows], length, axis=-1)
        weighted = np.abs(spectrum) * np.sqrt(weights)
        sizes[rows] = weighted.reshape(len(weighted), -1)
    return sizes


def _correlations(units: _Units, row: int, others: np.ndarray, length: int) -> np.ndarray:
    """Signed cross-correlation of largest size over all lags, of one filter with others."""
    values = np.empty(len(others))
    unit_spectrum = np.conj(fft.rfft(units[row], length, axis=-1))  # (channel, n)
    for part in row_chunks(len(others), 2 * unit_spectrum.size, chunk_bytes=_SPECTRA_BYTES):
        spectrum = fft.rfft(units[others[part]], length, axis=-1)  # (other, channel, n)
        lags = fft.irfft(np.einsum("ocn,cn->on", spectrum, unit_spectrum), length, axis=-1)
        place = np.argmax(np.abs(lags), axis=1)
        values[part] = lags[np.arange(len(lags)), place]
    return values
