"""Figures of an evaluation: confusion, rates per class, reliability, ROC curves."""

import numpy as np
from matplotlib.axes import Axes

from cnnviz.evaluation.ranking import trace_roc
from cnnviz.plots._axes import SEQUENTIAL, add_colour_bar, axes_or_new, check_view
from cnnviz.results import Evaluation

VIEWS = ("confusion", "classes", "reliability", "roc")
_SQUARE_INCHES = (7.5, 6.5)
_MOST_NUMBERS, _DARK, _MOST_NAMED = 25, 0.6, 12


def views(result: Evaluation) -> tuple[str, ...]:  # noqa: ARG001 (interface)
    """Names of the figures of a result."""
    return VIEWS


def plot(result: Evaluation, view: str | None = None, *, ax: Axes | None = None) -> Axes:
    """Draw how well the model classifies.

    Parameters
    ----------
    result
        An evaluation.
    view
        ``"confusion"``, ``"classes"`` (precision, recall, F1), ``"reliability"`` (accuracy over
        confidence) or ``"roc"`` (hits over false alarms of each class against the rest).
    ax
        Axes to draw into; None: a new figure.

    Raises
    ------
    ParameterError
        If there is no such view.
    """
    view = check_view(view, VIEWS)
    ax = axes_or_new(ax, size=_SQUARE_INCHES)
    draw = {
        "confusion": _confusion,
        "classes": _classes,
        "reliability": _reliability,
        "roc": _roc,
    }
    draw[view](ax, result)
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


def _reliability(ax: Axes, result: Evaluation) -> None:
    """Accuracy over confidence; the area of a point, and the number at it, are its clips."""
    bins = result.reliability
    used = np.flatnonzero(bins.counts)
    confidence, accuracy, counts = bins.confidence[used], bins.accuracy[used], bins.counts[used]
    ax.plot([0, 1], [0, 1], color="0.5", linewidth=0.8, linestyle="--")
    ax.scatter(confidence, accuracy, s=10 + 300 * counts / counts.sum())
    for x, y, count in zip(confidence, accuracy, counts, strict=True):
        ax.annotate(f"{count:,}", (x, y), (6, -10), textcoords="offset points", fontsize="small")
    _unit_square(ax)
    ax.set_xlabel("mean confidence (0 to 1)")
    ax.set_ylabel("accuracy (0 to 1)")
    error = result.expected_calibration_error
    ax.set_title(f"expected calibration error {error:.3f}", fontsize="medium")


def _roc(ax: Axes, result: Evaluation) -> None:
    """One curve per class that has clips and others to be told from."""
    with_curve = np.flatnonzero(np.isfinite(result.roc_auc))
    for index in with_curve:
        curve = trace_roc(result.labels, result.probabilities, int(index))
        name = f"{result.class_names[index]} ({result.roc_auc[index]:.3f})"
        ax.plot(curve.false_alarms, curve.hits, linewidth=1.2, label=name)
    ax.plot([0, 1], [0, 1], color="0.5", linewidth=0.8, linestyle="--")
    _unit_square(ax)
    ax.set_xlabel("false alarms (share of the other clips)")
    ax.set_ylabel("hits (share of the class's clips)")
    area = result.macro_roc_auc
    ax.set_title(f"mean area under the curves {area:.3f}", fontsize="medium")
    if 0 < len(with_curve) <= _MOST_NAMED:
        ax.legend(fontsize="small", title="class (area)")


def _unit_square(ax: Axes) -> None:
    ax.set_xlim(-0.02, 1.02)
    ax.set_ylim(-0.02, 1.02)
