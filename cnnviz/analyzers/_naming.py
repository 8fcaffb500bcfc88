"""When a unit gets a name: a word that it tells apart, and better than untrained units do.

A word can name a unit whose responses to it lie above those to the others (area under the ROC
curve above .8, false discovery rate below 5 % over units and words). Untrained units do that too,
so d' is set off against theirs: by the mean and standard deviation, over untrained units, of the
best d' of a family of words. A unit is named only if the largest such score lies above that of
97.5 % of untrained units, so that new untrained networks stay below 5 %. Its name is the word of
the largest area among those above the limit; a direction says more than a band, and comes first
where its area is less by .05 at most.

References
----------
Westfall and Young, "Resampling-Based Multiple Testing" (1993), for the largest of standardised
statistics as the one that is held against a limit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

LEVEL = 0.05
LEAST_AUROC = 0.8
FEWEST_UNTRAINED = 20
"""Below, no limit is known that less than 5 % of untrained units exceed."""
_SHARE_ABOVE = 0.025
_WORTH_OF_DIRECTION = 0.05
_LEAST_SPREAD = 1e-9


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidates:
    """Which words may name which units of one network, (unit, word).

    Parameters
    ----------
    auroc, d_prime
        As `cnnviz.dsp.detection.detect` gives them.
    allowed
        Whether the word is told apart at all, bool.
    """

    auroc: np.ndarray
    d_prime: np.ndarray
    allowed: np.ndarray


@dataclass(frozen=True, kw_only=True, slots=True)
class Calibration:
    """What untrained units reach: of each word's family, (word,), and the limit of the score."""

    mean: np.ndarray
    deviation: np.ndarray
    limit: float

    def scores(self, candidates: Candidates) -> np.ndarray:
        """Untrained standard deviations above untrained units, (unit, word); -inf if refused."""
        scores = (candidates.d_prime - self.mean) / self.deviation
        return np.asarray(np.where(candidates.allowed, scores, -np.inf))


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """Words of units, by number, -1 for none, and the score that decided, each (unit,)."""

    best: np.ndarray
    runner_up: np.ndarray
    score: np.ndarray


def calibrate(untrained: Sequence[Candidates], families: np.ndarray) -> Calibration:
    """Find the limit that few untrained units exceed.

    Parameters
    ----------
    untrained
        Of each twin.
    families
        Number of each word's family from 0, int (word,).

    Returns
    -------
    Calibration
        Its limit is infinite where there are too few untrained units to know one.
    """
    n_words = len(families)
    d_prime = np.concatenate([one.d_prime for one in untrained] or [np.empty((0, n_words))])
    if len(d_prime) < FEWEST_UNTRAINED:
        return Calibration(mean=np.zeros(n_words), deviation=np.ones(n_words), limit=np.inf)
    kinds = range(int(families.max()) + 1)
    best = np.stack([d_prime[:, families == kind].max(axis=1) for kind in kinds], axis=1)
    mean = best.mean(axis=0)[families]
    deviation = np.maximum(best.std(axis=0)[families], _LEAST_SPREAD)
    free = Calibration(mean=mean, deviation=deviation, limit=np.inf)
    scores = np.sort(np.concatenate([free.scores(one).max(axis=1) for one in untrained]))
    n_above = max(int(_SHARE_ABOVE * len(scores)) - 1, 0)  # one less: the spread is theirs too
    limit = max(float(scores[-1 - n_above]), 0.0)
    return Calibration(mean=mean, deviation=deviation, limit=limit)


def name_units(
    candidates: Candidates, calibration: Calibration, directed: np.ndarray | None = None
) -> Named:
    """Give units the word of the largest area, and the next, among those beyond the limit.

    Parameters
    ----------
    candidates
        Of the network.
    calibration
        Of its untrained twins.
    directed
        Words that say a direction, bool (word,); None: none does.
    """
    scores = calibration.scores(candidates)
    beyond = scores > calibration.limit
    worth = 0.0 if directed is None else _WORTH_OF_DIRECTION * directed
    rank = np.where(beyond, candidates.auroc + worth, -np.inf)
    order = np.lexsort((-candidates.d_prime, -rank), axis=1)  # largest area, then d', first
    rows = np.arange(len(rank))
    best, next_best = order[:, 0], order[:, min(1, order.shape[1] - 1)]
    return Named(
        best=np.where(beyond[rows, best], best, -1),
        runner_up=np.where(beyond[rows, next_best] & (next_best != best), next_best, -1),
        score=scores.max(axis=1),
    )


def count_named_twins(untrained: Sequence[Candidates], families: np.ndarray) -> np.ndarray:
    """How many units of each twin get a name, held against the other twins, int (twin,)."""
    counts = []
    for k, one in enumerate(untrained):
        others = [other for j, other in enumerate(untrained) if j != k]
        named = name_units(one, calibrate(others, families))
        counts.append(int((named.best >= 0).sum()))
    return np.array(counts, dtype=np.int64)
