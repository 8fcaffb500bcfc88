"""Spike-triggered average and covariance of units that hear white Gaussian noise.

With noise x of variance s^2 and answers y, the average is E[(y - mean y) x] / s^2 and the
covariance E[(y - mean y) x x'] / s^4. Noise comes in pairs x and -x: the odd half of the answers,
(y(x) - y(-x)) / 2, makes the average, and the even half, (y(x) + y(-x)) / 2, the covariance.

References
----------
Chichilnisky, "A simple white noise analysis of neuronal light responses" (2001).
Schwartz, Pillow, Rust and Simoncelli, "Spike-triggered neural characterization" (2006).
"""

import numpy as np


def frames_of(sounds: np.ndarray, starts: np.ndarray, size: int) -> np.ndarray:
    """What each cell sees of each sound.

    Parameters
    ----------
    sounds
        (sound, samples).
    starts
        First audio sample that each cell sees, (cell,).
    size
        Audio samples that a cell sees.

    Returns
    -------
    np.ndarray
        (sound * cell, size).
    """
    windows = np.lib.stride_tricks.sliding_window_view(sounds, size, axis=1)
    return windows[:, starts].reshape(-1, size)


def excess_energy(
    averages: np.ndarray, variances: np.ndarray, *, n_cells: int, rms: float
) -> np.ndarray:
    """Energy of averages over what answers without any relation to the noise give, near 1.

    Parameters
    ----------
    averages
        (..., unit, tap).
    variances
        Of the odd half of the answers, (unit,).
    n_cells
        Answers averaged, pairs of noise counted once.
    rms
        Of the noise.

    Returns
    -------
    np.ndarray
        ||a||^2 T s^2 / (K Var y), (..., unit); NaN for units of one answer.
    """
    chance = averages.shape[-1] * variances / (n_cells * rms**2)
    energy = np.square(averages).sum(-1)
    return np.asarray(energy / np.where(chance > 0, chance, np.nan))


def reliability(excess: np.ndarray) -> np.ndarray:
    """Correlation to expect of a measured average with the true one, in [0, 1].

    1 / sqrt(1 + K Var y / (T s^2 ||a||^2)) of the true average a, whose energy is that measured
    less that by chance; 0 where there is no more than that.
    """
    return np.asarray(np.sqrt(np.maximum(1 - 1 / np.where(excess > 0, excess, np.nan), 0)))


def linear_share(
    excess: np.ndarray, shares: np.ndarray, *, n_taps: int, n_cells: int
) -> np.ndarray:
    """Share of the variance of the answers that the true average predicts, s^2 ||a||^2 / Var y.

    Parameters
    ----------
    excess
        From `excess_energy`, (unit,).
    shares
        Variance of the odd half over that of the answers, (unit,).
    n_taps, n_cells
        As in `excess_energy`.
    """
    return np.asarray(np.clip(excess - 1, 0, None) * shares * n_taps / n_cells)


def pooled_p(values: np.ndarray, null: np.ndarray) -> np.ndarray:
    """One-sided p of values (unit,) among draws (draw,) of a null that all units share."""
    drawn = np.sort(null[np.isfinite(null)])
    above = len(drawn) - np.searchsorted(drawn, values, side="left")
    return np.where(np.isfinite(values), (1 + above) / (1 + len(drawn)), np.nan)


def covariance_eigen(frames: np.ndarray, answers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Eigenvalues and eigenvectors of the spike-triggered covariance of one unit.

    Parameters
    ----------
    frames
        Noise over its root mean square, (cell, tap).
    answers
        Even half of the answers over their standard deviation, (cell,); their mean is removed.

    Returns
    -------
    np.ndarray, np.ndarray
        (tap,), the largest in size first, over sqrt(2): correlations of the answers with the
        squared projection on each vector. Vectors (tap, tap), one per row.
    """
    values, vectors = np.linalg.eigh(triggered_covariance(frames, answers))
    order = np.argsort(-np.abs(values), kind="stable")
    return values[order], vectors.T[order]


def triggered_covariance(frames: np.ndarray, answers: np.ndarray) -> np.ndarray:
    """E[(y - mean y) x x'] / sqrt(2), (tap, tap); see `covariance_eigen`."""
    weights = (answers - answers.mean()).astype(frames.dtype)
    product = (frames * weights[:, None]).T @ frames
    return np.asarray(product.astype(np.float64) / (len(frames) * np.sqrt(2)))
