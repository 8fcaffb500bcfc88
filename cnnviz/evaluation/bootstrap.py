"""Intervals of rates under resampling of clips, or of groups of clips that belong together.

Drawing clips with replacement draws the cells of the confusion matrix from a multinomial
distribution with their shares, so the cells are drawn, and no clip is touched. Where clips come
in groups, such as speakers, whole groups are drawn.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import stats
from scipy.sparse import csr_array

from cnnviz.evaluation.proportions import LEVEL, exact_interval
from cnnviz.evaluation.rates import rate_confusion

N_RESAMPLES = 10_000
_NUMBERS_AT_A_TIME = 4_000_000
_MOST_NUMBERS = 10_000_000  # drawn for groups: many groups need fewer resamples
_FEWEST_RESAMPLES = 1_000
_RATES = ("accuracy", "balanced_accuracy", "kappa", "macro_f1")


@dataclass(frozen=True, kw_only=True, slots=True)
class Intervals:
    """95 % intervals, each float64 (2,); NaN where a rate is never defined, or of one group.

    Of a classifier that is always or never right, which no resample moves, the accuracy has the
    exact binomial interval, and the other rates have the limit that they would reach if the
    errors (or hits) which that interval allows all fell into the smallest classes.
    """

    accuracy: np.ndarray
    balanced_accuracy: np.ndarray
    kappa: np.ndarray
    macro_f1: np.ndarray


def bootstrap_confusion(
    confusion: np.ndarray, *, seed: int, n_resamples: int = N_RESAMPLES
) -> Intervals:
    """Estimate how far rates would move with other clips like these.

    Parameters
    ----------
    confusion
        Counts of (true, predicted) classes, (class, class).
    seed
        Of the draws.
    n_resamples
        Draws of as many clips as there are.

    References
    ----------
    Efron, "Bootstrap Methods: Another Look at the Jackknife" (1979); Clopper and Pearson, "The
    Use of Confidence or Fiducial Limits Illustrated in the Case of the Binomial" (1934).
    """
    true, predicted = np.nonzero(confusion)
    counts = confusion[true, predicted]
    drawn = [
        _rates(block, true, predicted, len(confusion))
        for block in _draws(counts / counts.sum(), int(counts.sum()), seed, n_resamples)
    ]
    return _intervals(np.concatenate(drawn, axis=1), confusion, int(confusion.sum()))


def bootstrap_groups(
    labels: np.ndarray,
    predictions: np.ndarray,
    groups: np.ndarray,
    n_classes: int,
    *,
    seed: int,
    n_resamples: int = N_RESAMPLES,
) -> Intervals:
    """Estimate how far rates would move with other groups of clips like these.

    Parameters
    ----------
    labels, predictions
        Class indices, (clip,).
    groups
        Number of the group of each clip, as `number_groups` gives them.
    n_classes
        Classes there are.
    seed, n_resamples
        Of the draws; of very many groups fewer are made, at least 1,000.

    References
    ----------
    Davison and Hinkley, "Bootstrap Methods and their Application" (1997), section 3.8.
    """
    codes, cell = np.unique(labels * n_classes + predictions, return_inverse=True)
    n_groups = int(groups.max()) + 1
    by_group = csr_array((np.ones(len(cell)), (groups, cell)), shape=(n_groups, len(codes)))
    filled = np.divmod(codes, n_classes)
    drawn = [
        _rates(block, *filled, n_classes) for block in _group_sums(by_group, seed, n_resamples)
    ]
    confusion = np.zeros((n_classes, n_classes), dtype=np.int64)
    confusion[filled] = np.bincount(cell)
    return _intervals(np.concatenate(drawn, axis=1), confusion, n_groups)


def resample_sums(by_group: np.ndarray, seed: int, n_resamples: int) -> np.ndarray:
    """Sums over groups that are drawn with replacement, float64 (number, resample).

    Parameters
    ----------
    by_group
        Numbers of each group, (group, number).
    seed, n_resamples
        As `bootstrap_groups` takes them.
    """
    kinds, counts = np.unique(by_group, axis=0, return_counts=True)  # equal groups as one
    shares = counts / counts.sum()
    n_groups = len(by_group)
    sums = [block @ kinds for block in _draws(shares, n_groups, seed, n_resamples)]
    return np.concatenate(sums).T


def interval_of(values: np.ndarray, n_units: int) -> np.ndarray:
    """95 % percentile interval of resampled values, float64 (2,); NaN values are left out.

    Few units vary less from resample to resample than a new set of them would, so the quantiles
    are those that make the interval of a mean as wide as Student's; one unit gives NaN.

    Parameters
    ----------
    values
        One per resample.
    n_units
        Clips or groups that were drawn from.

    References
    ----------
    Hesterberg, "What Teachers Should Know About the Bootstrap" (2015): the expanded percentile
    interval.
    """
    finite = values[np.isfinite(values)]
    if n_units < 2 or not len(finite):
        return np.full(2, np.nan)
    reach = np.sqrt(n_units / (n_units - 1)) * stats.t.ppf(LEVEL / 2, n_units - 1)
    tail = stats.norm.cdf(reach)
    interval: np.ndarray = np.quantile(finite, (tail, 1 - tail))
    return interval


def _intervals(drawn: np.ndarray, confusion: np.ndarray, n_units: int) -> Intervals:
    """Intervals of resampled rates, (rate, resample), of a table that `n_units` gave."""
    intervals = np.stack([interval_of(row, n_units) for row in drawn])  # (rate, 2)
    intervals[intervals[:, 0] == intervals[:, 1]] = np.nan  # one answer to all clips: no spread
    n_right = confusion.trace()
    if n_right in (0, confusion.sum()):
        intervals[0] = exact_interval(n_units if n_right else 0, n_units)
        ends = [_scalars(confusion), _scalars(_with_unseen(confusion, n_units))]
        reached = np.column_stack([*ends, intervals[1:]])  # (rate, 4)
        is_defined = np.isfinite(reached[:, 0])
        intervals[1:, 0] = np.where(is_defined, np.fmin.reduce(reached, axis=1), np.nan)
        intervals[1:, 1] = np.where(is_defined, np.fmax.reduce(reached, axis=1), np.nan)
    return Intervals(**dict(zip(_RATES, intervals, strict=True)))


def _scalars(confusion: np.ndarray) -> tuple[float, float, float]:
    rates = rate_confusion(confusion)
    return rates.balanced_accuracy, rates.kappa, rates.macro.f1


def _with_unseen(confusion: np.ndarray, n_units: int) -> np.ndarray:
    """Shares of a table without errors (or hits) with the most of them that may be unseen.

    They fall into the smallest classes, taken for the next larger one.
    """
    share = 1 - (LEVEL / 2) ** (1 / n_units)
    support = confusion.sum(axis=1) / confusion.sum()  # (class,)
    order = np.argsort(support, kind="stable")
    before = np.cumsum(support[order]) - support[order]
    moved, answer = np.zeros(len(order)), np.arange(len(order))
    moved[order] = np.clip(share - before, 0, support[order])
    if confusion.trace():
        answer[order] = np.roll(order, -1)
    kept = np.divide(support - moved, support, out=np.zeros(len(order)), where=support > 0)
    shares: np.ndarray = confusion / confusion.sum() * kept[:, None]  # (true, predicted)
    shares[np.arange(len(order)), answer] += moved
    return shares


def _group_sums(by_group: csr_array, seed: int, n_resamples: int) -> Iterator[np.ndarray]:
    """Cells of drawn groups, float64 (resample, cell), a block at a time."""
    n_groups = by_group.shape[0]
    n_resamples = min(n_resamples, max(_FEWEST_RESAMPLES, _MOST_NUMBERS // n_groups))
    for block in _draws(np.full(n_groups, 1 / n_groups), n_groups, seed, n_resamples):
        yield (by_group.T @ block.T).T


def _draws(shares: np.ndarray, n_drawn: int, seed: int, n_resamples: int) -> Iterator[np.ndarray]:
    """How often each cell or group is drawn, int64 (resample, drawn), a block at a time."""
    generator = np.random.default_rng(seed)
    block = max(1, _NUMBERS_AT_A_TIME // len(shares))
    for first in range(0, n_resamples, block):
        yield generator.multinomial(n_drawn, shares, size=min(block, n_resamples - first))


def _rates(
    cells: np.ndarray, true: np.ndarray, predicted: np.ndarray, n_classes: int
) -> np.ndarray:
    """Accuracy, balanced accuracy, kappa and macro F1 of each resample, (rate, resample)."""
    classes = np.arange(n_classes)
    is_true, is_predicted = true[:, None] == classes, predicted[:, None] == classes
    support = cells @ is_true  # (resample, class)
    answers = cells @ is_predicted
    hits = cells @ (is_true & is_predicted)
    n_clips = cells.sum(axis=1)
    present = support > 0
    accuracy = hits.sum(axis=1) / n_clips
    recall = hits / np.maximum(support, 1)
    f1 = 2 * hits / np.maximum(support + answers, 1)
    chance = (support * answers).sum(axis=1) / n_clips**2
    able = chance < 1
    kappa = np.where(able, (accuracy - chance) / np.where(able, 1 - chance, 1), np.nan)
    n_present = present.sum(axis=1)
    balanced, macro_f1 = ((rate * present).sum(axis=1) / n_present for rate in (recall, f1))
    return np.stack([accuracy, balanced, kappa, macro_f1])
