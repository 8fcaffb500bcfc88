"""All scores of one classifier on labelled clips."""

from dataclasses import dataclass

import numpy as np

from cnnviz.errors import ParameterError, ShapeError
from cnnviz.evaluation.bootstrap import N_RESAMPLES, Intervals, bootstrap_confusion
from cnnviz.evaluation.calibration import Reliability, measure_reliability
from cnnviz.evaluation.ranking import RocAuc, area_under_roc, unknown_areas
from cnnviz.evaluation.rates import Rates, count_confusion, rate_confusion

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
    intervals
        95 % bootstrap intervals of the scalar rates.
    roc_auc, reliability
        What probabilities give; NaN where there were predictions only.
    """

    class_names: tuple[str, ...]
    rates: Rates
    intervals: Intervals
    roc_auc: RocAuc
    reliability: Reliability

    @property
    def n_clips(self) -> int:
        """Clips that were scored."""
        return int(self.rates.support.sum())


def evaluate(
    labels: np.ndarray,
    answers: np.ndarray,
    class_names: tuple[str, ...],
    *,
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
    if answers.ndim == 1:
        roc_auc = unknown_areas(n_classes)
        reliability = measure_reliability(np.empty(0), np.empty(0, dtype=bool))
    else:
        probabilities = answers.astype(np.float64)
        roc_auc = area_under_roc(labels, probabilities)
        reliability = measure_reliability(probabilities.max(axis=1), predictions == labels)
    return Scores(
        class_names=tuple(class_names),
        rates=rate_confusion(confusion),
        intervals=bootstrap_confusion(confusion, seed=seed, n_resamples=n_resamples),
        roc_auc=roc_auc,
        reliability=reliability,
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
