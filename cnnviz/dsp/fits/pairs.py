"""Models that are the difference of two places on one axis: all pairs of places are tried."""

import numpy as np

_LEAST_ENERGY = 1e-9


def best_pairs(inner: np.ndarray, gram: np.ndarray) -> np.ndarray:
    """Find i < j whose difference of components takes most of the energy, (filter, 2).

    Parameters
    ----------
    inner
        Of each filter with the component of each place, (filter, place).
    gram
        Inner products of the components, (place, place).
    """
    diagonal = np.diag(gram)
    energy = diagonal[:, None] + diagonal - 2 * gram
    is_pair = np.triu(np.ones(gram.shape, bool), 1) & (energy > _LEAST_ENERGY * diagonal.max())
    weight = np.where(is_pair, 1 / np.where(is_pair, energy, 1.0), 0.0)
    first, second = np.empty(len(inner), int), np.empty(len(inner), int)
    for k, values in enumerate(inner):
        scores = np.square(values - values[:, None]) * weight
        place = scores.argmax() or 1  # without energy the first pair
        first[k], second[k] = np.unravel_index(place, scores.shape)
    return np.stack([first, second], axis=1)
