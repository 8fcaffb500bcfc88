"""How unevenly responses are spread: over clips (lifetime), or over channels (population)."""

import numpy as np


def treves_rolls(responses: np.ndarray) -> np.ndarray:
    """Sparseness of each column: 1 where one row alone responds, 0 where all respond alike.

        S = (1 - (sum r / n)^2 / (sum r^2 / n)) / (1 - 1 / n)

    Parameters
    ----------
    responses
        At least 0, (response, column): clips for lifetime, channels for population sparseness.

    Returns
    -------
    np.ndarray
        float64 (column,) in [0, 1]; NaN where nothing responds, or with one row.

    References
    ----------
    Rolls and Tovee, "Sparseness of the Neuronal Representation of Stimuli in the Primate
    Temporal Visual Cortex" (1995); rescaled to [0, 1] as by Vinje and Gallant, "Sparse Coding
    and Decorrelation in Primary Visual Cortex During Natural Vision" (2000).

    Examples
    --------
    >>> treves_rolls(np.array([[4.0, 1.0], [0.0, 1.0], [0.0, 1.0]]))
    array([1., 0.])
    """
    values = np.asarray(responses, dtype=np.float64)
    n = len(values)
    if n < 2:
        return np.full(values.shape[1], np.nan)
    power = np.mean(values**2, axis=0)
    activity = _ratio(values.mean(0) ** 2, power)
    sparseness: np.ndarray = np.clip((1 - activity) / (1 - 1 / n), 0, 1)
    return sparseness


def gini(responses: np.ndarray) -> np.ndarray:
    """Gini index of each column: 0 where all rows are alike, (n - 1) / n where one holds all.

    With rows in ascending order, G = sum_i (2 i - n - 1) r_i / (n sum r), i from 1.

    Parameters
    ----------
    responses
        At least 0, (response, column).

    Returns
    -------
    np.ndarray
        float64 (column,) in [0, 1); NaN where nothing responds.

    References
    ----------
    Hurley and Rickard, "Comparing Measures of Sparsity" (2009).

    Examples
    --------
    >>> gini(np.array([[4.0, 1.0], [0.0, 1.0], [0.0, 1.0], [0.0, 1.0]]))
    array([0.75, 0.  ])
    """
    values = np.sort(np.asarray(responses, dtype=np.float64), axis=0)
    n = len(values)
    weights = 2 * np.arange(1, n + 1) - n - 1
    return _ratio(weights @ values, n * values.sum(0))


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """A share per column; NaN where it is one of nothing."""
    out = np.full(np.shape(above), np.nan)
    return np.asarray(np.divide(above, below, out=out, where=below > 0))
