"""Confidence against accuracy in bins: the reliability diagram."""

from dataclasses import dataclass

import numpy as np

N_BINS = 15


@dataclass(frozen=True, kw_only=True, slots=True)
class Reliability:
    """Accuracy over confidence in bins of equal width.

    Parameters
    ----------
    edges
        Confidence at the borders of the bins, 0 to 1, (bin + 1,). A bin holds its lower edge,
        the last one also its upper.
    counts
        Clips in each bin, int64 (bin,).
    confidence, accuracy
        Means over the clips of each bin, (bin,); NaN where it is empty.
    error
        Expected calibration error: mean distance of both, weighted by clips, in [0, 1]; NaN
        without probabilities. Chance alone makes it larger than zero; the error of `Calibration`
        is corrected for that.
    """

    edges: np.ndarray
    counts: np.ndarray
    confidence: np.ndarray
    accuracy: np.ndarray
    error: float


def measure_reliability(
    confidences: np.ndarray, right: np.ndarray, *, n_bins: int = N_BINS
) -> Reliability:
    """Compare confidence with accuracy.

    Parameters
    ----------
    confidences
        Probability of the predicted class, (clip,), in [0, 1]; empty where predictions came
        without probabilities.
    right
        Whether the prediction is right, bool (clip,).
    n_bins
        Bins between 0 and 1.

    References
    ----------
    Guo, Pleiss, Sun and Weinberger, "On Calibration of Modern Neural Networks" (2017).

    Examples
    --------
    >>> round(measure_reliability(np.array([0.9, 0.9]), np.array([True, False])).error, 3)
    0.4
    """
    bins = np.clip((confidences * n_bins).astype(int), 0, n_bins - 1)
    counts = np.bincount(bins, minlength=n_bins)
    filled = np.where(counts, counts, np.nan)
    confidence, accuracy = (
        np.bincount(bins, weights=values, minlength=n_bins) / filled
        for values in (confidences, right)
    )
    gaps = np.nan_to_num(np.abs(confidence - accuracy))
    return Reliability(
        edges=np.linspace(0.0, 1.0, n_bins + 1),
        counts=counts,
        confidence=confidence,
        accuracy=accuracy,
        error=float(gaps @ counts / len(right)) if len(right) else float("nan"),
    )
