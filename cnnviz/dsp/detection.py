"""How well responses tell one class of sounds from all others: pure, arrays in, arrays out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm, rankdata

_LEAST_SPREAD = 1e-6  # of the range of a unit's responses; d' of a constant is finite


@dataclass(frozen=True, kw_only=True, slots=True)
class Detection:
    """Each class against the sounds of all others, float64 (unit, class).

    Parameters
    ----------
    auroc
        Area under the ROC curve, in [0, 1]; 0.5 is chance.
    d_prime
        Difference of the means over the root mean of the variances.
    p_value
        One-sided, that the class gives no higher responses.
    """

    auroc: np.ndarray
    d_prime: np.ndarray
    p_value: np.ndarray


def detect(responses: np.ndarray, classes: np.ndarray) -> Detection:
    """Hold the responses to each class of sounds against those to all others.

    Parameters
    ----------
    responses
        (unit, sound).
    classes
        Number of each sound's class from 0, int (sound,); every number is there.

    References
    ----------
    Mann and Whitney, "On a test of whether one of two random variables is stochastically larger
    than the other" (1947): p by the normal limit with correction of ties and of continuity;
    Hanley and McNeil, "The Meaning and Use of the Area under a ROC Curve" (1982); Green and
    Swets, "Signal Detection Theory and Psychophysics" (1966), for d'.

    Examples
    --------
    >>> found = detect(np.array([[1.0, 2.0, 3.0, 4.0]]), np.array([0, 0, 1, 1]))
    >>> found.auroc
    array([[0., 1.]])
    """
    members = np.eye(classes.max() + 1)[classes]  # (sound, class)
    sizes = members.sum(axis=0)  # (class,)
    others = len(classes) - sizes
    ranks = rankdata(responses, axis=1)  # (unit, sound)
    wins = ranks @ members - sizes * (sizes + 1) / 2  # U of each class
    return Detection(
        auroc=wins / (sizes * others),
        d_prime=_d_prime(responses, members),
        p_value=_p_values(ranks, wins, sizes, others),
    )


def _d_prime(responses: np.ndarray, members: np.ndarray) -> np.ndarray:
    """(m1 - m0) / sqrt((s1^2 + s0^2) / 2), (unit, class)."""
    spread = np.ptp(responses, axis=1, keepdims=True)  # (unit, 1)
    scaled = (responses - responses.min(axis=1, keepdims=True)) / np.where(spread > 0, spread, 1.0)
    sides = [_moments(scaled, weights) for weights in (members, 1 - members)]
    (mean, variance), (other_mean, other_variance) = sides
    noise = np.sqrt((variance + other_variance) / 2)
    return np.asarray((mean - other_mean) / np.maximum(noise, _LEAST_SPREAD))


def _moments(values: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance over the sounds of each class, (unit, class) each."""
    sizes = weights.sum(axis=0)
    mean = values @ weights / sizes
    variance = np.maximum(np.square(values) @ weights / sizes - np.square(mean), 0)
    return mean, variance * sizes / np.maximum(sizes - 1, 1)


def _p_values(
    ranks: np.ndarray, wins: np.ndarray, sizes: np.ndarray, others: np.ndarray
) -> np.ndarray:
    """Normal limit of the rank-sum test, (unit, class); 1 where all responses are equal."""
    n = ranks.shape[1]
    # with ties the variance of U is n1 n0 / (n (n - 1)) sum (rank - mean rank)^2
    scatter = np.square(ranks - (n + 1) / 2).sum(axis=1, keepdims=True)  # (unit, 1)
    deviation = np.sqrt(sizes * others * scatter / (n * (n - 1)))
    excess = wins - sizes * others / 2 - 0.5
    z = np.divide(excess, deviation, out=np.full(wins.shape, -np.inf), where=deviation > 0)
    return np.asarray(norm.sf(z))
