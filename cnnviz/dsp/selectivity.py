"""How much of a unit's variation over clips is variation between classes."""

import numpy as np


def class_selectivity(responses: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Share of variance between classes, eta squared, of each unit.

    Parameters
    ----------
    responses
        (clip, unit).
    labels
        Class of each clip, (clip,); clips below 0 are left out.

    Returns
    -------
    np.ndarray
        float64 (unit,) in [0, 1]; NaN of a constant unit, or of fewer than two classes.

    Examples
    --------
    >>> class_selectivity(np.array([[1.0], [1.0], [3.0], [3.0]]), np.array([0, 0, 1, 1])).tolist()
    [1.0]
    """
    is_labelled = labels >= 0
    values, labels = np.asarray(responses[is_labelled], np.float64), labels[is_labelled]
    classes, index, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    if len(classes) < 2:
        return np.full(responses.shape[1], np.nan)
    sums = np.zeros((len(classes), values.shape[1]))
    np.add.at(sums, index, values)
    means, mean = sums / sizes[:, None], values.mean(0)
    between = (sizes[:, None] * (means - mean) ** 2).sum(0)
    total = ((values - mean) ** 2).sum(0)
    share: np.ndarray = np.divide(between, total, out=np.full(len(total), np.nan), where=total > 0)
    return share
