"""Figures of invariances: every unit under each kind of change, and one kind by its amount."""

import numpy as np
from matplotlib.axes import Axes

from cnnviz.plots._axes import WIDTH, axes_or_new
from cnnviz.plots._choices import Views, check_choice, check_view
from cnnviz.plots._fit import finish
from cnnviz.plots._marks import GREY, add_legend, colour
from cnnviz.results.invariances import Invariances, LayerInvariances

_UNITS = {"gain": "gain (dB)", "pitch": "pitch shift (semitones)", "speed": "change of speed (%)"}
_LOWEST = -1.0
_N_OFFSETS = 9


def views(result: Invariances) -> Views:
    """Views of a result, with the layers that have units to show."""
    layers = tuple(one.layer for one in result.layers if np.isfinite(one.index).any())
    names = ("changes", *(name for name in _UNITS if name in result.families))
    return {view: {"layer": layers} for view in names} if layers else {}


def plot(
    result: Invariances,
    view: str | None = None,
    *,
    ax: Axes | None = None,
    width: float = WIDTH,
    layer: str | None = None,
) -> Axes:
    """Draw the invariance index of the units of a layer.

    Parameters
    ----------
    result
        Invariances.
    view
        ``"changes"``: each unit under each kind of change; ``"gain"``, ``"pitch"`` or
        ``"speed"``: median and quartiles of the units by how much it is. None: the first.
    ax
        Axes to draw into; None: new ones.
    width
        Inches of a new figure.
    layer
        Name of the layer; None: the first.

    Raises
    ------
    ParameterError
        If there is no such view or layer.
    """
    allowed = views(result)
    view = check_view(view, allowed, {"changes": "every unit answers all sounds alike"})
    name = check_choice("layer", layer, tuple(map(str, allowed[view]["layer"])))
    one = next(each for each in result.layers if each.layer == name)
    ax = axes_or_new(ax, width=width)
    ax.axhline(1, color="0.8", lw=0.5)
    ax.axhline(0, color="0.5", lw=0.5)
    if view == "changes":
        _changes(ax, result, one)
    else:
        _amounts(ax, result, one, view)
    ax.set_ylabel("invariance index")
    ax.set_title(f"{one.layer}: 1 the response stays, 0 as far off as another sound")
    return finish(ax)


def _changes(ax: Axes, result: Invariances, one: LayerInvariances) -> None:
    """A dot per unit, and grey bars over the medians of the twins."""
    handles, names = [], []
    for k, family in enumerate(result.family_names):
        values = result.of_family(one.index, family)
        offsets = (np.arange(len(values)) % _N_OFFSETS - _N_OFFSETS // 2) / (3 * _N_OFFSETS)
        shown = np.maximum(values, _LOWEST)
        dots = ax.plot(k + offsets, shown, ls="", marker=".", ms=3, color=colour(0))
        medians = _medians(result.of_family(one.twin_index, family))
        if len(medians):
            bar = ax.vlines(
                [k + 0.32], [max(medians.min(), _LOWEST) - 0.005], [max(medians.max(), _LOWEST)],
                color=GREY, lw=4,
            )  # fmt: skip
            handles, names = [dots[0], bar], ["units", "medians of untrained twins"]
    ax.set_xticks(range(len(result.family_names)), result.family_names)
    if handles:
        add_legend(ax, handles, names)


def _amounts(ax: Axes, result: Invariances, one: LayerInvariances, family: str) -> None:
    """Median and quartiles of the units, and the median of each twin."""
    chosen = np.array(result.families) == family
    amounts = result.amounts[chosen]
    values = np.maximum(one.index[:, chosen], _LOWEST)
    values = values[np.isfinite(values).all(1)]
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75], axis=0)
    for twin in one.twin_index:
        known = twin[:, chosen][np.isfinite(twin[:, chosen]).all(1)]
        if len(known):
            ax.plot(amounts, np.median(np.maximum(known, _LOWEST), 0), color=GREY, lw=0.8)
    ax.fill_between(amounts, low, high, color=colour(0), alpha=0.2, lw=0)
    ax.plot(amounts, middle, marker=".", color=colour(0))
    ax.set_xlabel(f"{_UNITS[family]}; band: quartiles of units; grey: untrained twins")


def _medians(values: np.ndarray) -> np.ndarray:
    """Median of each twin (twin, unit) that has one."""
    return np.array([np.nanmedian(row) for row in values if np.isfinite(row).any()])
