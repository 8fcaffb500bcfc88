"""What a bank of filters hears together, and where it hears nothing."""

from dataclasses import dataclass

import numpy as np

HOLE_DB = 10.0
NARROWEST_SHARE = 0.01
"""Depth in dB below the median, and least width in shares of the whole axis, of a hole."""
_LOWEST = 1e-30


@dataclass(frozen=True, kw_only=True, slots=True)
class Coverage:
    """Summed power of a bank over frequency.

    Parameters
    ----------
    levels_db
        Of the summed power, (n,); -300 at least.
    limit_db
        `HOLE_DB` below the median; what lies lower, and wide enough, is a hole.
    holes
        Lower and upper end in Hz of each, lowest first.
    """

    levels_db: np.ndarray
    limit_db: float
    holes: tuple[tuple[float, float], ...]


def measure_coverage(magnitudes_db: np.ndarray, frequencies: np.ndarray) -> Coverage:
    """Sum the powers of filters (filter, n) over frequencies in Hz (n,), and find the holes.

    Examples
    --------
    >>> measure_coverage(np.full((2, 3), -3.0), np.arange(3.0)).levels_db.round(1)
    array([0., 0., 0.])
    """
    powers = summed_power(magnitudes_db)
    return Coverage(
        levels_db=10 * np.log10(np.maximum(powers, _LOWEST)),
        limit_db=float(10 * np.log10(max(np.median(powers), _LOWEST))) - HOLE_DB,
        holes=find_holes(powers, frequencies),
    )


def summed_power(magnitudes_db: np.ndarray) -> np.ndarray:
    """Sum of squared magnitudes over filters, (n,); NaN counts as silence.

    Where it is constant the bank passes every frequency alike (Littlewood-Paley sum; Mallat,
    "A Wavelet Tour of Signal Processing", 2009).
    """
    return np.asarray(np.nansum(10 ** (magnitudes_db / 10), axis=0, dtype=np.float64))


def find_holes(powers: np.ndarray, frequencies: np.ndarray) -> tuple[tuple[float, float], ...]:
    """Find bands where the summed power is more than 10 dB below its median.

    Parameters
    ----------
    powers
        Summed power, (n,).
    frequencies
        Hz, (n,).

    Returns
    -------
    tuple of (float, float)
        Lower and upper end in Hz of each band at least 1 % of the whole axis wide.

    Examples
    --------
    >>> find_holes(np.repeat([1.0, 0.01, 1.0], [40, 20, 41]), np.arange(101.0))
    ((40.0, 59.0),)
    """
    low = powers < np.median(powers) * 10 ** (-HOLE_DB / 10)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], low, [False]])))
    bands = zip(frequencies[edges[::2]], frequencies[edges[1::2] - 1], strict=True)
    narrowest = NARROWEST_SHARE * (frequencies[-1] - frequencies[0])
    return tuple((float(start), float(stop)) for start, stop in bands if stop - start >= narrowest)
