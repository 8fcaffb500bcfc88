"""Counts, rates and plain words about a classifier: arrays in, numbers out."""

from dataclasses import dataclass

import numpy as np
from sklearn.metrics import cohen_kappa_score, confusion_matrix, precision_recall_fscore_support

_BINS = 15
_CONFUSIONS_NAMED = 3
_NOTABLE_CALIBRATION_ERROR = 0.05


@dataclass(frozen=True, kw_only=True, slots=True)
class Scores:
    """Rates of a classifier: `confusion` counts (true, predicted), the rest as in `Evaluation`."""

    confusion: np.ndarray
    accuracy: float
    balanced_accuracy: float
    kappa: float
    precision: np.ndarray
    recall: np.ndarray
    f1: np.ndarray
    support: np.ndarray


def score(labels: np.ndarray, predictions: np.ndarray, n_classes: int) -> Scores:
    """Score predictions against labels with scikit-learn.

    Precision of a class that is never predicted is 0; recall and F1 of a class without clips
    are NaN, and balanced accuracy is the mean recall of the others.

    Parameters
    ----------
    labels, predictions
        Class indices, (clip,).
    n_classes
        Classes of the model.
    """
    classes = np.arange(n_classes)
    precision, recall, f1, support = precision_recall_fscore_support(
        labels, predictions, labels=classes, zero_division=0.0
    )
    absent = support == 0
    several = len(np.union1d(labels, predictions)) > 1
    return Scores(
        confusion=confusion_matrix(labels, predictions, labels=classes),
        accuracy=float((labels == predictions).mean()),
        balanced_accuracy=float(recall[~absent].mean()),
        kappa=float(cohen_kappa_score(labels, predictions)) if several else float("nan"),
        precision=precision,
        recall=np.where(absent, np.nan, recall),
        f1=np.where(absent, np.nan, f1),
        support=support,
    )


def bootstrap_interval(right: np.ndarray, *, seed: int, n_resamples: int) -> np.ndarray:
    """95 % percentile interval of the share of True under resampling of clips, (2,).

    The number of True among n clips drawn with replacement is binomial, so it is drawn as such.

    References
    ----------
    Efron, "Bootstrap Methods: Another Look at the Jackknife" (1979).
    """
    generator = np.random.default_rng(seed)
    shares = generator.binomial(len(right), right.mean(), size=n_resamples) / len(right)
    interval: np.ndarray = np.quantile(shares, [0.025, 0.975])
    return interval


def expected_calibration_error(confidences: np.ndarray, right: np.ndarray) -> float:
    """Mean distance between confidence and accuracy over 15 equal bins of confidence.

    References
    ----------
    Guo, Pleiss, Sun and Weinberger, "On Calibration of Modern Neural Networks" (2017).
    """
    bins = np.clip((confidences * _BINS).astype(int), 0, _BINS - 1)
    gaps = np.bincount(bins, weights=confidences - right, minlength=_BINS)
    return float(np.abs(gaps).sum() / len(confidences))


def describe_accuracy(
    scores: Scores, interval: np.ndarray, class_names: tuple[str, ...], split: str
) -> str:
    """One sentence: share of right answers, its interval, and what always guessing gives."""
    n_clips, largest = int(scores.support.sum()), int(scores.support.argmax())
    where = "" if split == "all" else f" of the {split} split"
    return (
        f"{scores.accuracy:.1%} of {n_clips:,} clips{where} are classified right "
        f"(95 % interval {interval[0]:.1%} to {interval[1]:.1%}); always answering "
        f"{class_names[largest]!r} would give {scores.support[largest] / n_clips:.1%}"
    )


def describe_confusions(scores: Scores, class_names: tuple[str, ...]) -> str:
    """One sentence naming the largest confusions."""
    off = scores.confusion * (1 - np.eye(len(class_names), dtype=int))
    cells = np.argsort(-off, axis=None, kind="stable")[:_CONFUSIONS_NAMED]
    pairs = [divmod(int(cell), len(class_names)) for cell in cells if off.flat[cell]]
    if not pairs:
        return "No clip is taken for another class"
    named = [
        f"{off[true, other]} of {scores.support[true]} {class_names[true]!r} "
        f"as {class_names[other]!r}"
        for true, other in pairs
    ]
    return "Most frequent confusions: " + ", ".join(named)


def describe_weakest(scores: Scores, class_names: tuple[str, ...]) -> str:
    """One sentence naming the weakest and the strongest class by F1."""
    weak, strong = int(np.nanargmin(scores.f1)), int(np.nanargmax(scores.f1))
    return (
        f"Weakest class: {class_names[weak]!r} (F1 {scores.f1[weak]:.2f}, precision "
        f"{scores.precision[weak]:.2f}, recall {scores.recall[weak]:.2f}); strongest: "
        f"{class_names[strong]!r} (F1 {scores.f1[strong]:.2f})"
    )


def describe_calibration(confidences: np.ndarray, right: np.ndarray, error: float) -> str:
    """One sentence: whether confidence can be taken at its word."""
    mean, share = float(confidences.mean()), float(right.mean())
    if error < _NOTABLE_CALIBRATION_ERROR:
        verdict = "Confidence matches accuracy"
    else:
        verdict = f"The model is {'over' if mean > share else 'under'}confident"
    return (
        f"{verdict}: mean confidence {mean:.1%}, accuracy {share:.1%}, "
        f"expected calibration error {error:.3f}"
    )
