"""Whether taps have linear, minimum, maximum or mixed phase.

A filter has minimum phase when all zeros of sum_n h[n] z^-n lie inside the unit circle, maximum
phase when all lie outside (Oppenheim and Schafer, "Discrete-Time Signal Processing"). No zero
needs to be found for that: all lie inside exactly when each reflection coefficient of the
step-down recursion is below one in size (Schur-Cohn; Markel and Gray, "Linear Prediction of
Speech", 1976).
"""

import numpy as np

LINEAR, MINIMUM, MAXIMUM, MIXED = "linear", "minimum", "maximum", "mixed"
MOST_TAPS = 1024
"""Longer filters that are not symmetric get no class: work grows with the square of the taps."""
_SYMMETRIC = 1 - 1e-6  # taps that differ from their mirror image by less than a thousandth


def classify_phases(taps: np.ndarray, symmetry: np.ndarray) -> tuple[str, ...]:
    """Name the phase of filters, read from the first tap to the last.

    Parameters
    ----------
    taps
        (filter, tap).
    symmetry
        Of `descriptors.symmetries`, (filter,).

    Returns
    -------
    tuple of str
        The first that holds of ``"linear"`` (symmetric or antisymmetric), ``"minimum"``,
        ``"maximum"``, ``"mixed"``; empty for dead filters and those that are too long. Zeros
        before the first tap, and behind the last, are a delay and do not count.
    """
    is_linear = np.abs(symmetry) > _SYMMETRIC
    alive = (taps != 0).any(axis=1)
    is_open = alive & ~is_linear & (taps.shape[1] <= MOST_TAPS)
    rows = np.flatnonzero(is_open)
    minimum, maximum = np.zeros(len(taps), bool), np.zeros(len(taps), bool)
    minimum[rows] = _all_inside(taps[rows])
    maximum[rows] = _all_inside(taps[rows, ::-1])
    rules = (is_linear & alive, minimum, maximum, is_open)
    words = np.select(rules, (LINEAR, MINIMUM, MAXIMUM, MIXED), default="")
    return tuple(str(word) for word in words)


def _all_inside(taps: np.ndarray) -> np.ndarray:
    """Whether all zeros lie inside the unit circle, bool (filter,); taps are not all zero."""
    rows = np.arange(len(taps))
    is_inside = np.zeros(len(taps), bool)
    places = (np.argmax(taps != 0, axis=1)[:, None] + np.arange(taps.shape[1])) % taps.shape[1]
    left = np.take_along_axis(taps, places, axis=1)  # zeros in front go behind
    left = left / left[:, :1]
    for order in range(taps.shape[1] - 1, 0, -1):
        is_left = np.abs(left[:, order]) < 1
        left, rows = left[is_left], rows[is_left]
        if not len(rows):
            break
        reflection = left[:, order, None]
        left = (left[:, :order] - reflection * left[:, order:0:-1]) / (1 - reflection**2)
    is_inside[rows] = True
    return is_inside
