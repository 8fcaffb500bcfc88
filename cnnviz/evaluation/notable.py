"""Clips worth listening to: answered with most confidence, or almost otherwise."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True, slots=True)
class Notable:
    """Positions of notable clips, int64 (chosen,), the most notable first.

    Parameters
    ----------
    confident_right, confident_wrong
        Clips classified right, or wrong, with the highest probability.
    nearest_boundary
        Clips whose two highest probabilities are closest.
    """

    confident_right: np.ndarray
    confident_wrong: np.ndarray
    nearest_boundary: np.ndarray


def notable_clips(labels: np.ndarray, probabilities: np.ndarray, *, n: int = 20) -> Notable:
    """Choose the clips to listen to first; equal ones stay in their order.

    Parameters
    ----------
    labels
        Class indices, (clip,).
    probabilities
        (clip, class).
    n
        Most clips of each kind.

    Examples
    --------
    >>> notable_clips(np.array([0, 0]), np.array([[0.9, 0.1], [0.4, 0.6]])).nearest_boundary
    array([1, 0])
    """
    right = probabilities.argmax(axis=1) == labels
    surest_first = np.argsort(-probabilities.max(axis=1), kind="stable")
    return Notable(
        confident_right=surest_first[right[surest_first]][:n],
        confident_wrong=surest_first[~right[surest_first]][:n],
        nearest_boundary=np.argsort(margins(probabilities), kind="stable")[:n],
    )


def margins(probabilities: np.ndarray) -> np.ndarray:
    """Distance of the two highest probabilities of each clip, (clip,), in [0, 1]."""
    if probabilities.shape[1] == 1:  # against nothing
        return probabilities[:, 0]
    highest = np.partition(probabilities, -2, axis=1)[:, -2:]  # (clip, 2), ascending
    distances: np.ndarray = highest[:, 1] - highest[:, 0]
    return distances
