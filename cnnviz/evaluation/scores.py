"""All scores of one classifier on labelled clips."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cnnviz.errors import ParameterError, ShapeError
from cnnviz.evaluation.bootstrap import (
    N_RESAMPLES,
    Intervals,
    bootstrap_confusion,
    bootstrap_groups,
)
from cnnviz.evaluation.calibration import Calibration, measure_calibration
from cnnviz.evaluation.groups import GroupSpread, number_groups, spread_over_groups
from cnnviz.evaluation.proportions import ClassIntervals, class_intervals
from cnnviz.evaluation.ranking import RocAuc, area_under_roc, unknown_areas
from cnnviz.evaluation.rates import Rates, count_confusion, rate_confusion
from cnnviz.evaluation.reliability import Reliability, measure_reliability

_SLACK = 1e-4  # of probabilities in half precision


@dataclass(frozen=True, kw_only=True, slots=True)
class Scores:
    """What can be said of a classifier's answers to labelled clips.

    Parameters
    ----------
    class_names
        In order of the outputs, (class,).
    rates
        What predictions give: confusion, accuracy, kappa, precision, recall, F1.
    intervals, class_intervals
        95 % intervals of the scalar rates, and of the rates of each class.
    groups
        How clips and right answers are spread over groups; None where none is known.
    roc_auc, reliability, calibration
        What probabilities give; NaN where there were predictions only.
    """

    class_names: tuple[str, ...]
    rates: Rates
    intervals: Intervals
    class_intervals: ClassIntervals
    groups: GroupSpread | None
    roc_auc: RocAuc
    reliability: Reliability
    calibration: Calibration

    @property
    def n_clips(self) -> int:
        """Clips that were scored."""
        return int(self.rates.support.sum())


def evaluate(
    labels: np.ndarray,
    answers: np.ndarray,
    class_names: tuple[str, ...],
    *,
    groups: Sequence[str] = (),
    seed: int,
    n_resamples: int = N_RESAMPLES,
) -> Scores:
    """Score answers against labels.

    Of equal probabilities the first class is the prediction.

    Parameters
    ----------
    labels
        Class index per clip, (clip,).
    answers
        Probabilities (clip, class) in [0, 1], which need not sum to one; or predicted class
        indices (clip,), from which neither ROC nor calibration can be told.
    class_names
        In order of the outputs; some may have no clip.
    groups
        Speaker or recording of each clip, (clip,), ``""`` where it is not known; clips of one
        group are not taken for independent. Empty: nothing is known.
    seed
        Of the bootstrap.
    n_resamples
        Draws of the bootstrap.

    Raises
    ------
    ParameterError
        If there is no clip, a label or prediction is no class, or a probability is not a
        number in [0, 1].
    ShapeError
        If there is not one answer per label, or not one probability per class.

    References
    ----------
    Pedregosa et al., "Scikit-learn: Machine Learning in Python" (2011), whose metrics these are.

    Examples
    --------
    >>> evaluate(np.array([0, 1, 0]), np.array([0, 1, 1]), ("no", "yes"), seed=0).rates.confusion
    array([[1, 1],
           [0, 1]])
    """
    labels, answers = np.asarray(labels), np.asarray(answers)
    n_classes = len(class_names)
    predictions = check_answers(labels, answers, n_classes)
    confusion = count_confusion(labels, predictions, n_classes)
    right, index = predictions == labels, number_groups(groups, len(labels))
    if answers.ndim == 1:
        roc_auc, confidences, answered = unknown_areas(n_classes), np.empty(0), right[:0]
    else:
        probabilities = answers.astype(np.float64)
        roc_auc = area_under_roc(labels, probabilities)
        confidences, answered = probabilities.max(axis=1), right
    draws = {"seed": seed, "n_resamples": n_resamples}
    return Scores(
        class_names=tuple(class_names),
        rates=rate_confusion(confusion),
        intervals=bootstrap_confusion(confusion, **draws)
        if index.max() + 1 == len(index)
        else bootstrap_groups(labels, predictions, index, n_classes, **draws),
        class_intervals=class_intervals(labels, predictions, index, n_classes),
        groups=spread_over_groups(groups, right),
        roc_auc=roc_auc,
        reliability=measure_reliability(confidences, answered),
        calibration=measure_calibration(confidences, answered, index),
    )


def check_answers(labels: np.ndarray, answers: np.ndarray, n_classes: int) -> np.ndarray:
    """Check labels and answers as `evaluate` takes them; give the predictions, int (clip,).

    Raises
    ------
    ParameterError, ShapeError
        As `evaluate` does.
    """
    if labels.ndim != 1 or not len(labels):
        raise ParameterError(f"labels of shape {labels.shape}; allowed: one label or more")
    fits = answers.ndim in (1, 2) and len(answers) == len(labels)
    if not fits or answers.shape[1:] not in ((), (n_classes,)):
        raise ShapeError(
            f"answers have shape {answers.shape} for {len(labels)} labels; allowed: "
            f"({len(labels)}, {n_classes}) probabilities or ({len(labels)},) predictions"
        )
    if answers.ndim == 2:
        _check_probabilities(answers)
    predictions: np.ndarray = answers.argmax(axis=1) if answers.ndim == 2 else answers
    for name, values in (("labels", labels), ("predictions", predictions)):
        if values.dtype.kind not in "iu" or values.min() < 0 or values.max() >= n_classes:
            raise ParameterError(
                f"{name} range from {values.min()} to {values.max()} ({values.dtype}); allowed: "
                f"whole numbers from 0 to {n_classes - 1}; leave out clips without a label"
            )
    return predictions


def _check_probabilities(probabilities: np.ndarray) -> None:
    broken = ~np.isfinite(probabilities).all(axis=1)  # (clip,)
    if broken.any():
        raise ParameterError(
            f"probabilities of {broken.sum()} of {len(broken)} clips are not finite (the first: "
            f"clip {broken.argmax()}); allowed: 0 to 1; leave these clips out or mend the network"
        )
    low, high = float(probabilities.min()), float(probabilities.max())
    if low < -_SLACK or high > 1 + _SLACK:
        raise ParameterError(
            f"probabilities range from {low:g} to {high:g}; allowed: 0 to 1; logits become "
            "probabilities by softmax"
        )
