"""Intervals of shares: exact for independent clips, with fewer clips counted where they are not."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

LEVEL = 0.05


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassIntervals:
    """95 % intervals of the rates of each class, float64 (class, 2); NaN where not defined."""

    precision: np.ndarray
    recall: np.ndarray
    f1: np.ndarray


def class_intervals(
    labels: np.ndarray, predictions: np.ndarray, groups: np.ndarray, n_classes: int
) -> ClassIntervals:
    """Bound precision, recall and F1 of each class.

    F1 is 2 J / (1 + J), where J is the share of hits among the clips that are of a class or are
    taken for it; its limits follow from those of J.

    Parameters
    ----------
    labels, predictions
        Class indices, (clip,).
    groups
        Number of the group of each clip, as `number_groups` gives them.
    n_classes
        Classes there are.
    """
    limits = np.full((3, n_classes, 2), np.nan)
    for index in range(n_classes):
        is_true, is_predicted = labels == index, predictions == index
        either = (is_true | is_predicted) & is_true.any()
        for kind, among in enumerate((is_predicted, is_true, either)):
            hits = (is_true & is_predicted)[among]
            limits[kind, index] = share_interval(hits, groups[among])
    precision, recall, shared = limits
    return ClassIntervals(precision=precision, recall=recall, f1=2 * shared / (1 + shared))


def share_interval(right: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """95 % interval of a share, float64 (2,); NaN without clips.

    The exact interval of as many independent clips as would make the share vary as it does from
    group to group; where all or none are right, which shows no variation, each group counts once.

    Parameters
    ----------
    right
        Bool (clip,).
    groups
        Number of the group of each clip, (clip,).

    References
    ----------
    Clopper and Pearson, "The Use of Confidence or Fiducial Limits Illustrated in the Case of
    the Binomial" (1934); Korn and Graubard, "Confidence Intervals for Proportions with Small
    Expected Number of Positive Counts Estimated from Survey Data" (1998).

    Examples
    --------
    >>> share_interval(np.array([True] * 10), np.arange(10)).round(3)
    array([0.692, 1.   ])
    """
    if not len(right):
        return np.full(2, np.nan)
    share = float(right.mean())
    n_clips = _effective_clips(right, groups, share)
    return exact_interval(share * n_clips, n_clips)


def exact_interval(n_right: float, n_clips: float) -> np.ndarray:
    """Clopper and Pearson's 95 % interval, float64 (2,); counts may be fractions or NaN."""
    if np.isnan(n_clips):
        return np.full(2, np.nan)
    low = stats.beta.ppf(LEVEL / 2, n_right, n_clips - n_right + 1) if n_right > 0 else 0.0
    high = stats.beta.ppf(1 - LEVEL / 2, n_right + 1, n_clips - n_right)
    return np.array([low, high if n_right < n_clips else 1.0])


def _effective_clips(right: np.ndarray, groups: np.ndarray, share: float) -> float:
    """Independent clips that would tell as much as these do."""
    _, index, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    n_clips, n_groups = len(right), len(sizes)
    if n_groups == n_clips or share in (0.0, 1.0):
        return n_groups
    residuals = np.bincount(index, weights=right - share)  # (group,)
    if n_groups == 1:
        return float("nan")
    variance = n_groups / (n_groups - 1) * (residuals @ residuals) / n_clips**2
    if variance == 0:
        return n_clips
    widening = stats.t.ppf(LEVEL / 2, n_groups - 1) / stats.t.ppf(LEVEL / 2, n_clips - 1)
    return min(float(n_clips), float(share * (1 - share) / variance / widening**2))
