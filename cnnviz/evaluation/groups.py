"""Clips that are not independent: those of one speaker, or of one recording."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

SPREAD_QUANTILES = (0.1, 0.5, 0.9)


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupSpread:
    """How unevenly clips and right answers are spread over the groups that are known.

    Parameters
    ----------
    n_groups
        Known groups.
    n_clips
        Clips of a known group.
    largest_share
        Clips of the largest group, as share of all clips, in [0, 1].
    lowest, low, median, high
        Lowest accuracy of a group, and the quantiles .1, .5 and .9, each group counted once.
    """

    n_groups: int
    n_clips: int
    largest_share: float
    lowest: float
    low: float
    median: float
    high: float


def number_groups(groups: Sequence[str], n_clips: int) -> np.ndarray:
    """Number the groups of clips from 0, int64 (clip,).

    Parameters
    ----------
    groups
        Name of the speaker or recording of each clip, (clip,); a clip of unknown group (``""``)
        stands for itself, and so does each clip where `groups` is empty.
    n_clips
        Clips there are.

    Examples
    --------
    >>> number_groups(("ann", "", "ann", ""), 4)
    array([0, 1, 0, 2])
    """
    own = (name or index for index, name in enumerate(groups or ("",) * n_clips))
    numbers: dict[str | int, int] = {}
    return np.array([numbers.setdefault(key, len(numbers)) for key in own], dtype=np.int64)


def spread_over_groups(groups: Sequence[str], right: np.ndarray) -> GroupSpread | None:
    """Accuracy within each known group; None where none is known.

    Parameters
    ----------
    groups
        As `number_groups` takes them.
    right
        Whether the prediction is right, bool (clip,).
    """
    names = np.array(groups, dtype=str)
    is_known = names != ""
    if not is_known.any():
        return None
    _, index, counts = np.unique(names[is_known], return_inverse=True, return_counts=True)
    accuracy = np.bincount(index, weights=right[is_known]) / counts  # (group,)
    low, median, high = (float(value) for value in np.quantile(accuracy, SPREAD_QUANTILES))
    return GroupSpread(
        n_groups=len(counts),
        n_clips=int(is_known.sum()),
        largest_share=float(counts.max() / len(right)),
        lowest=float(accuracy.min()),
        low=low,
        median=median,
        high=high,
    )
