"""Figures of ablated units: what each changes, of every class and of the accuracy."""

import numpy as np
from matplotlib.axes import Axes

from cnnviz.plots._axes import DIVERGING, WIDTH, add_colour_bar, axes_or_new, symmetric_limit
from cnnviz.plots._choices import Views, check_view
from cnnviz.plots._fit import finish
from cnnviz.plots._marks import colour
from cnnviz.results.unit_ablation import UnitAblation

VIEWS = ("score", "recall", "accuracy")


def views(result: UnitAblation) -> Views:  # noqa: ARG001 (what every plot takes)
    """Views of a result; each shows all units."""
    return {view: {} for view in VIEWS}


def plot(
    result: UnitAblation,
    view: str | None = None,
    *,
    ax: Axes | None = None,
    width: float = WIDTH,
) -> Axes:
    """Draw what changes without each unit.

    Parameters
    ----------
    result
        Ablated units.
    view
        ``"score"`` of each class on its clips, ``"recall"`` of each class, or ``"accuracy"``
        with its 95 % interval. None: the first.
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
    ax = axes_or_new(ax, width=width)
    if view == "accuracy":
        _accuracy(ax, result)
    else:
        _classes(ax, result, view)
    ax.set_ylabel("unit")
    return finish(ax)


def _classes(ax: Axes, result: UnitAblation, view: str) -> None:
    values = (result.score if view == "score" else result.recall).value
    limit = symmetric_limit(values)
    image = ax.imshow(
        values, aspect="auto", cmap=DIVERGING, vmin=-limit, vmax=limit, interpolation="nearest"
    )
    ax.set_xticks(range(len(result.class_names)), result.class_names, rotation=90)
    ax.set_title(f"{result.layer}: {view} of each class without a unit, less with it")
    add_colour_bar(ax, image, f"change of {view}")


def _accuracy(ax: Axes, result: UnitAblation) -> None:
    rows = np.arange(len(result.units))
    change = result.accuracy
    ax.hlines(rows, 100 * change.low, 100 * change.high, color="0.75", lw=1)
    ax.plot(100 * change.value, rows, ls="", marker=".", ms=4, color=colour(0))
    ax.axvline(0, color="0.5", lw=0.5)
    ax.set_xlabel("change of accuracy (%), bars: 95 % by resampling clips or groups")
    ax.set_title(f"{result.layer}: accuracy without a unit, less with it")
