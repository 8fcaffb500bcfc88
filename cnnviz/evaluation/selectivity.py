"""How much more a unit answers to one class than to the others, and whether labels matter at all.

The index of a unit is that of Morcos, Barrett, Rabinowitz and Botvinick, "On the Importance of
Single Directions for Generalization" (2018):

    (m_best - m_rest) / (m_best + m_rest),

where m_best is the largest mean response to the clips of a class and m_rest the mean of the
means of all other classes. It is 0 for a unit that answers to all classes alike and 1 for one
that answers to a single class. Being the largest of several means, it is above 0 by chance: it
is held against the same index with labels permuted.
"""

from dataclasses import dataclass

import numpy as np

from cnnviz.evaluation.bootstrap import interval_of, resample_sums

Q = 0.05
"""False discovery rate, and the share of permutations above the quantile that is kept."""
CLIPS, WITHIN, BETWEEN = "clips", "within groups", "groups"
_FEWEST, _MOST_WORK = 199, 10_000_000_000  # permutations; products, a second or two
_NUMBERS_AT_A_TIME = 4_000_000
_N_RESAMPLES = 2_000
_ROUNDING = 1e-6  # of single precision, in which permutations are summed


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassSelectivity:
    """Selectivity of units for classes, (unit,) each; NaN of units that never respond.

    A unit whose best class has no clip that shares its group with clips of another class cannot
    be tested where labels are permuted within groups: its `p` and `null_quantile` are NaN.

    Parameters
    ----------
    best_class
        Class of the largest mean; -1 of units that never respond.
    best_mean
        Mean response to it.
    interval
        95 % interval of that mean over clips or groups like these, (unit, 2).
    index
        Class selectivity index in [0, 1].
    null_quantile
        95 % quantile of the index with permuted labels.
    p
        Share of permutations, with the true labels counted as one, that reach the index.
    is_selective
        Whether it is rejected by Benjamini and Hochberg's procedure over the units.
    expected_by_chance
        Mean number of units that the procedure calls selective with permuted labels.
    n_permutations
        Permutations made.
    exchanged
        What they exchange: `CLIPS`, clips `WITHIN` groups, or whole groups, `BETWEEN`.
    """

    best_class: np.ndarray
    best_mean: np.ndarray
    interval: np.ndarray
    index: np.ndarray
    null_quantile: np.ndarray
    p: np.ndarray
    is_selective: np.ndarray
    expected_by_chance: float
    n_permutations: int
    exchanged: str


