"""How much filters of a bank overlap, and how many different ones they amount to.

Likeness is the cosine of two magnitude responses over frequency, in [0, 1]: 0 for bands that do
not meet, 1 for copies of any delay, level and sign, and also for filters that differ in phase.
Magnitudes are nowhere negative, so that the noise of untrained filters is alike by about 0.8.
"""

import numpy as np

from cnnviz.dsp.response import n_points, power, row_chunks, spectra

_LEAST_POINTS, _POINTS_PER_TAP = 1024, 8


def magnitudes(taps: np.ndarray) -> np.ndarray:
    """Magnitude responses of filters (filter, tap) on a grid of 8 points a tap, (filter, n)."""
    n_fft = n_points(taps.shape[1], _LEAST_POINTS, points_per_tap=_POINTS_PER_TAP)
    rows = np.empty((len(taps), n_fft // 2 + 1))
    for part in row_chunks(len(taps), 2 * n_fft):
        rows[part] = np.sqrt(power(spectra(taps[part].astype(np.float64), n_fft)))
    return rows


def likeness(responses: np.ndarray) -> np.ndarray:
    """Cosines of magnitude responses (filter, n) with each other, (filter, filter).

    A response that is zero, or has a NaN, is like none: its row and column are NaN.

    Examples
    --------
    >>> likeness(np.array([[1.0, 0.0], [2.0, 0.0], [0.0, 1.0]])).tolist()
    [[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    peaks = responses.max(axis=1, initial=0.0, keepdims=True)
    scaled = responses / np.where(peaks > 0, peaks, np.nan)  # levels far from one stay in range
    return np.asarray(np.clip(_units(scaled) @ _units(scaled).T, 0.0, 1.0))


def _units(rows: np.ndarray) -> np.ndarray:
    return np.asarray(rows / np.sqrt(np.square(rows).sum(axis=1, keepdims=True)))


def effective_number(alike: np.ndarray) -> float:
    """How many different filters a likeness (filter, filter) amounts to; NaN for none.

    exp(-sum_i p_i ln p_i) of the eigenvalues p of the likeness over its trace (Roy and Vetterli,
    "The effective rank: a measure of effective dimensionality", 2007).

    Examples
    --------
    >>> round(effective_number(np.eye(4)), 9), round(effective_number(np.ones((4, 4))), 9)
    (4.0, 1.0)
    """
    if not len(alike):
        return float("nan")
    shares = np.maximum(np.linalg.eigvalsh(alike) / len(alike), 0.0)
    shares = shares[shares > 0]
    return float(np.exp(-(shares * np.log(shares)).sum()))


def neighbour_overlap(alike: np.ndarray, centres_hz: np.ndarray) -> float:
    """Mean likeness of filters next to each other by centre; NaN for fewer than two.

    Parameters
    ----------
    alike
        (filter, filter).
    centres_hz
        (filter,); filters of NaN have no neighbour.
    """
    order = np.argsort(centres_hz, kind="stable")
    order = order[np.isfinite(centres_hz[order])]
    return float(alike[order[:-1], order[1:]].mean()) if len(order) > 1 else float("nan")
