"""Concept activation vectors of a layer, and what they do to the scores of classes.

The sounds of a concept and as many clips drawn at random are told apart by a ridge classifier; the
normal of its plane is the concept activation vector. Its score for a class is the share of clips
of the class whose own score slopes along it. Every concept has many counter-sets, and the mean over
these is held against sets of clips drawn at random in the place of the concept, each with as many
counter-sets: such sets and a concept that is nothing but clips are exchangeable, so that the rank
is exact. Where scores tie, as they do at 0 and 1 when the gradient is the same for all clips, the
mean derivative along vectors of unit length decides.

References
----------
Kim, Wattenberg, Gilmer, Cai, Wexler, Viegas and Sayres, "Interpretability Beyond Feature
Attribution: Quantitative Testing with Concept Activation Vectors" (2018).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

MOST_SOUNDS = 50
"""Sounds of a concept in one classifier; of more, each counter-set meets others."""
_N_FOLDS = 5
_LEAST_SPREAD = 1e-9
_NUMBERS_AT_A_TIME = 1 << 21
_DECIMALS = 9  # scores that differ by less are one


@dataclass(frozen=True, kw_only=True, slots=True)
class ClipSlopes:
    """Clips at a layer, ten at least.

    Parameters
    ----------
    activations
        (clip, feature).
    gradients
        Of the score of each clip's own class by its activations, (clip, feature).
    labels
        Class of each clip, (clip,).
    n_classes
        In all.
    """

    activations: np.ndarray
    gradients: np.ndarray
    labels: np.ndarray
    n_classes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ConceptScores:
    """Scores of concepts for classes, and what sets of random clips give in their place.

    Parameters
    ----------
    score
        Mean over counter-sets of the share of clips that the concept raises, (concept, class);
        NaN where a class has no clip.
    low, high
        Smallest and largest over counter-sets, (concept, class).
    null_mean, null_low, null_high
        Of random sets: mean, and the middle 95 %, (concept, class).
    p_value
        Two-sided rank among random sets, (concept, class).
    accuracy, accuracy_null, accuracy_p
        Of the classifier on sounds that it did not learn, mean over counter-sets; that of random
        sets; and the rank of the former among these, (concept,).
    n_used
        Sounds of each concept in one classifier, and random clips opposite, int (concept,).
    """

    score: np.ndarray
    low: np.ndarray
    high: np.ndarray
    null_mean: np.ndarray
    null_low: np.ndarray
    null_high: np.ndarray
    p_value: np.ndarray
    accuracy: np.ndarray
    accuracy_null: np.ndarray
    accuracy_p: np.ndarray
    n_used: np.ndarray


@dataclass(frozen=True, kw_only=True, slots=True)
class _Plane:
    """Inner products of sounds, and of the gradients of clips with sounds."""

    gram: np.ndarray  # (sound, sound)
    slopes: np.ndarray  # (clip, sound)
    of_class: np.ndarray  # (class, clip), 1 where a clip is of the class

    def mean(self, values: np.ndarray) -> np.ndarray:
        """Over the clips of each class, of (clip, row): (row, class); NaN without a clip."""
        support = np.where(self.of_class.any(axis=1), self.of_class.sum(axis=1), np.nan)
        return np.asarray((self.of_class @ values).T / support)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Vectors:
    """Of sets, each with its counter-sets: (set, counter, class), and the accuracy."""

    score: np.ndarray
    slope: np.ndarray
    accuracy: np.ndarray  # (set, counter)


def score_concepts(
    clips: ClipSlopes,
    concepts: Sequence[np.ndarray],
    *,
    n_counter: int = 10,
    n_random: int = 999,
    seed: int = 0,
) -> ConceptScores:
    """Score concepts for the classes of clips.

    Features are taken in units of their standard deviation over the clips, and the penalty of the
    classifier is the mean variance of a sound.

    Parameters
    ----------
    clips
        Those that scores are of, and that random sets are drawn from.
    concepts
        Activations of the sounds of each, (sound, feature).
    n_counter
        Counter-sets of each concept and each random set.
    n_random
        Random sets.
    seed
        Of everything that is drawn.
    """
    plane, n_clips = _plane(clips, concepts), len(clips.labels)
    sizes = [min(len(one), n_clips // 2, MOST_SOUNDS) for one in concepts]
    starts = n_clips + np.cumsum([0, *map(len, concepts)])
    nulls: dict[int, _Vectors] = {}
    rows = []
    for k, n in enumerate(sizes):
        generator = np.random.default_rng([seed, 1, k])
        if n not in nulls:
            drawn = _random_sets(np.random.default_rng([seed, 0, n]), n_clips, n, n_counter)
            nulls[n] = _vectors(plane, (next(drawn) for _ in range(n_random)), n)
        sounds = np.arange(starts[k], starts[k + 1])
        own = _concept_set(generator, sounds, n_clips, n, n_counter)
        rows.append(_held_against(_vectors(plane, iter([own]), n), nulls[n]))
    columns = {name: np.stack([row[name] for row in rows]) for name in rows[0]}
    return ConceptScores(n_used=np.array(sizes), **columns)


def _plane(clips: ClipSlopes, concepts: Sequence[np.ndarray]) -> _Plane:
    """Everything in units of the spread of clips; features that do not vary are left out."""
    activations = np.asarray(clips.activations, dtype=np.float64)
    spread = activations.std(axis=0)
    kept = spread > _LEAST_SPREAD * np.max(spread, initial=0.0)
    sounds = np.concatenate([activations, *concepts])[:, kept]
    sounds = (sounds - activations[:, kept].mean(axis=0)) / spread[kept]
    sounds /= np.sqrt(max(1, int(kept.sum())))  # a clip has a mean square of 1
    return _Plane(
        gram=sounds @ sounds.T,
        slopes=(clips.gradients[:, kept] * spread[kept]) @ sounds.T,
        of_class=(clips.labels == np.arange(clips.n_classes)[:, None]).astype(np.float64),
    )


def _random_sets(
    generator: np.random.Generator, n_clips: int, n: int, n_counter: int
) -> Iterator[np.ndarray]:
    """Clips in the place of a concept, and counter-sets of the others, (counter, 2 n)."""
    while True:
        order = generator.permutation(n_clips)
        others = generator.permuted(np.tile(order[n:], (n_counter, 1)), axis=1)[:, :n]
        yield np.hstack([np.tile(order[:n], (n_counter, 1)), others])


def _concept_set(
    generator: np.random.Generator, sounds: np.ndarray, n_clips: int, n: int, n_counter: int
) -> np.ndarray:
    """Sounds of a concept, all where they are no more than n, and clips, (counter, 2 n)."""
    rows = [
        np.concatenate(
            [
                np.sort(generator.choice(sounds, n, replace=False)),
                generator.choice(n_clips, n, replace=False),
            ]
        )
        for _ in range(n_counter)
    ]
    return np.stack(rows)


def _vectors(plane: _Plane, sets: Iterator[np.ndarray], n: int) -> _Vectors:
    """Classifiers of sets, in parts that memory holds."""
    parts: list[_Vectors] = []
    waiting: list[np.ndarray] = []
    for one in sets:
        waiting.append(one)
        if len(waiting) * len(one) * max(4 * n * n, len(plane.gram)) >= _NUMBERS_AT_A_TIME:
            parts.append(_solved(plane, np.stack(waiting), n))
            waiting = []
    if waiting:
        parts.append(_solved(plane, np.stack(waiting), n))
    names = ("score", "slope", "accuracy")
    return _Vectors(**{k: np.concatenate([getattr(part, k) for part in parts]) for k in names})


def _solved(plane: _Plane, members: np.ndarray, n: int) -> _Vectors:
    """Of members (set, counter, 2 n), the first n of them the concept."""
    rows = members.reshape(-1, 2 * n)
    weights, accuracy = ridge_classifiers(plane.gram[rows[:, :, None], rows[:, None, :]])
    spread = np.zeros((len(rows), len(plane.gram)))
    np.put_along_axis(spread, rows, weights, axis=1)
    squares = np.einsum("bi,bi->b", spread @ plane.gram, spread)  # |w|^2
    spread *= np.divide(1, np.sqrt(squares), out=np.zeros_like(squares), where=squares > 0)[:, None]
    slopes = plane.slopes @ spread.T  # (clip, row)
    shape = (*members.shape[:2], len(plane.of_class))
    return _Vectors(
        score=plane.mean(slopes > 0).reshape(shape),
        slope=plane.mean(slopes).reshape(shape),
        accuracy=accuracy.reshape(members.shape[:2]),
    )


def ridge_classifiers(gram: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Ridge regression on +1 and -1 with an intercept and a penalty of 1, from inner products.

    Sounds left out are predicted in closed form: with H the hat matrix, the residuals of those of
    a fold F left out are (1 - H_FF)^-1 times their residuals with all.

    Parameters
    ----------
    gram
        (classifier, sound, sound); the first half of the sounds is +1.

    Returns
    -------
    tuple of np.ndarray
        Weight of each sound in the normal of the plane, (classifier, sound); and the share of
        sounds on their side of planes that four fifths of each half gave, (classifier,).

    Examples
    --------
    >>> weights, accuracy = ridge_classifiers(np.diag([1.0] * 10)[None])
    >>> weights.shape, accuracy.shape
    ((1, 10), (1,))
    """
    n = gram.shape[-1]
    y = np.repeat([1.0, -1.0], n // 2)
    centred = gram - gram.mean(-1, keepdims=True) - gram.mean(-2, keepdims=True)
    centred += gram.mean((-2, -1), keepdims=True)
    inverse = np.linalg.inv(centred + np.eye(n))
    weights = inverse @ y  # y has a mean of zero
    hat = np.eye(n) - inverse + 1 / n  # K (K + 1)^-1, and the intercept
    residual = y - hat @ y
    right = np.zeros(len(gram))
    for part in np.array_split(np.arange(n // 2), _N_FOLDS):
        fold = np.concatenate([part, part + n // 2])
        block = np.eye(len(fold)) - hat[:, fold[:, None], fold]
        missed = np.linalg.solve(block, residual[:, fold, None])[..., 0]
        right += ((y[fold] - missed) * y[fold] > 0).sum(axis=1)
    return weights, right / n


def _held_against(own: _Vectors, null: _Vectors) -> dict[str, np.ndarray]:
    """Fields of `ConceptScores` of one concept."""
    score, slope = own.score[0].mean(axis=0), own.slope[0].mean(axis=0)  # (class,)
    scores, slopes = null.score.mean(axis=1), null.slope.mean(axis=1)  # (set, class)
    low, high = np.quantile(scores, [0.025, 0.975], axis=0)
    accuracy, accuracies = own.accuracy.mean(), null.accuracy.mean(axis=1)
    return {
        "score": score,
        "low": own.score[0].min(axis=0),
        "high": own.score[0].max(axis=0),
        "null_mean": scores.mean(axis=0),
        "null_low": low,
        "null_high": high,
        "p_value": _two_sided(score, slope, scores, slopes),
        "accuracy": accuracy,
        "accuracy_null": accuracies.mean(),
        "accuracy_p": (1 + np.sum(accuracies >= accuracy - _LEAST_SPREAD)) / (1 + len(accuracies)),
    }


def _two_sided(
    score: np.ndarray, slope: np.ndarray, scores: np.ndarray, slopes: np.ndarray
) -> np.ndarray:
    """Twice the smaller rank among random sets, by score and where it ties by slope, (class,)."""
    distance = np.round(scores - score, _DECIMALS)
    is_tied = distance == 0
    above = ((distance > 0) | (is_tied & (slopes >= slope))).sum(axis=0)
    below = ((distance < 0) | (is_tied & (slopes <= slope))).sum(axis=0)
    rank = (1 + np.minimum(above, below)) / (1 + len(scores))
    return np.where(np.isnan(score), np.nan, np.minimum(2 * rank, 1.0))
