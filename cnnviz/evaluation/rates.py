"""Counts and rates of predictions: accuracy, agreement, precision, recall, F1.

Everything here follows from the confusion matrix, so that a printed one can be read as well as
predictions. A class without clips has no recall and no F1, and a class never predicted has no
precision (NaN); averages leave out classes without clips, and what is not defined.
"""

from dataclasses import dataclass

import numpy as np
from sklearn.metrics import cohen_kappa_score, confusion_matrix, precision_recall_fscore_support


@dataclass(frozen=True, kw_only=True, slots=True)
class Average:
    """Precision, recall and F1 averaged over the classes that have clips, each in [0, 1].

    A class that is never predicted has no part in the precision; NaN where no class has.
    """

    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Rates:
    """Rates of predictions.

    Parameters
    ----------
    confusion
        Counts of (true, predicted) classes, int64 (class, class).
    accuracy
        Share of clips classified right, in [0, 1].
    balanced_accuracy
        Mean recall of the classes that have clips, in [0, 1].
    kappa
        Agreement beyond chance, in [-1, 1]; NaN where chance alone agrees always (one class).
    precision, recall, f1
        float64 (class,), in [0, 1]. Precision of a class never predicted, and recall and F1 of
        a class without clips, are NaN.
    support
        Clips of each class, int64 (class,).
    macro, weighted
        Averages that count each class once, or each class by its clips.
    """

    confusion: np.ndarray
    accuracy: float
    balanced_accuracy: float
    kappa: float
    precision: np.ndarray
    recall: np.ndarray
    f1: np.ndarray
    support: np.ndarray
    macro: Average
    weighted: Average

    @property
    def confusion_rates(self) -> np.ndarray:
        """Confusion as share of the true class, (class, class); NaN rows have no clip."""
        totals = np.where(self.support, self.support, np.nan)[:, None]  # (true, 1)
        shares: np.ndarray = self.confusion / totals
        return shares


def count_confusion(labels: np.ndarray, predictions: np.ndarray, n_classes: int) -> np.ndarray:
    """Count (true, predicted) classes, int64 (class, class).

    Parameters
    ----------
    labels, predictions
        Class indices, (clip,).
    n_classes
        Classes there are, with or without clips.
    """
    counts: np.ndarray = confusion_matrix(labels, predictions, labels=np.arange(n_classes))
    return counts


def rate_confusion(confusion: np.ndarray) -> Rates:
    """Rate what a confusion matrix counts.

    Parameters
    ----------
    confusion
        Counts of (true, predicted) classes, (class, class); at least one clip.

    References
    ----------
    Cohen, "A Coefficient of Agreement for Nominal Scales" (1960).

    Examples
    --------
    >>> rate_confusion(np.array([[35, 15], [15, 35]])).kappa
    0.4
    """
    true, predicted = np.nonzero(confusion)
    counts = {"sample_weight": confusion[true, predicted]}
    classes = np.arange(len(confusion))
    precision, recall, f1, _ = precision_recall_fscore_support(
        true, predicted, labels=classes, zero_division=0.0, **counts
    )
    support = confusion.sum(axis=1)
    precision = np.where(confusion.sum(axis=0), precision, np.nan)
    recall, f1 = (np.where(support, values, np.nan) for values in (recall, f1))
    several = len(np.union1d(true, predicted)) > 1
    return Rates(
        confusion=confusion,
        accuracy=float(np.trace(confusion) / confusion.sum()),
        balanced_accuracy=float(np.nanmean(recall)),
        kappa=_rounded(cohen_kappa_score(true, predicted, **counts)) if several else float("nan"),
        precision=precision,
        recall=recall,
        f1=f1,
        support=support,
        macro=_average(precision, recall, f1, weights=(support > 0).astype(np.float64)),
        weighted=_average(precision, recall, f1, weights=support.astype(np.float64)),
    )


def _average(
    precision: np.ndarray, recall: np.ndarray, f1: np.ndarray, *, weights: np.ndarray
) -> Average:
    means = (_mean(values, weights) for values in (precision, recall, f1))
    return Average(**dict(zip(("precision", "recall", "f1"), means, strict=True)))


def _mean(values: np.ndarray, weights: np.ndarray) -> float:
    used = (weights > 0) & np.isfinite(values)
    return float(np.average(values[used], weights=weights[used])) if used.any() else float("nan")


def _rounded(value: float) -> float:
    return float(np.round(value, 15))  # 0.4, not 0.39999999999999997
