"""What a bank of filters hears together, and where it hears nothing."""

import numpy as np

HOLE_DB = 10.0
_NARROWEST_SHARE = 0.01


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
    narrowest = _NARROWEST_SHARE * (frequencies[-1] - frequencies[0])
    return tuple((float(start), float(stop)) for start, stop in bands if stop - start >= narrowest)
