"""Whether the classes of clips are those of a network that names none, in the same order."""

from dataclasses import dataclass
from math import factorial

import numpy as np
from scipy.optimize import linear_sum_assignment

_LEVEL = 0.05  # of taking names for those of the outputs by the chance of their order
_P_VALUE = 0.01  # of scores that have nothing to do with the labels
_N_PERMUTATIONS = 199
FEWEST_CLASSES = next(n for n in range(2, 20) if 1 / factorial(n) <= _LEVEL)
"""Below four classes the same order is no evidence: it comes by chance once in n! times."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderTest:
    """Whether the outputs of a network stand for the classes of the clips in their order.

    Parameters
    ----------
    accuracy
        Share of clips whose largest score is the output of their class, in the order given.
    best_accuracy
        The same for the best of all one-to-one assignments of outputs to classes.
    p_value
        Of `best_accuracy` when labels and scores have nothing to do with each other.
    is_confirmed
        The order given is the best, its accuracy is no chance, and neither is the order.
    """

    accuracy: float
    best_accuracy: float
    p_value: float
    is_confirmed: bool


def compare_order(labels: np.ndarray, predictions: np.ndarray, n_classes: int) -> OrderTest:
    """Test whether class k of the clips is output k of the network.

    The accuracy of the best assignment (Kuhn, "The Hungarian Method for the Assignment
    Problem", 1955) is held against those of permuted labels. A network that was trained on
    something else may tell the classes apart too, then their order agrees once in n! times.

    Parameters
    ----------
    labels
        Class of each clip, (clip,); clips with -1 are left out.
    predictions
        Output with the largest score, (clip,).
    n_classes
        Classes, and outputs.
    """
    is_known = labels >= 0
    labels, predictions = labels[is_known], predictions[is_known]
    if n_classes < FEWEST_CLASSES or not len(labels):
        return OrderTest(accuracy=np.nan, best_accuracy=np.nan, p_value=1.0, is_confirmed=False)
    counts = _count(labels, predictions, n_classes)  # (class, output)
    best = _best(counts)
    generator = np.random.default_rng(0)
    chance = [
        _best(_count(generator.permutation(labels), predictions, n_classes))
        for _ in range(_N_PERMUTATIONS)
    ]
    p_value = (1 + sum(value >= best for value in chance)) / (1 + _N_PERMUTATIONS)
    n_right = int(counts.trace())
    n_unseen = int((np.diag(counts) == 0).sum())  # one class left over can only be the last output
    return OrderTest(
        accuracy=n_right / len(labels),
        best_accuracy=best / len(labels),
        p_value=p_value,
        is_confirmed=n_right == best and p_value <= _P_VALUE and n_unseen <= 1,
    )


def _count(labels: np.ndarray, predictions: np.ndarray, n_classes: int) -> np.ndarray:
    pairs = labels * n_classes + predictions
    return np.bincount(pairs, minlength=n_classes**2).reshape(n_classes, n_classes)


def _best(counts: np.ndarray) -> int:
    """Most clips that any assignment of classes to outputs puts right."""
    return int(counts[linear_sum_assignment(counts, maximize=True)].sum())
