"""Front ends that lie in weights: Fourier kernels, and matrices that gather bins into bands.

A short-time Fourier transform written as a convolution has the taps w[n] cos(2 pi k n / N) and
-w[n] sin(2 pi k n / N) with one window w for all bins k. They are recognised by their numbers:
the window follows from the sum of squares over the bins, and each filter must then be a sum of
that windowed cosine and sine of its bin.
"""

import numpy as np

FEWEST_BINS = 16
LEAST_SHARE = 0.999
"""Of a filter's energy that lies in one bin's windowed cosine and sine."""
_MOST_NUMBERS = 2**26


def fourier_frequencies(taps: np.ndarray) -> np.ndarray | None:
    """Frequencies of Fourier kernels in cycles per tap, or None where they are none.

    Parameters
    ----------
    taps
        (filter, tap).

    Returns
    -------
    np.ndarray or None
        (filter,), in file order; filters that are all zero (the sine of bin 0) have the bin
        that their neighbours leave. None unless each filter is a windowed sinusoid of a bin
        k / N and the bins follow each other without a gap.

    Examples
    --------
    >>> bins, times = np.arange(33), np.arange(64)
    >>> taps = np.hanning(64) * np.cos(2 * np.pi * bins[:, None] * times / 64)
    >>> fourier_frequencies(taps)[8]
    0.125
    """
    n_filters, n_taps = taps.shape
    n_bins = n_taps // 2 + 1
    if n_filters < FEWEST_BINS or n_taps < FEWEST_BINS or n_filters * n_taps > _MOST_NUMBERS:
        return None
    energy = np.square(taps).sum(axis=1)
    alive = energy > 1e-9 * energy.max()
    if alive.sum() < FEWEST_BINS or not np.isfinite(energy).all():
        return None
    shares = _shares(taps[alive], _window(taps), n_bins) / energy[alive, None]
    if (shares.max(axis=1) < LEAST_SHARE).any():
        return None
    bins = np.full(n_filters, -1)
    bins[alive] = shares.argmax(axis=1)
    bins = _filled(bins).clip(max=n_bins - 1)
    found = np.unique(bins)
    is_whole = len(found) >= FEWEST_BINS and (np.diff(found) == 1).all()
    return bins / n_taps if is_whole else None


def centres_of_rows(weights: np.ndarray, frequencies: np.ndarray) -> np.ndarray | None:
    """Centres of bands that a matrix gathers from bins, such as mel filters.

    Parameters
    ----------
    weights
        (band, bin).
    frequencies
        Of the bins, (bin,).

    Returns
    -------
    np.ndarray or None
        Centroid of each row, (band,), NaN for an empty one; None where weights are negative,
        or the centres do not rise from row to row, so that rows are no bands.
    """
    sums = weights.sum(axis=1)
    if (weights < 0).any() or (sums > 0).sum() < 2:
        return None
    known = sums > 0
    centres = np.full(len(weights), np.nan)
    centres[known] = weights[known] @ frequencies / sums[known]
    steps = np.diff(centres[known])
    return centres if (steps > 0).all() else None


def _window(taps: np.ndarray) -> np.ndarray:
    """Window of a bank, but for its size: the sum of cos^2 over all bins hardly depends on n.

    At n = 0 and n = N / 2 it does, for one bank of cosines or sines: neighbours stand in.
    """
    squares = np.square(taps).sum(axis=0)
    half = len(squares) // 2
    if len(squares) % 2 == 0:
        squares[half] = (squares[half - 1] + squares[half + 1]) / 2
    ends = 2 * squares[1] - squares[2]
    is_level = squares[1] > 0 and abs(squares[2] / squares[1] - 1) < 0.1
    squares[0] = ends if is_level else min(squares[0], squares[1])
    return np.asarray(np.sqrt(np.maximum(squares, 0)))


def _shares(taps: np.ndarray, window: np.ndarray, n_bins: int) -> np.ndarray:
    """Energy of each filter in the windowed cosine and sine of each bin, (filter, bin).

    b' G^-1 b with b the products with the two, and G theirs with each other.
    """
    turns = np.outer(np.arange(n_bins), np.arange(len(window))) / len(window)
    cosines = window * np.cos(2 * np.pi * turns)
    sines = window * np.sin(2 * np.pi * turns)
    cc, ss = np.square(cosines).sum(axis=1), np.square(sines).sum(axis=1)
    cs = (cosines * sines).sum(axis=1)
    bc, bs = taps @ cosines.T, taps @ sines.T
    determinant = cc * ss - cs**2
    is_pair = determinant > 1e-9 * cc**2
    safe = np.where(is_pair, determinant, 1.0)
    pairs = (ss * bc**2 - 2 * cs * bc * bs + cc * bs**2) / safe
    return np.asarray(np.where(is_pair, pairs, bc**2 / np.where(cc > 0, cc, 1.0)))


def _filled(bins: np.ndarray) -> np.ndarray:
    """Give filters of no energy the bin between those of their neighbours."""
    filled = bins.copy()
    for i in np.flatnonzero(bins < 0):
        after = filled[i + 1] if i + 1 < len(bins) else -1
        filled[i] = after - 1 if after > 0 else filled[i - 1] + 1
    return filled
