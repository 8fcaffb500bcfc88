"""Temporal integration windows by cross-context correlation.

Segments of one duration are heard twice, each time between other segments. Where a unit's window
fits into a segment there is a lag at which its response does not depend on the context: across
segments, the responses in both contexts correlate with 1. The integration window is the shortest
duration from which on that is so.

References
----------
Norman-Haignere, Long, Devinsky, Doyle, Irobunda, Merricks, Feldstein, McKhann, Schevon, Flinker
and Mesgarani, "Multiscale temporal integration organizes hierarchical computation in human
auditory cortex" (2022); Keshishian, Norman-Haignere and Mesgarani, "Understanding Adaptive,
Multiscale Temporal Integration in Deep Speech Recognition Systems" (2021).
"""

import numpy as np

THRESHOLD = 0.75
DURATIONS_SECONDS = tuple(float(d) for d in np.geomspace(0.02, 2.48, 23))
"""Of segments."""
SMOOTHING = (0.15, 0.7, 0.15)
_ROUNDING = 1e-9


def cross_context_correlation(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Largest correlation over lags of the responses to segments in two contexts.

    Parameters
    ----------
    one, other
        Responses of the same segments between others, (segment, unit, lag).

    Returns
    -------
    np.ndarray
        float64 (unit,) in [-1, 1]; NaN of units that answer all segments alike.
    """
    centred = [x - x.mean(0) for x in (np.asarray(one, float), np.asarray(other, float))]
    powers = [(x**2).sum(0) for x in centred]  # (unit, lag)
    scale = np.sqrt(powers[0] * powers[1])
    largest = np.max([np.abs(one).max(0), np.abs(other).max(0)], axis=0)
    known = scale > (_ROUNDING * largest) ** 2 * len(one)
    products = (centred[0] * centred[1]).sum(0)
    found = np.divide(products, scale, out=np.full(scale.shape, -np.inf), where=known)
    best = found.max(1)
    return np.asarray(np.where(np.isfinite(best), best, np.nan))


def smoothed(correlations: np.ndarray) -> np.ndarray:
    """Correlations (unit, duration) over neighbouring durations, weighted .15, .7, .15."""
    weights = np.array(SMOOTHING)
    sides = len(weights) // 2
    padded = np.pad(correlations, ((0, 0), (sides, sides)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, len(weights), axis=1)
    return np.asarray(windows @ weights)


def integration_windows(correlations: np.ndarray, durations: np.ndarray) -> np.ndarray:
    """Duration from which on the smoothed correlation is `THRESHOLD` or more.

    Parameters
    ----------
    correlations
        Not yet smoothed, (unit, duration).
    durations
        Ascending, (duration,).

    Returns
    -------
    np.ndarray
        float64 (unit,) in the unit of `durations`, between two of them by interpolation over
        log duration; the shortest where it is reached there already; infinite where the longest
        does not reach it; NaN of unknown correlations.

    Examples
    --------
    >>> integration_windows(np.array([[1.0, 1.0, 1.0], [0.0, 0.0, 0.0]]), np.array([1, 2, 4]))
    array([ 1., inf])
    """
    curves, logs = smoothed(correlations), np.log(durations)
    out = np.full(len(curves), np.nan)
    for unit, curve in enumerate(curves):
        if np.isnan(curve).any():
            continue
        below = np.flatnonzero(curve < THRESHOLD)
        last = int(below[-1]) if len(below) else -1
        if last == len(curve) - 1:
            out[unit] = np.inf
        elif last < 0:
            out[unit] = durations[0]
        else:
            share = (THRESHOLD - curve[last]) / (curve[last + 1] - curve[last])
            out[unit] = np.exp(logs[last] + share * (logs[last + 1] - logs[last]))
    return out
