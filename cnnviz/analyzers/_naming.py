"""When a unit gets a name: a word that it tells apart, and better than untrained networks do.

A word can name a unit whose responses to it lie above those to the others (area under the ROC
curve above .8, false discovery rate below 5 % over units and words). Untrained units do that too,
so log(1 + d') is set off against their best d' of the same family of words: score 0 is the upper
quartile of untrained units, 1 what 95 % of them stay below. The largest score of a unit decides.

Units of one network are not independent: all may lean to one word. So the limit is one for whole
networks. Each untrained twin has a score that no more than 5 % of its units exceed; a unit is
named only above the interval in which that of a further twin lies (Student's, of the logarithm:
the largest of many scores are skewed). The name is the word of the largest area among those above
the limit; a direction says more than a band, and comes first where its area is less by .05 at most.

References
----------
Westfall and Young, "Resampling-Based Multiple Testing" (1993), for the largest of standardised
statistics as the one that is held against a limit; Geisser, "Predictive Inference" (1993), for
Student's interval of a further value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from cnnviz.probing.vocabulary import Word
from cnnviz.probing.word_responses import WordResponses, prefers_direction, tell_words

LEVEL = 0.05
LEAST_AUROC = 0.8
FEWEST_UNTRAINED, FEWEST_TWINS = 20, 2
"""Units and networks; below, no limit is known."""
_CONFIDENCE = 0.95
_QUARTILE = 0.75
_LEAST_SPREAD = 0.1  # of log(1 + d'): families that no untrained unit tells apart
_WORTH_OF_DIRECTION = 0.05


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidates:
    """Which words may name which units of one network, (unit, word).

    Parameters
    ----------
    auroc, d_prime
        As `cnnviz.dsp.detection.detect` gives them.
    q_value
        False discovery rate over units and words at which the word is told apart.
    preferred
        Whether a unit answers the word more than the same played backwards, bool.
    """

    auroc: np.ndarray
    d_prime: np.ndarray
    q_value: np.ndarray
    preferred: np.ndarray

    @property
    def allowed(self) -> np.ndarray:
        """Whether the word is told apart at all, bool (unit, word)."""
        is_told = (self.auroc > LEAST_AUROC) & (self.q_value < LEVEL)
        return np.asarray(is_told & self.preferred)


@dataclass(frozen=True, kw_only=True, slots=True)
class Calibration:
    """What untrained units reach of each word's family, (word,), and the limit of the score."""

    quartile: np.ndarray
    spread: np.ndarray
    limit: float

    def scores(self, candidates: Candidates) -> np.ndarray:
        """Where units stand among untrained ones, (unit, word); -inf where refused."""
        scores = (_stretched(candidates.d_prime) - self.quartile) / self.spread
        return np.asarray(np.where(candidates.allowed, scores, -np.inf))


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """Words of units, by number, -1 for none, and the score that decided, each (unit,)."""

    best: np.ndarray
    runner_up: np.ndarray
    score: np.ndarray


def find_candidates(responses: WordResponses, words: Sequence[Word]) -> Candidates:
    """Hold each word against all others.

    Parameters
    ----------
    responses
        Of one layer.
    words
        Of the vocabulary.
    """
    found = tell_words(responses, words)
    rates = stats.false_discovery_control(found.p_value.ravel())  # Benjamini and Hochberg, 1995
    return Candidates(
        auroc=found.auroc,
        d_prime=found.d_prime,
        q_value=rates.reshape(found.p_value.shape),
        preferred=prefers_direction(responses, words),
    )


def calibrate(untrained: Sequence[Candidates], families: np.ndarray) -> Calibration:
    """Find the limit that more than 5 % of the units of few untrained networks exceed.

    Parameters
    ----------
    untrained
        Of each twin.
    families
        Number of each word's family from 0, int (word,).

    Returns
    -------
    Calibration
        Its limit is infinite where there are too few untrained units or twins to know one.
    """
    n_words, n_units = len(families), sum(len(one.d_prime) for one in untrained)
    if n_units < FEWEST_UNTRAINED or len(untrained) < FEWEST_TWINS:
        return Calibration(quartile=np.zeros(n_words), spread=np.ones(n_words), limit=np.inf)
    d_prime = np.concatenate([one.d_prime for one in untrained])
    kinds = range(int(families.max()) + 1)
    best = np.stack([d_prime[:, families == kind].max(axis=1) for kind in kinds], axis=1)
    quartile, high = np.quantile(_stretched(best), (_QUARTILE, 1 - LEVEL), axis=0)[:, families]
    spread = np.maximum(high - quartile, _LEAST_SPREAD)
    free = Calibration(quartile=quartile, spread=spread, limit=np.inf)
    reached = np.array([_exceeded_by_few(free.scores(one).max(axis=1)) for one in untrained])
    return Calibration(quartile=quartile, spread=spread, limit=_above_a_further(reached))


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
        named = name_units(one, calibrate([*untrained[:k], *untrained[k + 1 :]], families))
        counts.append(int((named.best >= 0).sum()))
    return np.array(counts, dtype=np.int64)


def _stretched(d_prime: np.ndarray) -> np.ndarray:
    """log(1 + d'), 0 below 0: sensitivities have long tails, which differ between families."""
    return np.asarray(np.log1p(np.maximum(d_prime, 0)))


def _exceeded_by_few(scores: np.ndarray) -> float:
    """The score that no more than 5 % of the units (unit,) of a network exceed; at least 1."""
    return max(float(np.sort(scores)[-1 - int(LEVEL * len(scores))]), 1.0)


def _above_a_further(scores: np.ndarray) -> float:
    """Upper end of Student's interval of a further score, on a logarithmic axis, from (twin,)."""
    logs, n = np.log(scores), len(scores)
    half = stats.t.ppf((1 + _CONFIDENCE) / 2, n - 1) * np.sqrt(1 + 1 / n) * logs.std(ddof=1)
    return float(np.exp(logs.mean() + half))
