"""Figures of integration windows: by layer, and how context fades with duration."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import LogLocator, NullFormatter, ScalarFormatter

from cnnviz.dsp.integration import smoothed
from cnnviz.plots._axes import WIDTH, axes_or_new
from cnnviz.plots._choices import Views, check_choice, check_view
from cnnviz.plots._fit import finish
from cnnviz.plots._marks import GREY, add_legend, colour
from cnnviz.results.integration_windows import IntegrationWindows, LayerWindows

_N_OFFSETS = 9


def views(result: IntegrationWindows) -> Views:
    """Views of a result, with the layers that have units to show."""
    layers = tuple(one.layer for one in result.layers if np.isfinite(one.correlation).any())
    return {"windows": {}, "correlation": {"layer": layers}} if layers else {}


def plot(
    result: IntegrationWindows,
    view: str | None = None,
    *,
    ax: Axes | None = None,
    width: float = WIDTH,
    layer: str | None = None,
) -> Axes:
    """Draw integration windows, or the correlation between contexts over duration.

    Parameters
    ----------
    result
        Integration windows.
    view
        ``"windows"`` of all units, layer by layer; ``"correlation"`` of the units of a layer.
        None: the first.
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
    view = check_view(view, allowed, {"windows": "every unit answers all segments alike"})
    ax = axes_or_new(ax, width=width)
    if view == "windows":
        _windows(ax, result)
        return finish(ax)
    name = check_choice("layer", layer, tuple(map(str, allowed[view]["layer"])))
    _correlation(ax, result, next(each for each in result.layers if each.layer == name))
    return finish(ax)


def _windows(ax: Axes, result: IntegrationWindows) -> None:
    """A dot per unit, a rule at each receptive field; beyond the longest segment at the top."""
    top = 1.3 * result.durations_seconds[-1]
    dots = fields = None
    for k, one in enumerate(result.layers):
        values = one.window_seconds[~np.isnan(one.window_seconds)]
        offsets = (np.arange(len(values)) % _N_OFFSETS - _N_OFFSETS // 2) / (3 * _N_OFFSETS)
        (dots,) = ax.plot(
            k + offsets, 1000 * np.minimum(values, top), ls="", marker=".", ms=3, color=colour(0)
        )
        if np.isfinite(one.field_seconds):
            fields = ax.hlines(1000 * one.field_seconds, k - 0.3, k + 0.3, color=colour(1), lw=1.5)
    ax.set_yscale("log")
    _plain(ax.yaxis)
    ax.set_xticks(range(len(result.layers)), [one.layer for one in result.layers])
    ax.set_ylabel("integration window (ms)")
    ax.set_title(f"Segments from which on contexts correlate with {result.threshold:g} or more")
    shown = [(dots, "units"), (fields, "receptive field")]
    handles = {name: handle for handle, name in shown if handle is not None}
    add_legend(ax, handles.values(), list(handles))


def _correlation(ax: Axes, result: IntegrationWindows, one: LayerWindows) -> None:
    """Median and quartiles of the smoothed correlation over duration."""
    milliseconds = 1000 * result.durations_seconds
    curves = smoothed(one.correlation)
    curves = curves[np.isfinite(curves).all(1)]
    if len(curves):
        low, middle, high = np.quantile(curves, [0.25, 0.5, 0.75], axis=0)
        ax.fill_between(milliseconds, low, high, color=colour(0), alpha=0.2, lw=0)
        ax.plot(milliseconds, middle, marker=".", color=colour(0))
    ax.axhline(result.threshold, color=GREY, lw=0.8, ls="--")
    if np.isfinite(one.field_seconds):
        ax.axvline(1000 * one.field_seconds, color=colour(1), lw=0.8)
    ax.set_xscale("log")
    _plain(ax.xaxis)
    ax.set_xlabel("duration of segments (ms); upright: receptive field; band: quartiles of units")
    ax.set_ylabel("correlation between contexts")
    ax.set_title(f"{one.layer}: responses to the same segments between others")


def _plain(axis: Axis) -> None:
    """Ticks of a log axis at 1, 2 and 5 of each decade, as plain numbers."""
    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.set_major_formatter(ScalarFormatter())
    axis.set_minor_formatter(NullFormatter())
