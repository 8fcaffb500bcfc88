"""Figures of an evaluation: confusion matrix, rates per class, calibration."""

import numpy as np
from matplotlib.axes import Axes

from cnnviz.plots._axes import SEQUENTIAL, add_colour_bar, axes_or_new, check_view
from cnnviz.results import Evaluation

VIEWS = ("confusion", "classes", "calibration")
_SQUARE_INCHES = (7.5, 6.5)
_MOST_NUMBERS, _DARK, _BINS = 25, 0.6, 15


def plot(result: Evaluation, view: str | None = None, *, ax: Axes | None = None) -> Axes:
    """Draw how well the model classifies.

    Parameters
    ----------
    result
        An evaluation.
    view
        ``"confusion"``, ``"classes"`` (precision, recall, F1) or ``"calibration"``.
    ax
        Axes to draw into; None: a new figure.

    Raises
    ------
    ParameterError
        If there is no such view.
    """
    view = check_view(view, VIEWS)
    ax = axes_or_new(ax, size=_SQUARE_INCHES)
    {"confusion": _confusion, "classes": _classes, "calibration": _calibration}[view](ax, result)
    return ax


def _confusion(ax: Axes, result: Evaluation) -> None:
    """Share of each true class by colour, counts as numbers."""
    totals = np.maximum(result.confusion.sum(1, keepdims=True), 1)
    shares = result.confusion / totals  # (true, predicted)
    image = ax.imshow(100 * shares, cmap=SEQUENTIAL, vmin=0, vmax=100)
    places = np.arange(len(result.class_names))
    ax.set_xticks(places, result.class_names, rotation=90)
    ax.set_yticks(places, result.class_names)
    ax.set_xlabel("predicted class")
    ax.set_ylabel("true class")
    ax.set_title(_title(result), fontsize="medium")
    if len(places) <= _MOST_NUMBERS:
        for row, column in np.argwhere(result.confusion > 0):
            colour = "black" if shares[row, column] > _DARK else "white"
            count = str(result.confusion[row, column])
            ax.text(column, row, count, ha="center", va="center", color=colour, fontsize="small")
    add_colour_bar(ax, image, "share of the true class (%)")


def _title(result: Evaluation) -> str:
    low, high = result.accuracy_interval
    return (
        f"accuracy {result.accuracy:.1%} (95 % interval {low:.1%} to {high:.1%}), "
        f"{len(result.clip_index):,} clips, split: {result.split}"
    )


def _classes(ax: Axes, result: Evaluation) -> None:
    places = np.arange(len(result.class_names))
    rates = {"precision": result.precision, "recall": result.recall, "F1": result.f1}
    for marker, (name, values) in zip("<>o", rates.items(), strict=True):
        ax.plot(values, places, marker, label=name, alpha=0.8)
    names = [f"{n} ({s})" for n, s in zip(result.class_names, result.support, strict=True)]
    ax.set_yticks(places, names)
    ax.invert_yaxis()
    ax.set_xlim(-0.02, 1.02)
    ax.grid(axis="y", linewidth=0.3)
    ax.set_xlabel("rate (0 to 1)")
    ax.set_ylabel("class (clips)")
    ax.set_title(_title(result), fontsize="medium")
    ax.legend(fontsize="small")


def _calibration(ax: Axes, result: Evaluation) -> None:
    """Accuracy over confidence in 15 equal bins; the area of a point is its clips."""
    confidences = result.probabilities.max(1)
    right = result.predictions == result.labels
    bins = np.clip((confidences * _BINS).astype(int), 0, _BINS - 1)
    counts = np.bincount(bins, minlength=_BINS)
    used = np.flatnonzero(counts)
    confidence, accuracy = (
        np.bincount(bins, weights=values)[used] / counts[used] for values in (confidences, right)
    )
    ax.plot([0, 1], [0, 1], color="0.5", linewidth=0.8, linestyle="--")
    ax.scatter(confidence, accuracy, s=10 + 300 * counts[used] / counts.sum())
    ax.set_xlim(0, 1.02)
    ax.set_ylim(0, 1.02)
    ax.set_xlabel("mean confidence (0 to 1)")
    ax.set_ylabel("accuracy (0 to 1)")
    error = result.expected_calibration_error
    ax.set_title(f"expected calibration error {error:.3f}", fontsize="medium")
