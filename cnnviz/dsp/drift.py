"""How far filters moved from the taps that training began with."""

import numpy as np


def cosines(taps: np.ndarray, initial: np.ndarray) -> np.ndarray:
    """Cosine between filters and their initial taps, both (filter, axes ...), in [-1, 1].

    NaN where either has no energy.

    Examples
    --------
    >>> cosines(np.array([[3.0, 0.0], [1.0, 1.0]]), np.array([[1.0, 0.0], [1.0, -1.0]]))
    array([1., 0.])
    """
    now, before = (each.reshape(len(each), -1) for each in (taps, initial))
    products = np.linalg.norm(now, axis=1) * np.linalg.norm(before, axis=1)
    inner = np.einsum("ij,ij->i", now, before)
    cosine = np.where(products > 0, inner / np.where(products > 0, products, 1.0), np.nan)
    return np.asarray(np.clip(cosine, -1.0, 1.0))


def norm_changes(taps: np.ndarray, initial: np.ndarray) -> np.ndarray:
    """Change of the norm over the initial norm, (filter,); NaN where that is zero."""
    now, before = (np.linalg.norm(each.reshape(len(each), -1), axis=1) for each in (taps, initial))
    change = (now - before) / np.where(before > 0, before, 1.0)
    return np.asarray(np.where(before > 0, change, np.nan))
