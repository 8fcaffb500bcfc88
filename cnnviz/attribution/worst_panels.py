"""Which panels of a path are cut finer: those that miss most of its sum or of its map."""

from collections.abc import Sequence

import numpy as np


def worst_panels(
    residuals: Sequence[float], moves: Sequence[float], *, sum_is_off: bool, map_is_off: bool
) -> list[int]:
    """Places of the panels that miss more than half as much as the worst.

    Parameters
    ----------
    residuals
        What the sum of each misses of the change of the score.
    moves
        How far each moved when it was last cut finer.
    sum_is_off, map_is_off
        Which of the two count; none where neither does.
    """
    missed = np.zeros(len(residuals))
    if sum_is_off:
        missed += _shares(np.abs(residuals))
    if map_is_off:
        missed += _shares(np.asarray(moves))
    return np.flatnonzero(2 * missed > missed.max()).tolist()


def _shares(values: np.ndarray) -> np.ndarray:
    total = float(values.sum())
    return values / total if total else np.zeros(len(values))
