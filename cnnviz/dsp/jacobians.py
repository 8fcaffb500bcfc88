"""What the Jacobians of a unit at many inputs have in common, and how they differ.

References
----------
Keshishian, Akbari, Khalighinejad, Herrero, Mehta and Mesgarani, "Estimating and interpreting
nonlinear receptive field of sensory neural responses with deep neural network models" (2020).
Luo, Li, Urtasun and Zemel, "Understanding the Effective Receptive Field in Deep Convolutional
Neural Networks" (2016).
Stein, "Estimation of the Mean of a Multivariate Normal Distribution" (1981).
"""

import numpy as np

from cnnviz.dsp.descriptors import find_peaks, half_power_bands

_MOST_SIGNS = 16
_LEAST_POINTS = 512


def complexity(jacobians: np.ndarray) -> float:
    """Sum of singular values over the largest; 1 of a unit whose Jacobians have one direction.

    Parameters
    ----------
    jacobians
        (input, tap).

    Returns
    -------
    float
        From 1 to the number of inputs; NaN where all are zero.
    """
    rows = jacobians.astype(np.float64)
    gram = rows @ rows.T if len(rows) <= rows.shape[1] else rows.T @ rows
    squares = np.linalg.eigvalsh(gram)
    largest = squares[-1]
    if largest <= 0:
        return float("nan")
    squares[squares < largest * np.finfo(np.float32).eps] = 0  # rounding of a Gram matrix
    return float(np.sqrt(squares).sum() / np.sqrt(largest))


def gain_change(jacobians: np.ndarray) -> float:
    """Standard deviation of the norms of Jacobians (input, tap) over their mean."""
    norms = np.linalg.norm(jacobians, axis=1)
    mean = norms.mean()
    return float(norms.std() / mean) if mean > 0 else float("nan")


def shortest_widths(profiles: np.ndarray, share: float) -> np.ndarray:
    """Width of the shortest stretch that holds a share of the mass.

    Parameters
    ----------
    profiles
        Not negative, (unit, tap).
    share
        Of the sum, in (0, 1).

    Returns
    -------
    np.ndarray
        Taps, (unit,); NaN for a profile of zeros.
    """
    return np.array([_shortest(profile, share) for profile in profiles.astype(np.float64)])


def _shortest(profile: np.ndarray, share: float) -> float:
    mass = np.concatenate([[0.0], np.cumsum(profile)])
    if mass[-1] <= 0:
        return float("nan")
    wanted = mass + share * mass[-1] * (1 - 1e-12)
    stops = np.searchsorted(mass, wanted[wanted <= mass[-1]])
    return float(np.min(stops - np.arange(len(stops))))


def n_bins(n_taps: int) -> int:
    """Points of the transform of kernels: a power of two, 512 at least."""
    return 1 << (max(_LEAST_POINTS, n_taps) - 1).bit_length()


def mean_powers(jacobians: np.ndarray) -> np.ndarray:
    """S(f) = E|F{J(x)}|^2 of Jacobians (input, tap), float64 (n_bins / 2 + 1,)."""
    spectra = np.fft.rfft(jacobians, n_bins(jacobians.shape[1]), axis=1)
    return np.asarray((np.square(spectra.real) + np.square(spectra.imag)).mean(0))


def band_centres(powers: np.ndarray, sample_rate: float) -> np.ndarray:
    """Middle of the half-power band around the peak, in Hz.

    Parameters
    ----------
    powers
        One-sided, (unit, frequency).
    sample_rate
        Hz.

    Returns
    -------
    np.ndarray
        (unit,); NaN without power.
    """
    alive = np.isfinite(powers).all(1) & (powers.max(1) > 0)
    bands = half_power_bands(powers, find_peaks(powers))
    hertz = 0.5 * sample_rate / (powers.shape[1] - 1)
    return np.where(alive, (bands.lower + bands.upper) / 2 * hertz, np.nan)


def sign_flip_p(differences: np.ndarray) -> float:
    """P of differences between blocks that are zero on average, by flipping the signs of blocks.

    Parameters
    ----------
    differences
        (block, tap), at most 16 blocks.

    Returns
    -------
    float
        Share of all sign patterns at which the sum over pairs of different blocks of d_b . d_c,
        an estimate of the squared norm of the mean difference without bias, is as large; NaN
        where there is no difference at all.
    """
    n_blocks = len(differences)
    assert n_blocks <= _MOST_SIGNS, n_blocks
    gram = differences.astype(np.float64) @ differences.T.astype(np.float64)
    np.fill_diagonal(gram, 0.0)
    if not np.isfinite(gram).all() or not gram.any():
        return float("nan")
    patterns = np.arange(1 << (n_blocks - 1))  # the last block keeps its sign: -D says what D does
    signs = 1.0 - 2.0 * (patterns[:, None] >> np.arange(n_blocks) & 1)
    sums = ((signs @ gram) * signs).sum(1)
    return float(np.mean(sums >= sums[0] - 1e-9 * np.abs(sums[0])))


def mean_distance(one: np.ndarray, other: np.ndarray) -> float:
    """Norm of the difference of two means over the larger of their norms.

    Parameters
    ----------
    one, other
        Means of blocks, (block, tap); products of different blocks estimate squared norms without
        what sampling adds.

    Returns
    -------
    float
        NaN where neither is told from zero.
    """
    largest = max(_squared_norm(one), _squared_norm(other))
    difference = max(_squared_norm(one - other), 0.0)
    return float(np.sqrt(difference / largest)) if largest > 0 else float("nan")


def _squared_norm(blocks: np.ndarray) -> float:
    """Of the expectation of blocks (block, tap), without bias; it may be negative."""
    wide, n_blocks = blocks.astype(np.float64), len(blocks)
    products = np.square(wide.sum(0)).sum() - np.square(wide).sum()
    return float(products / (n_blocks * (n_blocks - 1)))


def mean_reliability(block_means: np.ndarray) -> float:
    """Correlation to expect of the mean over blocks (block, tap) with its expectation, in [0, 1].

    1 / sqrt(1 + v / ||m||^2) with v the variance of the mean, from that between blocks; 1 where
    all blocks are zero.
    """
    mean = block_means.mean(0, dtype=np.float64)
    n_blocks, energy = len(block_means), float(mean @ mean)
    if energy <= 0:
        return 1.0
    noise = float(np.square(block_means - mean).sum()) / (n_blocks * (n_blocks - 1))
    return float(np.sqrt(max(1 - noise / energy, 0.0)))


def discoveries(p: np.ndarray, rate: float) -> np.ndarray:
    """Rows (unit,) rejected at a false discovery rate, bool; NaN never.

    Benjamini and Hochberg, "Controlling the False Discovery Rate" (1995).
    """
    known = np.sort(p[np.isfinite(p)])
    passed = np.flatnonzero(known <= rate * np.arange(1, len(known) + 1) / max(len(known), 1))
    limit = known[passed[-1]] if len(passed) else -1.0
    return np.asarray(np.nan_to_num(p, nan=2.0) <= limit)
