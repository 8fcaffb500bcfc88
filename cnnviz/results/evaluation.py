"""How well the network answers, as a whole and by class."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cnnviz.provenance import Provenance
from cnnviz.results._freeze import freeze
from cnnviz.results.finding import Finding
from cnnviz.results.result import Result


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassAverage:
    """Precision, recall and F1 averaged over the classes that have clips, each in [0, 1]."""

    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Reliability:
    """Accuracy over confidence in bins of equal width.

    `edges` are (bin + 1,) from 0 to 1; `counts` are clips (bin,); `confidence` and `accuracy`
    are means over them, NaN where a bin is empty.
    """

    edges: np.ndarray
    counts: np.ndarray
    confidence: np.ndarray
    accuracy: np.ndarray

    def __post_init__(self) -> None:
        freeze(self, **dict.fromkeys(("counts", "confidence", "accuracy"), ("bin",)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Calibration:
    """Confidence (the probability of the predicted class) against accuracy.

    `confidence` is its mean, `gap` that less the accuracy; `p_value` says how often a classifier
    whose confidence is true would be as far off. `error` is the root mean squared distance over
    bins, corrected for chance, with its 95 % interval `error_interval` (2,).
    """

    confidence: float
    gap: float
    p_value: float
    error: float
    error_interval: np.ndarray

    def __post_init__(self) -> None:
        freeze(self, error_interval=(2,))


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassIntervals:
    """95 % intervals of the rates of each class, (class, 2); NaN where not defined."""

    precision: np.ndarray
    recall: np.ndarray
    f1: np.ndarray

    def __post_init__(self) -> None:
        freeze(self, **dict.fromkeys(("precision", "recall", "f1"), ("class", 2)))


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class Evaluation(Result):
    """How well a model classifies labelled clips.

    Parameters
    ----------
    class_names
        In order of the outputs, (class,).
    split
        Clips evaluated; ``"all"`` without splits.
    n_corpus
        Clips of the corpus, also those of other splits; 0 where it was not noted.
    clip_index, clip_names
        Of each scored clip: its position in the run, and its name, (clip,).
    labels, predictions
        Class indices, int64 (clip,).
    probabilities
        float32 (clip, class).
    confusion
        Counts of (true, predicted) classes.
    accuracy, balanced_accuracy, kappa
        Share of right clips; mean recall; agreement beyond chance, NaN with one class alone.
    accuracy_interval, balanced_accuracy_interval, kappa_interval, macro_f1_interval
        95 % bootstrap intervals, (2,), over groups where they are known; of a network that is
        always or never right the exact ones; NaN where there is one group.
    precision, recall, f1, support
        (class,): rates, NaN where not defined, and clips.
    class_intervals
        Intervals of these rates; None in older files.
    groups
        Speaker or recording of each scored clip, ``""`` where not known, (clip,); empty in
        older files.
    macro, weighted
        Averages that count each class once, or by its clips.
    roc_auc, roc_auc_reasons
        (class,): area under the ROC curve against the rest, in [0, 1], NaN where not defined;
        and why it is not, or ``""``.
    macro_roc_auc, weighted_roc_auc
        Means of the areas that are defined.
    reliability
        Accuracy over confidence.
    expected_calibration_error
        Mean distance of both, in [0, 1]; chance alone makes it larger than 0.
    calibration
        Test and error of the confidence that are corrected for chance; None in older files.
    confident_right, confident_wrong
        Clips classified right, or wrong, with the highest probability; positions in
        `clip_index`, the surest first, (n,).
    nearest_boundary
        Clips whose two highest probabilities are closest; likewise.
    findings
        What the scores say, and which clips were left out.
    """

    columns: ClassVar[tuple[str, ...]] = (
        "class_names",
        "precision",
        "recall",
        "f1",
        "roc_auc",
        "support",
    )
    class_names: tuple[str, ...]
    split: str
    clip_index: np.ndarray
    clip_names: tuple[str, ...]
    labels: np.ndarray
    predictions: np.ndarray
    probabilities: np.ndarray
    confusion: np.ndarray
    accuracy: float
    accuracy_interval: np.ndarray
    balanced_accuracy: float
    balanced_accuracy_interval: np.ndarray
    kappa: float
    kappa_interval: np.ndarray
    precision: np.ndarray
    recall: np.ndarray
    f1: np.ndarray
    support: np.ndarray
    macro: ClassAverage
    macro_f1_interval: np.ndarray
    weighted: ClassAverage
    roc_auc: np.ndarray
    roc_auc_reasons: tuple[str, ...]
    macro_roc_auc: float
    weighted_roc_auc: float
    reliability: Reliability
    expected_calibration_error: float
    confident_right: np.ndarray
    confident_wrong: np.ndarray
    nearest_boundary: np.ndarray
    findings: tuple[Finding, ...]
    provenance: Provenance
    n_corpus: int = 0
    groups: tuple[str, ...] = ()
    class_intervals: ClassIntervals | None = None
    calibration: Calibration | None = None

    def __post_init__(self) -> None:
        clip: dict[str, tuple[object, ...]] = dict.fromkeys(
            ("clip_index", "clip_names", "labels", "predictions"), ("clip",)
        )
        columns: dict[str, tuple[object, ...]] = dict.fromkeys(
            ("precision", "recall", "f1", "support", "roc_auc", "roc_auc_reasons"), ("class",)
        )
        table: dict[str, tuple[object, ...]] = {
            "class_names": ("class",),
            "probabilities": ("clip", "class"),
            "confusion": ("class", "class"),
        }
        if self.groups:
            clip["groups"] = ("clip",)
        freeze(self, **clip, **table, **columns)
