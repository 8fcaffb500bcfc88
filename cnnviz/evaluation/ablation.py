"""A classifier without parts of it, beside its answers with all of them, clip by clip."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from cnnviz.evaluation.comparison import exchange_groups
from cnnviz.evaluation.means import mean_intervals

_ROUNDING = 1e-5  # of the largest score: the same clip in another batch


@dataclass(frozen=True, kw_only=True, slots=True)
class Effect:
    """Mean change over clips, its 95 % interval, p, and the false discovery rate.

    float64, all of one shape, (part,) or (part, class); NaN and a rate of 1 where a class has no
    clip.
    """

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    p_value: np.ndarray
    q_value: np.ndarray


@dataclass(frozen=True, kw_only=True, slots=True)
class Effects:
    """Change of the accuracy, of each class's recall and of its score on its clips.

    `score_rms` is the root mean square change of each score over all clips, (part, class). Rates
    are those of one family of tests: every part in everything.
    """

    accuracy: Effect
    recall: Effect
    score: Effect
    score_rms: np.ndarray


def effects_of_parts(
    labels: np.ndarray, whole: np.ndarray, reduced: np.ndarray, groups: np.ndarray, *, seed: int
) -> Effects:
    """Measure what each part causes: without it less with it.

    Parameters
    ----------
    labels
        Class index per clip, (clip,).
    whole
        Scores with every part, (clip, class).
    reduced
        Scores without each part, (part, clip, class); what differs by rounding is no change.
    groups
        Number of the group of each clip, as `number_groups` gives them.
    seed
        Of the resamples.

    References
    ----------
    Pesarin and Salmaso, "Permutation Tests for Complex Data" (2010), chapter 1: p of answers, by
    exchanging those of both networks group by group; Student, "The Probable Error of a Mean"
    (1908): p of scores, over means of groups; Benjamini and Hochberg (1995).
    """
    moved = reduced - whole
    moved = np.where(np.abs(moved) <= _ROUNDING * np.abs(whole).max(), 0.0, moved)
    right = whole.argmax(-1) == labels
    gained = ((whole + moved).argmax(-1) == labels).astype(np.float64) - right  # (part, clip)
    n_classes = whole.shape[1]

    def per_class(change: np.ndarray, test: Callable[..., np.ndarray]) -> Effect:
        return _side_by_side(
            [
                _effect(change[:, labels == k, k], groups[labels == k], test, seed)
                for k in range(n_classes)
            ]
        )

    accuracy = _effect(gained, groups, _p_of_answers, seed)
    recall = per_class(np.repeat(gained[..., None], n_classes, axis=-1), _p_of_answers)
    score = per_class(moved, _p_of_scores)
    accuracy, recall, score = _with_rates(accuracy, recall, score)
    rms = np.sqrt(np.square(moved).mean(axis=1))
    return Effects(accuracy=accuracy, recall=recall, score=score, score_rms=rms)


def _effect(
    changes: np.ndarray, groups: np.ndarray, test: Callable[..., np.ndarray], seed: int
) -> Effect:
    """Of changes (part, clip)."""
    if not len(groups):
        nothing = np.full(len(changes), np.nan)
        return Effect(value=nothing, low=nothing, high=nothing, p_value=nothing, q_value=nothing)
    numbers = np.unique(groups, return_inverse=True)[1]
    low, high = mean_intervals(changes.T, numbers, seed=seed)
    p_value = test(changes, numbers)
    return Effect(value=changes.mean(1), low=low, high=high, p_value=p_value, q_value=p_value)


def _sums(changes: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Over the clips of each group, (part, group)."""
    return np.stack([np.bincount(groups, row) for row in changes])


def _p_of_answers(gained: np.ndarray, groups: np.ndarray) -> np.ndarray:
    leads = np.rint(_sums(gained, groups)).astype(np.int64)
    return np.array([exchange_groups(lead).p_value for lead in leads])


def _p_of_scores(moved: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Two-sided, of a mean of zero over groups; 1 of one group, and where nothing moves."""
    means = _sums(moved, groups) / np.bincount(groups)
    n_groups = means.shape[1]
    if n_groups < 2:
        return np.ones(len(moved))
    error = means.std(axis=1, ddof=1) / np.sqrt(n_groups)
    centre = np.abs(means.mean(axis=1))
    t = np.divide(centre, error, out=np.where(centre > 0, np.inf, 0.0), where=error > 0)
    return np.asarray(2 * stats.t.sf(t, n_groups - 1))


def _side_by_side(effects: list[Effect]) -> Effect:
    """Of each class, as (part, class)."""
    names = ("value", "low", "high", "p_value", "q_value")
    return Effect(**{name: np.stack([getattr(e, name) for e in effects], 1) for name in names})


def _with_rates(*effects: Effect) -> list[Effect]:
    """False discovery rates over all tests at once."""
    every = np.concatenate([one.p_value.ravel() for one in effects])
    known = np.isfinite(every)
    rates = np.ones(every.shape)
    rates[known] = stats.false_discovery_control(every[known])
    ends = np.cumsum([one.p_value.size for one in effects])[:-1]
    return [
        replace(one, q_value=part.reshape(one.p_value.shape))
        for one, part in zip(effects, np.split(rates, ends), strict=True)
    ]
