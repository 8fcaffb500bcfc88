"""What responses to clicks of either sign say: latency, and how much turns with the sign."""

import numpy as np


def peak_lags(responses: np.ndarray, lags: np.ndarray) -> np.ndarray:
    """Lag of the response of largest magnitude, (unit,); NaN of units that do not answer.

    Parameters
    ----------
    responses
        (unit, sign, lag).
    lags
        (lag,).
    """
    sizes = np.abs(responses).max(axis=1)  # (unit, lag)
    if not sizes.shape[1]:
        return np.full(len(sizes), np.nan)
    return np.where(sizes.max(axis=1) > 0, lags[sizes.argmax(axis=1)], np.nan)


def even_shares(responses: np.ndarray) -> np.ndarray:
    """Energy of what both signs have in common over all energy, (unit,).

    Responses r+ and r- have an even part (r+ + r-) / 2 and an odd part (r+ - r-) / 2: a linear unit
    has no even part, a half-wave rectifier as much as odd, a full-wave rectifier nothing else.

    Parameters
    ----------
    responses
        To a positive and a negative click, (unit, 2, lag).

    Examples
    --------
    >>> taps = np.array([1.0, -2.0, 1.0])
    >>> rectified = np.maximum(np.stack([taps, -taps]), 0)
    >>> even_shares(np.stack([np.stack([taps, -taps]), rectified])).tolist()
    [0.0, 0.5]
    """
    even, odd = ((responses[:, 0] + sign * responses[:, 1]) / 2 for sign in (1, -1))
    energies = np.stack([np.square(part).sum(axis=1) for part in (even, odd)])
    total = energies.sum(axis=0)
    return np.asarray(energies[0] / np.where(total > 0, total, np.nan))
