"""Figures of an evaluation: confusion, rates per class, reliability, ROC curves."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from cnnviz.evaluation.ranking import trace_roc
from cnnviz.plots._axes import WIDTH, add_colour_bar, axes_or_new
from cnnviz.plots._choices import Views, check_view
from cnnviz.plots._fit import crowded, finish, lay_out, remove_crowded
from cnnviz.plots._marks import GREY, N_LINES, add_legend, colour, line
from cnnviz.results import Evaluation

VIEWS = ("confusion", "classes", "reliability", "roc")
_FROM_WHITE, _DARK = "Blues", 0.6


def views(result: Evaluation) -> Views:  # noqa: ARG001 (interface)
    """Views of a result."""
    return {view: {} for view in VIEWS}


def plot(
    result: Evaluation,
    view: str | None = None,
    *,
    ax: Axes | None = None,
    width: float = WIDTH,
) -> Axes:
    """Draw how well the model classifies.

    Parameters
    ----------
    result
        An evaluation.
    view
        ``"confusion"``, ``"classes"`` (precision, recall, F1), ``"reliability"`` (accuracy over
        confidence) or ``"roc"`` (hits over false alarms of each class against the rest; of many
        classes the worst are named).
    ax
        Axes to draw into; None: new ones.
    width
        Inches of a new figure.

    Raises
    ------
    ParameterError
        If there is no such view.
    """
    view = check_view(view, views(result))
    rows = len(result.class_names) if view in ("confusion", "classes") else 0
    height = 0.0 if view == "classes" else min(0.5 + 0.75 * width, 4.6)
    ax = axes_or_new(ax, width=width, height=height, n_rows=max(rows, 6))
    draw = {
        "confusion": _confusion,
        "classes": _classes,
        "reliability": _reliability,
        "roc": _roc,
    }
    draw[view](ax, result)
    finish(ax)
    _make_room(ax, view)
    return ax


def _make_room(ax: Axes, view: str) -> None:
    """Remove numbers that have no room; of a confusion all, as one left out would read as 0."""
    if not ax.texts:
        return
    lay_out(ax.get_figure(root=True))  # type: ignore[arg-type]
    if view == "confusion" and crowded(ax.texts):
        for count in list(ax.texts):
            count.remove()
    remove_crowded(list(ax.texts))


def _confusion(ax: Axes, result: Evaluation) -> None:
    """Share of each true class by colour, counts as numbers where they have room."""
    totals = np.maximum(result.confusion.sum(1, keepdims=True), 1)
    shares = result.confusion / totals  # (true, predicted)
    image = ax.imshow(100 * shares, cmap=_FROM_WHITE, vmin=0, vmax=100, aspect="auto")
    places = np.arange(len(result.class_names))
    ax.set_xticks(places, result.class_names, rotation=90)
    ax.set_yticks(places, result.class_names)
    ax.set_xlabel("predicted class")
    ax.set_ylabel("true class")
    ax.set_title(_title(result))
    for row, column in np.argwhere(result.confusion > 0):
        shade = "white" if shares[row, column] > _DARK else "black"
        ax.text(
            column, row, str(result.confusion[row, column]), ha="center", va="center", color=shade
        )
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
    handles = [
        ax.plot(values, places, mark, label=name, color=colour(k), ms=4, alpha=0.85)[0]
        for k, (mark, (name, values)) in enumerate(zip("<>o", rates.items(), strict=True))
    ]
    names = [f"{n} ({s})" for n, s in zip(result.class_names, result.support, strict=True)]
    ax.set_yticks(places, names)
    ax.set_ylim(len(places) - 0.5, -0.5)
    ax.set_xlim(-0.03, 1.03)
    ax.grid(axis="y", linewidth=0.3)
    ax.set_xlabel("rate (0 to 1)")
    ax.set_ylabel("class (clips)")
    ax.set_title(_title(result))
    add_legend(ax, handles, list(rates))


def _reliability(ax: Axes, result: Evaluation) -> None:
    """Accuracy over confidence; the area of a point, and the number at it, are its clips."""
    bins = result.reliability
    used = np.flatnonzero(bins.counts)
    confidence, accuracy, counts = bins.confidence[used], bins.accuracy[used], bins.counts[used]
    ax.plot([0, 1], [0, 1], color="0.5", linewidth=0.8, linestyle="--")
    areas = 6 + 150 * counts / counts.sum()  # square points
    ax.scatter(confidence, accuracy, s=areas, color=colour(0), lw=0)
    for k in np.argsort(-counts, kind="stable"):  # the largest first, should they be crowded
        ax.annotate(
            f"{counts[k]:,}",
            (confidence[k], accuracy[k]),
            (0, -2 - np.sqrt(areas[k] / np.pi)),
            textcoords="offset points",
            ha="center",
            va="top",
        )
    _unit_square(ax)
    ax.set_ylim(-0.12, 1.05)  # room for the numbers
    ax.set_xlabel("mean confidence (0 to 1)")
    ax.set_ylabel("accuracy (0 to 1)")
    ax.set_title(f"expected calibration error {result.expected_calibration_error:.3f}")


def _roc(ax: Axes, result: Evaluation) -> None:
    """One curve per class that has clips and others to be told from; the worst are named."""
    with_curve = np.flatnonzero(np.isfinite(result.roc_auc))
    worst = with_curve[np.argsort(result.roc_auc[with_curve], kind="stable")]
    named = worst[:N_LINES].tolist()
    handles: dict[int, Line2D] = {}
    for index in with_curve.tolist():
        curve = trace_roc(result.labels, result.probabilities, index)
        name = f"{result.class_names[index]} ({result.roc_auc[index]:.3f})"
        k = named.index(index) if index in named else None
        look = {"color": GREY, "zorder": 1} if k is None else {"color": colour(k), "ls": line(k)}
        (drawn,) = ax.plot(curve.false_alarms, curve.hits, linewidth=1, label=name, **look)
        if k is not None:
            handles[k] = drawn
    ax.plot([0, 1], [0, 1], color="0.5", linewidth=0.6, linestyle=":")
    _unit_square(ax)
    ax.set_xlabel("false alarms (share of the other clips)")
    ax.set_ylabel("hits (share of the class's clips)")
    ax.set_title(f"mean area under the curves {result.macro_roc_auc:.3f}")
    if handles:
        others = "" if len(handles) == len(with_curve) else "; others grey"
        in_order = [handles[k] for k in sorted(handles)]
        names = [str(drawn.get_label()) for drawn in in_order]
        add_legend(ax, in_order, names, title=f"class (area), worst first{others}")


def _unit_square(ax: Axes) -> None:
    ax.set_xlim(-0.03, 1.03)
    ax.set_ylim(-0.03, 1.03)
