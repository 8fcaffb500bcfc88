"""Two classifiers on the same clips: whether they differ, and in what."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from cnnviz.evaluation.bootstrap import N_RESAMPLES, interval_of, resample_sums
from cnnviz.evaluation.groups import number_groups
from cnnviz.evaluation.rates import count_confusion
from cnnviz.evaluation.scores import check_answers

EXACT = "exact binomial"
APPROXIMATE = "chi-squared with continuity correction"
BY_GROUP = "exact, groups exchanged"
_FEWEST_FOR_CHI_SQUARED = 25


@dataclass(frozen=True, kw_only=True, slots=True)
class McNemar:
    """Test of whether two classifiers are right equally often on the same clips.

    Parameters
    ----------
    method
        ``"exact binomial"`` below 25 clips that only one of them gets right, else
        ``"chi-squared with continuity correction"``; ``"exact, groups exchanged"`` where clips
        come in groups.
    statistic
        Clips only the first gets right (exact), chi-squared with one degree of freedom, or
        clips that the first gets right more than the other (groups).
    p_value
        Two-sided, in [0, 1]; 1 where they are never right alone.
    """

    method: str
    statistic: float
    p_value: float


@dataclass(frozen=True, kw_only=True, slots=True)
class ConfusionChange:
    """How often a class is taken for another, by the first and by the other, in clips."""

    true: str
    predicted: str
    first: int
    other: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """One classifier (first) against another on the same clips; differences: first - other.

    Parameters
    ----------
    class_names
        In one order for both, (class,).
    n_clips, n_groups
        Clips compared, and groups of them; a clip of unknown group is one.
    accuracy, other_accuracy
        Each in [0, 1].
    difference, difference_interval
        Of the accuracies, in [-1, 1], and its 95 % paired bootstrap interval (2,), over groups
        where they are known; NaN of one group.
    test
        McNemar's test, or its form for groups.
    n_both_right, n_both_wrong
        Clips.
    only_first_right, only_other_right
        Positions of the clips that one of them alone gets right, ascending.
    confusion_change
        Change of the counts of (true, predicted), int64 (class, class).
    recall_change
        float64 (class,), in [-1, 1]; NaN where a class has no clip.
    better, worse
        Confusions that the first makes less often, or more often, largest change first.
    """

    class_names: tuple[str, ...]
    n_clips: int
    n_groups: int
    accuracy: float
    other_accuracy: float
    difference: float
    difference_interval: np.ndarray
    test: McNemar
    n_both_right: int
    n_both_wrong: int
    only_first_right: np.ndarray
    only_other_right: np.ndarray
    confusion_change: np.ndarray
    recall_change: np.ndarray
    better: tuple[ConfusionChange, ...]
    worse: tuple[ConfusionChange, ...]


def compare(
    labels: np.ndarray,
    answers: np.ndarray,
    other_answers: np.ndarray,
    class_names: tuple[str, ...],
    *,
    groups: Sequence[str] = (),
    seed: int,
) -> Comparison:
    """Compare two classifiers clip by clip.

    Parameters
    ----------
    labels
        Class index per clip, (clip,).
    answers, other_answers
        Of the first and of the other, as `evaluate` takes them, in the same order of clips and
        of classes.
    class_names
        In order of the indices.
    groups
        Speaker or recording of each clip, as `evaluate` takes them.
    seed
        Of the bootstrap.

    Raises
    ------
        As `evaluate` does.

    References
    ----------
    McNemar, "Note on the Sampling Error of the Difference between Correlated Proportions"
    (1947); Edwards (1948) for the continuity correction.
    """
    labels = np.asarray(labels)
    n_classes = len(class_names)
    first, other = (
        check_answers(labels, np.asarray(a), n_classes) for a in (answers, other_answers)
    )
    right, other_right = first == labels, other == labels
    only_first, only_other = right & ~other_right, other_right & ~right
    index = number_groups(groups, len(labels))
    lead = np.bincount(index, weights=only_first) - np.bincount(index, weights=only_other)
    sizes = np.bincount(index)
    counts, other_counts = (count_confusion(labels, p, n_classes) for p in (first, other))
    change = counts - other_counts
    support = np.bincount(labels, minlength=n_classes)
    changes = _changes(counts, other_counts, class_names)
    return Comparison(
        class_names=tuple(class_names),
        n_clips=len(labels),
        n_groups=len(sizes),
        accuracy=float(right.mean()),
        other_accuracy=float(other_right.mean()),
        difference=float((only_first.sum() - only_other.sum()) / len(labels)),
        difference_interval=_interval(lead, sizes, seed),
        test=mcnemar(int(only_first.sum()), int(only_other.sum()))
        if len(sizes) == len(labels)
        else exchange_groups(lead.astype(np.int64)),
        n_both_right=int((right & other_right).sum()),
        n_both_wrong=int((~right & ~other_right).sum()),
        only_first_right=np.flatnonzero(only_first),
        only_other_right=np.flatnonzero(only_other),
        confusion_change=change,
        recall_change=np.diag(change) / np.where(support, support, np.nan),
        better=tuple(c for c in changes if c.first < c.other),
        worse=tuple(c for c in changes if c.first > c.other),
    )


def mcnemar(n_first: int, n_other: int) -> McNemar:
    """Test whether two counts of clips that only one classifier gets right differ.

    Parameters
    ----------
    n_first, n_other
        Clips only the first, and only the other, gets right.

    Examples
    --------
    >>> mcnemar(1, 9).p_value  # 2 * (1 + 10) / 2**10
    0.021484375
    """
    n_alone = n_first + n_other
    if n_alone < _FEWEST_FOR_CHI_SQUARED:
        p_value = stats.binomtest(n_first, n_alone, 0.5).pvalue if n_alone else 1.0
        return McNemar(method=EXACT, statistic=float(n_first), p_value=float(p_value))
    statistic = max(abs(n_first - n_other) - 1, 0) ** 2 / n_alone
    p_value = float(stats.chi2.sf(statistic, df=1))
    return McNemar(method=APPROXIMATE, statistic=statistic, p_value=p_value)


def exchange_groups(lead: np.ndarray) -> McNemar:
    """Test whether two classifiers differ, by exchanging their answers group by group.

    Where neither is better, each group could as well have answered the other way round; the
    p-value is the share of all exchanges that lie as far apart. With one clip per group it is
    McNemar's exact test.

    Parameters
    ----------
    lead
        Clips that the first gets right more than the other, int64 (group,).

    References
    ----------
    Pesarin and Salmaso, "Permutation Tests for Complex Data" (2010), chapter 1; McNemar (1947).

    Examples
    --------
    >>> exchange_groups(np.array([-1] + 9 * [1])).p_value  # as mcnemar(1, 9)
    0.021484375
    """
    chances = np.ones(1)  # of each sum, the middle is 0
    for size in np.abs(lead[lead != 0]):
        step = np.zeros(2 * size + 1)
        step[[0, -1]] = 0.5
        chances = np.convolve(chances, step)
    middle, found = len(chances) // 2, int(lead.sum())
    sums = np.abs(np.arange(len(chances)) - middle)
    p_value = min(1.0, float(chances[sums >= abs(found)].sum()))
    return McNemar(method=BY_GROUP, statistic=float(found), p_value=p_value)


def _interval(lead: np.ndarray, sizes: np.ndarray, seed: int) -> np.ndarray:
    """Interval of the difference, drawing clips or groups with the answers of both."""
    lead_drawn, drawn = resample_sums(np.column_stack([lead, sizes]), seed, N_RESAMPLES)
    return interval_of(lead_drawn / drawn, len(lead))


def _changes(
    counts: np.ndarray, other_counts: np.ndarray, class_names: tuple[str, ...]
) -> tuple[ConfusionChange, ...]:
    """Confusions whose number differs, largest difference first, then by class."""
    change = np.abs(counts - other_counts) * ~np.eye(len(counts), dtype=bool)
    cells = np.argsort(-change, axis=None, kind="stable")[: np.count_nonzero(change)]
    return tuple(
        ConfusionChange(
            true=class_names[true],
            predicted=class_names[predicted],
            first=int(counts[true, predicted]),
            other=int(other_counts[true, predicted]),
        )
        for true, predicted in zip(*np.unravel_index(cells, change.shape), strict=True)
    )
