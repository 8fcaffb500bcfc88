"""How well probabilities put the clips of a class before the others: areas under ROC curves."""

from dataclasses import dataclass

import numpy as np
from sklearn.metrics import roc_auc_score, roc_curve

NO_CLIP = "no clip of this class"
NO_OTHER_CLIP = "no clip of another class"
NO_PROBABILITIES = "predictions came without probabilities"


@dataclass(frozen=True, kw_only=True, slots=True)
class RocAuc:
    """Areas under the ROC curves, one class against the rest; 0.5 is chance, 1 is perfect.

    Parameters
    ----------
    per_class
        float64 (class,), in [0, 1]; NaN where not defined.
    reasons
        Why an area is not defined, ``""`` where it is, (class,).
    macro, weighted
        Means over the classes whose area is defined, each counted once or by its clips; NaN
        where there is none.
    """

    per_class: np.ndarray
    reasons: tuple[str, ...]
    macro: float
    weighted: float


@dataclass(frozen=True, kw_only=True, slots=True)
class RocCurve:
    """Shares of right and false alarms as the threshold falls, each float64 (step,)."""

    false_alarms: np.ndarray
    hits: np.ndarray


def area_under_roc(labels: np.ndarray, probabilities: np.ndarray) -> RocAuc:
    """Measure how often a clip of a class gets a higher probability for it than another clip.

    Equal probabilities count half.

    Parameters
    ----------
    labels
        Class indices, (clip,).
    probabilities
        (clip, class).

    References
    ----------
    Hanley and McNeil, "The Meaning and Use of the Area under a ROC Curve" (1982).

    Examples
    --------
    >>> area_under_roc(np.array([0, 1]), np.array([[0.8, 0.2], [0.4, 0.6]])).macro
    1.0
    """
    n_classes = probabilities.shape[1]
    support = np.bincount(labels, minlength=n_classes)
    reasons = tuple(_reason(int(count), len(labels)) for count in support)
    areas = np.array(
        [
            np.nan if reason else roc_auc_score(labels == index, probabilities[:, index])
            for index, reason in enumerate(reasons)
        ]
    )
    has_area = ~np.isnan(areas)
    return RocAuc(
        per_class=areas,
        reasons=reasons,
        macro=float(areas[has_area].mean()) if has_area.any() else float("nan"),
        weighted=_mean(areas[has_area], support[has_area]),
    )


def unknown_areas(n_classes: int) -> RocAuc:
    """Areas of predictions that came without probabilities: none is defined."""
    nan = float("nan")
    reasons = (NO_PROBABILITIES,) * n_classes
    return RocAuc(per_class=np.full(n_classes, nan), reasons=reasons, macro=nan, weighted=nan)


def trace_roc(labels: np.ndarray, probabilities: np.ndarray, index: int) -> RocCurve:
    """Trace the ROC curve of one class against the rest.

    Parameters
    ----------
    labels, probabilities
        As `area_under_roc` takes them; the class and another one must have clips.
    index
        The class.
    """
    false_alarms, hits, _ = roc_curve(labels == index, probabilities[:, index])
    return RocCurve(false_alarms=false_alarms, hits=hits)


def _reason(count: int, n_clips: int) -> str:
    if count == 0:
        return NO_CLIP
    return NO_OTHER_CLIP if count == n_clips else ""


def _mean(values: np.ndarray, weights: np.ndarray) -> float:
    return float(np.average(values, weights=weights)) if len(values) else float("nan")