def class_selectivity(
    responses: np.ndarray,
    labels: np.ndarray,
    groups: np.ndarray,
    *,
    seed: int,
    n_permutations: int,
) -> ClassSelectivity:
    """Measure the selectivity of units and test it.

    Parameters
    ----------
    responses
        At least 0, (clip, unit).
    labels
        Class of each clip, at least 0, of at least two classes, (clip,).
    groups
        Number of the group of each clip, as `number_groups` gives them.
    seed
        Of permutations and resamples.
    n_permutations
        Fewer, at least 199, are made of very many clips, units and classes.

    References
    ----------
    Morcos and others (2018), as above; Benjamini and Hochberg, "Controlling the False Discovery
    Rate" (1995); Phipson and Smyth, "Permutation P-values Should Never Be Zero" (2010); Winkler
    and others, "Multi-level Block Permutation" (2015).
    """
    classes, codes = np.unique(labels, return_inverse=True)
    values = np.asarray(responses, dtype=np.float64)
    responds = values.any(axis=0)
    means = class_means(values, codes, len(classes))
    index = selectivity_index(means)
    work = values.size * len(classes)
    n_permutations = int(np.clip(_MOST_WORK // max(work, 1), _FEWEST, n_permutations))
    null = _permuted(values, codes, groups, seed=seed, n_permutations=n_permutations)
    best = means.argmax(axis=0)
    can_move = np.bincount(codes[_can_move(codes, groups)], minlength=len(classes)) > 0
    tested = np.flatnonzero(responds & can_move[best])
    p, chance = np.full(len(index), np.nan), 0.0
    is_selective = np.zeros(len(index), dtype=bool)
    if len(tested):
        p[tested] = (1 + np.sum(null[:, tested] >= index[tested] - _ROUNDING, 0)) / (1 + len(null))
        is_selective[tested] = rejected(p[tested])
        chance = _expected(null[:, tested])
    quantile = np.full(len(index), np.nan)
    quantile[tested] = np.quantile(null[:, tested], 1 - Q, axis=0)
    return ClassSelectivity(
        best_class=np.where(responds, classes[best], -1),
        best_mean=np.where(responds, means.max(axis=0), np.nan),
        interval=_intervals(values, codes, groups, np.where(responds, best, -1), seed=seed),
        index=index,
        null_quantile=quantile,
        p=p,
        is_selective=is_selective,
        expected_by_chance=chance,
        n_permutations=n_permutations,
        exchanged=what_is_exchanged(codes, groups),
    )


def class_means(responses: np.ndarray, codes: np.ndarray, n_classes: int) -> np.ndarray:
    """Mean response to each class, float64 (class, unit); codes (clip,) run from 0."""
    is_of_class = codes == np.arange(n_classes)[:, None]  # (class, clip)
    means: np.ndarray = is_of_class @ responses / is_of_class.sum(axis=1)[:, None]
    return means


def selectivity_index(means: np.ndarray) -> np.ndarray:
    """Class selectivity index of class means.

    Parameters
    ----------
    means
        At least 0, (..., class, unit), of two classes or more.

    Returns
    -------
    np.ndarray
        (..., unit) in [0, 1]; NaN where all means are 0.

    Examples
    --------
    >>> selectivity_index(np.array([[3.0, 1.0, 2.0], [0.0, 1.0, 1.0], [0.0, 1.0, 0.0]]))
    array([1. , 0. , 0.6])
    """
    best = means.max(axis=-2)
    rest = (means.sum(axis=-2) - best) / (means.shape[-2] - 1)
    both = best + rest
    out = np.full(both.shape, np.nan)
    return np.asarray(np.divide(best - rest, both, out=out, where=both > 0))


def rejected(p: np.ndarray, q: float = Q) -> np.ndarray:
    """Which hypotheses Benjamini and Hochberg's procedure rejects, bool (..., hypothesis).

    Examples
    --------
    >>> rejected(np.array([0.01, 0.04, 0.03, 0.5]))
    array([ True, False, False, False])
    """
    n = p.shape[-1]
    is_below = np.sort(p, axis=-1) <= q * np.arange(1, n + 1) / n
    n_rejected = np.where(is_below, np.arange(1, n + 1), 0).max(axis=-1, keepdims=True)
    ranks = np.argsort(np.argsort(p, axis=-1, kind="stable"), axis=-1, kind="stable")
    return np.asarray(ranks < n_rejected)


def what_is_exchanged(codes: np.ndarray, groups: np.ndarray) -> str:
    """What permutations of labels exchange: `CLIPS`, clips `WITHIN` groups, or groups.

    Clips of one group are exchanged with each other, so that what sets groups apart stays; where
    each group is of one class, whole groups exchange their labels instead.
    """
    _, sizes = np.unique(groups, return_counts=True)
    if sizes.max() == 1 or len(sizes) == 1:
        return CLIPS
    of_group = np.zeros(int(groups.max()) + 1, dtype=codes.dtype)
    of_group[groups] = codes
    return BETWEEN if (codes == of_group[groups]).all() else WITHIN


def shuffled(codes: np.ndarray, groups: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Labels permuted among what may be exchanged, (clip,); groups are numbered from 0."""
    kind = what_is_exchanged(codes, groups)
    if kind == CLIPS:
        return np.asarray(generator.permutation(codes))
    if kind == BETWEEN:
        _, firsts = np.unique(groups, return_index=True)
        return np.asarray(generator.permutation(codes[firsts])[groups])
    blocks = _blocks(groups)
    permuted = np.empty_like(codes)
    drawn = np.lexsort((generator.random(len(codes)), blocks))
    permuted[np.argsort(blocks, kind="stable")] = codes[drawn]
    return permuted


def _blocks(groups: np.ndarray) -> np.ndarray:
    """Groups, but for those of one clip: these exchange labels among themselves."""
    return np.where(np.bincount(groups)[groups] == 1, -1, groups)


def _can_move(codes: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Whether the label of each clip can become another one, bool (clip,)."""
    if what_is_exchanged(codes, groups) != WITHIN:
        return np.ones(len(codes), dtype=bool)
    _, blocks = np.unique(_blocks(groups), return_inverse=True)
    cells = np.unique(np.column_stack([blocks, codes]), axis=0)  # each class of each block once
    return np.asarray(np.bincount(cells[:, 0])[blocks] > 1)


def _permuted(
    values: np.ndarray, codes: np.ndarray, groups: np.ndarray, *, seed: int, n_permutations: int
) -> np.ndarray:
    """Index with permuted labels, (permutation, unit); silent units are 0."""
    generator, single = np.random.default_rng(seed), values.astype(np.float32)
    n_classes = int(codes.max()) + 1
    block = max(1, _NUMBERS_AT_A_TIME // (n_classes * len(codes)))
    rows = []
    for first in range(0, n_permutations, block):
        some = range(min(block, n_permutations - first))
        labels = np.stack([shuffled(codes, groups, generator) for _ in some])
        is_of = labels[:, None] == np.arange(n_classes)[:, None]  # (permutation, class, clip)
        sums = is_of.reshape(-1, len(codes)).astype(np.float32) @ single
        means = sums.reshape(len(labels), n_classes, -1) / is_of.sum(axis=2)[:, :, None]
        rows.append(np.nan_to_num(selectivity_index(means)))
    return np.concatenate(rows)


def _expected(null: np.ndarray) -> float:
    """Units called selective with permuted labels, on average; null is (permutation, unit)."""
    ascending = np.sort(null, axis=0)
    n_reaching = np.stack(
        [
            len(null) - np.searchsorted(a, n, side="left")
            for a, n in zip(ascending.T, null.T, strict=True)
        ],
        axis=1,
    )
    return float(rejected(n_reaching / len(null)).sum(axis=1).mean())


def _intervals(
    values: np.ndarray, codes: np.ndarray, groups: np.ndarray, best: np.ndarray, *, seed: int
) -> np.ndarray:
    """95 % interval of the mean response to the best class, groups resampled, (unit, 2)."""
    intervals = np.full((len(best), 2), np.nan)
    for code in np.unique(best[best >= 0]):
        units, clips = np.flatnonzero(best == code), np.flatnonzero(codes == code)
        _, group = np.unique(groups[clips], return_inverse=True)
        by_group = np.zeros((group.max() + 1, len(units) + 1))  # of each unit, and of ones
        numbers = np.column_stack([values[np.ix_(clips, units)], np.ones(len(clips))])
        np.add.at(by_group, group, numbers)
        sums = resample_sums(by_group, seed, _N_RESAMPLES)
        intervals[units] = [interval_of(row, len(by_group)) for row in sums[:-1] / sums[-1]]
    return intervals
