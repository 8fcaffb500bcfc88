"""How well a trained network tells held-out clips apart, as a model card keeps it.

The numbers are those of `cnnviz.evaluation`; here they become the plain values of
``card.json``, where None stands for what is not defined.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np

from cnnviz.evaluation import Scores
from cnnviz.evaluation import evaluate as score
from cnnviz.evaluation.groups import GroupSpread

Interval = tuple[float, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassScore:
    """One class of an evaluation.

    Parameters
    ----------
    class_name
        Its name.
    precision, recall, f1
        In [0, 1]; None where not defined: precision of a class never predicted, all of a class
        without clips.
    n_clips
        Clips of this class.
    precision_interval, recall_interval, f1_interval
        95 % intervals; None where not defined, and on older cards.
    """

    class_name: str
    precision: float | None
    recall: float | None
    f1: float | None
    n_clips: int
    precision_interval: Interval | None = None
    recall_interval: Interval | None = None
    f1_interval: Interval | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PartScore:
    """Accuracy on the clips of all classes but those that are easy.

    Parameters
    ----------
    left_out
        The easy class.
    n_clips
        Clips of the others.
    accuracy, interval
        As in `TestEvaluation`; an answer with the easy class is wrong.
    """

    left_out: str
    n_clips: int
    accuracy: float
    interval: Interval


@dataclass(frozen=True, kw_only=True, slots=True)
class TestEvaluation:
    """Scores on the test clips.

    Parameters
    ----------
    accuracy
        In [0, 1].
    interval
        95 % bootstrap interval of the accuracy, over groups where they are known and else over
        clips; the exact one where all or none are right; 0 to 1 of a single group.
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
        Mean distance of confidence and accuracy over 15 bins, in [0, 1], which chance raises;
        None without probabilities.
    calibration_error, calibration_interval
        Root mean squared distance with chance removed, and its 95 % interval; None without
        probabilities.
    groups
        Speakers or recordings of the clips; None where the corpus names none.
    n_trained_groups
        Those of them that training clips come from too.
    without_easy
        Score without the easy class; None where there is none.
    """

    accuracy: float
    interval: Interval
    classes: tuple[ClassScore, ...]
    confusion: tuple[tuple[int, ...], ...]
    balanced_accuracy: float
    kappa: float | None
    roc_auc: float | None
    expected_calibration_error: float | None
    calibration_error: float | None = None
    calibration_interval: Interval | None = None
    groups: GroupSpread | None = None
    n_trained_groups: int = 0
    without_easy: PartScore | None = None


def evaluate(
    predicted: np.ndarray,
    labels: np.ndarray,
    class_names: tuple[str, ...],
    *,
    seed: int,
    probabilities: np.ndarray | None = None,
    groups: Sequence[str] = (),
    easy_class: str = "",
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
    groups
        Speaker or recording of each clip, ``""`` where not known; empty: the corpus names none.
    easy_class
        Class without which the clips are scored once more; another name: there is none.

    Examples
    --------
    >>> evaluate(np.array([0, 1, 1]), np.array([0, 1, 0]), ("no", "yes"), seed=0).confusion
    ((1, 1), (0, 1))
    """
    predictions = predicted if probabilities is None else probabilities
    scores = score(labels, predictions, class_names, groups=groups, seed=seed)
    rates, calibration = scores.rates, scores.calibration
    return TestEvaluation(
        accuracy=rates.accuracy,
        interval=_interval_of_accuracy(scores),
        classes=_classes(scores),
        confusion=tuple(tuple(int(count) for count in row) for row in rates.confusion),
        balanced_accuracy=rates.balanced_accuracy,
        kappa=_known(rates.kappa),
        roc_auc=_known(scores.roc_auc.macro),
        expected_calibration_error=_known(scores.reliability.error),
        calibration_error=_known(calibration.error),
        calibration_interval=_pair(calibration.error_interval),
        groups=scores.groups,
        without_easy=_without(easy_class, predicted, labels, class_names, groups=groups, seed=seed),
    )


def _without(
    easy_class: str,
    predicted: np.ndarray,
    labels: np.ndarray,
    class_names: tuple[str, ...],
    *,
    groups: Sequence[str],
    seed: int,
) -> PartScore | None:
    """Score of the clips of the other classes; None where there are none, or no such class."""
    if easy_class not in class_names:
        return None
    is_hard = labels != class_names.index(easy_class)
    if is_hard.all() or not is_hard.any():
        return None
    own_groups = np.array(groups or ("",) * len(labels), dtype=str)[is_hard].tolist()
    scores = score(labels[is_hard], predicted[is_hard], class_names, groups=own_groups, seed=seed)
    return PartScore(
        left_out=easy_class,
        n_clips=scores.n_clips,
        accuracy=scores.rates.accuracy,
        interval=_interval_of_accuracy(scores),
    )


def _interval_of_accuracy(scores: Scores) -> Interval:
    return _pair(scores.intervals.accuracy) or (0.0, 1.0)


def _classes(scores: Scores) -> tuple[ClassScore, ...]:
    rates, limits = scores.rates, scores.class_intervals
    return tuple(
        ClassScore(
            class_name=name,
            precision=_known(rates.precision[k]),
            recall=_known(rates.recall[k]),
            f1=_known(rates.f1[k]),
            n_clips=int(rates.support[k]),
            precision_interval=_pair(limits.precision[k]),
            recall_interval=_pair(limits.recall[k]),
            f1_interval=_pair(limits.f1[k]),
        )
        for k, name in enumerate(scores.class_names)
    )


def _known(value: float) -> float | None:
    return float(value) if isfinite(value) else None


def _pair(interval: np.ndarray) -> Interval | None:
    low, high = (float(value) for value in interval)
    return (low, high) if isfinite(low) else None
