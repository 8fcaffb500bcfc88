"""Numbers of a network beside those of untrained twins: which lie outside, and how many by chance.

The range from the lowest to the highest of n twins leaves out a further twin with probability
2 / (n + 1): with three twins every second number of an untrained network lies outside. A range
is held to tell a network apart only where that probability is known, and at most `MOST_CHANCE`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cnnviz.dsp.null import CONFIDENCE, LEVEL, Expected, expect_count

MOST_CHANCE = 0.1
"""Of a range that may tell a network apart; that of 19 twins."""
_ROUNDING = 1e-9


@dataclass(frozen=True, kw_only=True, slots=True)
class Outside:
    """Units outside the middle 95 % of untrained units, and how many are of 95 % of twins."""

    n_outside: int
    n_units: int
    expected: Expected


@dataclass(frozen=True, kw_only=True, slots=True)
class ByChance:
    """How many numbers of an untrained network lie outside: the mean, and up to how many."""

    mean: float
    limit: int


def chance_outside(n_twins: int) -> float:
    """Probability that one more twin lies outside `cnnviz.dsp.null.central_range` of n twins.

    The range runs from the j-th lowest to the j-th highest: 2 j / (n + 1).

    Examples
    --------
    >>> chance_outside(3), chance_outside(19), chance_outside(39)
    (0.5, 0.1, 0.05)
    """
    n_beyond = int(np.floor((1 - CONFIDENCE) / 2 * (n_twins - 1) + _ROUNDING)) + 1
    return min(1.0, 2 * n_beyond / (n_twins + 1))


def units_outside(values: np.ndarray, twins: Sequence[np.ndarray]) -> Outside | None:
    """Count units outside the middle 95 % of untrained units, on either side.

    Parameters
    ----------
    values
        Of units, (unit,); NaN is not counted, infinity is.
    twins
        The same of each untrained twin, (unit,) each.

    Returns
    -------
    Outside or None
        None of fewer than two twins, where the other twins of one have fewer than 39 units, below
        which there is no middle 95 %, and where no unit of the network has a value.

    Examples
    --------
    >>> found = units_outside(np.array([1.5, 99.0]), [np.arange(40.0), np.arange(40.0)])
    >>> found.n_outside, found.n_units
    (1, 2)
    """
    known = [one[~np.isnan(one)] for one in (values, *twins)]
    own, of_twins = known[0], [one for one in known[1:] if len(one)]
    pooled = _range(of_twins)
    if len(of_twins) < 2 or pooled is None or not len(own):
        return None
    counts = []
    for k, one in enumerate(of_twins):
        others = _range([*of_twins[:k], *of_twins[k + 1 :]])
        if others is None:
            return None
        counts.append(_share(one, others) * len(own))
    n_all = sum(map(len, of_twins))
    return Outside(
        n_outside=round(_share(own, pooled) * len(own)),
        n_units=len(own),
        expected=expect_count(len(own), 2 * _rank(n_all), n_all, np.array(counts)),
    )


def by_chance(groups: Sequence[Sequence[float]]) -> ByChance:
    """How many numbers of an untrained network lie outside their ranges.

    Numbers of one group may depend on each other: the limit is the larger of those of numbers
    that are independent, and that lie outside together, with the largest of their probabilities.
    Groups are independent.

    Parameters
    ----------
    groups
        Probability of each number to lie outside, by group.

    Returns
    -------
    ByChance
        `limit` is the least count that no more than 5 % of untrained networks exceed.

    Examples
    --------
    >>> by_chance([[0.05], [0.05]]).limit, by_chance([[0.1] * 5]).limit
    (1, 5)
    """
    alone = _quantile([(chance, 1) for group in groups for chance in group])
    together = _quantile([(max(group), len(group)) for group in groups if len(group)])
    return ByChance(mean=float(sum(sum(group) for group in groups)), limit=max(alone, together))


def _quantile(steps: Sequence[tuple[float, int]]) -> int:
    """Least count that a sum of independent steps (probability, size) seldom exceeds."""
    pmf = np.ones(1)
    for chance, size in steps:
        shifted = np.concatenate([np.zeros(size), chance * pmf])
        shifted[: len(pmf)] += (1 - chance) * pmf
        pmf = shifted
    return int(np.argmax(1 - np.cumsum(pmf) <= LEVEL + _ROUNDING))


def _rank(n: int) -> int:
    """Which lowest and which highest of n values bound their middle 95 %; 0: there is none."""
    return int((1 - CONFIDENCE) / 2 * (n + 1) + _ROUNDING)


def _range(parts: Sequence[np.ndarray]) -> tuple[float, float] | None:
    ordered = np.sort(np.concatenate([np.empty(0), *parts]))
    rank = _rank(len(ordered))
    return (float(ordered[rank - 1]), float(ordered[-rank])) if rank else None


def _share(values: np.ndarray, bounds: tuple[float, float]) -> float:
    return float(np.mean((values < bounds[0]) | (values > bounds[1])))
