"""Figures of a network's layers: receptive fields, and how often channels are silent."""

import numpy as np
from matplotlib.axes import Axes

from cnnviz.errors import ParameterError
from cnnviz.grid import EXACT, UNKNOWN
from cnnviz.plots._axes import axes_or_new, check_view
from cnnviz.results import LayerStatistics

VIEWS = ("receptive_fields", "silence")
_INCHES_PER_LAYER = 0.28


def views(result: LayerStatistics) -> tuple[str, ...]:  # noqa: ARG001 (interface)
    """Names of the figures of a result."""
    return VIEWS


def plot(result: LayerStatistics, view: str | None = None, *, ax: Axes | None = None) -> Axes:
    """Draw how much sound each layer sees, or how often its channels are silent.

    Parameters
    ----------
    result
        Layer statistics.
    view
        ``"receptive_fields"`` or ``"silence"``.
    ax
        Axes to draw into; None: a new figure.

    Raises
    ------
    ParameterError
        If there is no such view, or nothing to draw in it.
    """
    view = check_view(view, VIEWS)
    if view == "silence":
        return _silence(axes_or_new(ax), result)
    height = 1.6 + _INCHES_PER_LAYER * len(result.layers)
    return _receptive_fields(axes_or_new(ax, size=(8.0, height)), result)


def _receptive_fields(ax: Axes, result: LayerStatistics) -> Axes:
    """Milliseconds one output sees; pale where only a bound is known."""
    fields = [(row.name, row.time_field) for row in result.layers if row.time_field is not None]
    known_fields = [(name, field) for name, field in fields if field.status != UNKNOWN]
    if not known_fields:
        raise ParameterError("no layer has a known receptive field; allowed: view='silence'")
    sizes = [1000 * field.size / result.sample_rate for _, field in known_fields]
    exact = [field.status == EXACT for _, field in known_fields]
    places = np.arange(len(known_fields))
    ax.barh(places, sizes, color=["C0" if e else "lightsteelblue" for e in exact])
    ax.set_yticks(places, [name for name, _ in known_fields])
    ax.invert_yaxis()
    clip = 1000 * result.n_samples / result.sample_rate
    ax.axvline(clip, color="0.4", linewidth=0.8, linestyle="--")
    ax.set_xlabel(f"receptive field (ms); dashed: the clip, {clip:,.0f} ms; pale: upper bound")
    ax.set_ylabel("layer")
    ax.set_title(f"{result.model_name}: {result.n_parameters:,} parameters", fontsize="medium")
    return ax


def _silence(ax: Axes, result: LayerStatistics) -> Axes:
    """Share of clips on which later layers see nothing of a channel, sorted in each layer."""
    if not result.channels:
        raise ParameterError("no layer was captured; allowed: view='receptive_fields'")
    for statistics in result.channels:
        shares = np.sort(100 * statistics.fraction_silent)[::-1]
        ax.plot(np.arange(1, len(shares) + 1), shares, ".-", label=statistics.layer)
    ax.set_ylim(-3, 103)
    ax.set_xlabel("channel (rank)")
    ax.set_ylabel("clips on which it is silent (%)")
    ax.legend(title="layer", fontsize="small")
    return ax
