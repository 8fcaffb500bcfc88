"""What a bank of filters hears together, and where it hears nothing.

A filter passes what lies within `HOLE_DB` of its own peak. The filters' powers are summed; the
reference is the median of the sum over what any filter passes (over the whole axis it would be
the level of the stop band, for a bank that covers less than half of it). A hole is a band at
least `NARROWEST_SHARE` of the axis wide that no filter passes and in which the sum lies more
than `HOLE_DB` below the reference; all else is covered.
"""

from dataclasses import dataclass

import numpy as np

HOLE_DB = 10.0
NARROWEST_SHARE = 0.01
"""Depth in dB below the reference, and least width in shares of the whole axis, of a hole."""
_LOWEST = 1e-30

Bands = tuple[tuple[float, float], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Coverage:
    """Summed power of a bank over frequency.

    Parameters
    ----------
    levels_db
        Of the summed power, (n,); -300 at least.
    limit_db
        `HOLE_DB` below the reference; what lies lower, and wide enough, is a hole.
    holes, covered
        Lower and upper end in Hz of each band, lowest first; together the whole axis, but for
        a bank without any power, which has neither.
    """

    levels_db: np.ndarray
    limit_db: float
    holes: Bands
    covered: Bands


def measure_coverage(magnitudes_db: np.ndarray, frequencies: np.ndarray) -> Coverage:
    """Sum the powers of filters (filter, n) over frequencies in Hz (n,), and find the holes.

    Parameters
    ----------
    magnitudes_db
        Of the filters that later layers hear; a row of NaN is silence.
    frequencies
        Hz, rising, of the whole axis.

    Examples
    --------
    >>> measure_coverage(np.full((2, 3), -3.0), np.arange(3.0)).levels_db.round(1)
    array([0., 0., 0.])
    """
    powers, passed = summed_power(magnitudes_db), _passed(magnitudes_db)
    reference = float(np.median(powers[passed])) if passed.any() else 0.0
    limit = reference * 10 ** (-HOLE_DB / 10)
    holes = _wide_bands((powers < limit) & ~passed, frequencies)
    return Coverage(
        levels_db=10 * np.log10(np.maximum(powers, _LOWEST)),
        limit_db=float(10 * np.log10(max(limit, _LOWEST * 10 ** (-HOLE_DB / 10)))),
        holes=holes,
        covered=_between(holes, frequencies) if powers.any() else (),
    )


def summed_power(magnitudes_db: np.ndarray) -> np.ndarray:
    """Sum of squared magnitudes over filters, (n,); NaN counts as silence.

    Where it is constant the bank passes every frequency alike (Littlewood-Paley sum; Mallat,
    "A Wavelet Tour of Signal Processing", 2009).
    """
    return np.asarray(np.nansum(10 ** (magnitudes_db.astype(np.float64) / 10), axis=0))


@dataclass(frozen=True, kw_only=True, slots=True)
class Cumulative:
    """Responses of a bank taken together, each (n,).

    Parameters
    ----------
    amplitude
        sum_k |W_k|.
    normalised
        sum_k |W_k| / ||W_k||, the norm over the axis, so that each filter counts the same
        (Palaz et al., "Analysis of CNN-based speech recognition system using raw speech as
        input", 2015).
    power
        sum_k |W_k|^2.
    highest
        max_k |W_k|.
    """

    amplitude: np.ndarray
    normalised: np.ndarray
    power: np.ndarray
    highest: np.ndarray


def cumulate(magnitudes_db: np.ndarray) -> Cumulative:
    """Take the responses of filters (filter, n) together; NaN counts as silence.

    Examples
    --------
    >>> cumulate(np.array([[0.0, 0.0], [0.0, 0.0]])).power
    array([2., 2.])
    """
    levels = magnitudes_db.astype(np.float64)
    sizes = np.where(np.isnan(levels), 0.0, 10 ** (levels / 20))
    norms = np.sqrt(np.square(sizes).mean(axis=1, keepdims=True))
    return Cumulative(
        amplitude=sizes.sum(axis=0),
        normalised=(sizes / np.where(norms > 0, norms, 1.0)).sum(axis=0),
        power=summed_power(magnitudes_db),
        highest=sizes.max(axis=0, initial=0.0),
    )


def _passed(magnitudes_db: np.ndarray) -> np.ndarray:
    """Whether any filter passes a frequency within `HOLE_DB` of its own peak, bool (n,)."""
    levels = np.where(np.isnan(magnitudes_db), -np.inf, magnitudes_db)
    peaks = levels.max(axis=1, keepdims=True, initial=-np.inf)
    return np.asarray(((levels >= peaks - HOLE_DB) & np.isfinite(peaks)).any(axis=0))


def _wide_bands(low: np.ndarray, frequencies: np.ndarray) -> Bands:
    """Runs of a mask (n,) that are wide enough for a hole, in Hz."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], low, [False]])))
    bands = zip(frequencies[edges[::2]], frequencies[edges[1::2] - 1], strict=True)
    narrowest = NARROWEST_SHARE * (frequencies[-1] - frequencies[0])
    return tuple((float(start), float(stop)) for start, stop in bands if stop - start >= narrowest)


def _between(holes: Bands, frequencies: np.ndarray) -> Bands:
    """What the holes leave of the axis."""
    starts = [float(frequencies[0]), *(stop for _, stop in holes)]
    stops = [*(start for start, _ in holes), float(frequencies[-1])]
    bands = zip(starts, stops, strict=True)
    return tuple((start, stop) for start, stop in bands if stop > start)
