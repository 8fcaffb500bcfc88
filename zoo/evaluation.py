"""How well a trained network tells held-out clips apart, as a model card keeps it.

The numbers are those of `cnnviz.evaluation`; here they become the plain values of
``card.json``, where None stands for what is not defined.
"""

from dataclasses import dataclass
from math import isfinite

import numpy as np

from cnnviz.evaluation import Scores
from cnnviz.evaluation import evaluate as score


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassScore:
    """One class of an evaluation.

    Parameters
    ----------
    class_name
        Its name.
    precision, recall, f1
        In [0, 1]; 0 where nothing can be counted.
    n_clips
        Clips of this class.
    """

    class_name: str
    precision: float
    recall: float
    f1: float
    n_clips: int


@dataclass(frozen=True, kw_only=True, slots=True)
class TestEvaluation:
    """Scores on the test clips.

    Parameters
    ----------
    accuracy
        In [0, 1].
    interval
        95 % bootstrap interval of the accuracy over clips; the exact one where all or none are
        right.
    classes
        One score per class, in order of the outputs.
    confusion
        Counts; rows are the true classes, columns the predicted ones.
    balanced_accuracy
        Mean recall of the classes that have clips, in [0, 1].
    kappa
        Agreement beyond chance (Cohen), in [-1, 1]; None with one class alone.
    roc_auc
        Mean area under the ROC curves, one class against the rest, in [0, 1]; None without
        probabilities.
    expected_calibration_error
        Mean distance of confidence and accuracy, in [0, 1]; None without probabilities.
    """

    accuracy: float
    interval: tuple[float, float]
    classes: tuple[ClassScore, ...]
    confusion: tuple[tuple[int, ...], ...]
    balanced_accuracy: float
    kappa: float | None
    roc_auc: float | None
    expected_calibration_error: float | None


def evaluate(
    predicted: np.ndarray,
    labels: np.ndarray,
    class_names: tuple[str, ...],
    *,
    seed: int,
    probabilities: np.ndarray | None = None,
) -> TestEvaluation:
    """Score predictions, and probabilities where they are at hand.

    Parameters
    ----------
    predicted, labels
        Class index per clip, int64 (clip,).
    class_names
        In order of the indices.
    seed
        Of the bootstrap.
    probabilities
        (clip, class), whose largest is `predicted`; None: neither area under the curve nor
        calibration can be told.

    Examples
    --------
    >>> evaluate(np.array([0, 1, 1]), np.array([0, 1, 0]), ("no", "yes"), seed=0).confusion
    ((1, 1), (0, 1))
    """
    predictions = predicted if probabilities is None else probabilities
    scores = score(labels, predictions, class_names, seed=seed)
    rates, (low, high) = scores.rates, scores.intervals.accuracy
    return TestEvaluation(
        accuracy=rates.accuracy,
        interval=(float(low), float(high)),
        classes=_classes(scores),
        confusion=tuple(tuple(int(count) for count in row) for row in rates.confusion),
        balanced_accuracy=rates.balanced_accuracy,
        kappa=_known(rates.kappa),
        roc_auc=_known(scores.roc_auc.macro),
        expected_calibration_error=_known(scores.reliability.error),
    )


def _classes(scores: Scores) -> tuple[ClassScore, ...]:
    columns = (scores.rates.precision, scores.rates.recall, scores.rates.f1)
    return tuple(
        ClassScore(
            class_name=name,
            precision=float(precision),
            recall=float(recall),
            f1=float(f1),
            n_clips=int(n_clips),
        )
        for name, precision, recall, f1, n_clips in zip(
            scores.class_names, *map(np.nan_to_num, columns), scores.rates.support, strict=True
        )
    )


def _known(value: float) -> float | None:
    return value if isfinite(value) else None
