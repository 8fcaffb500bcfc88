"""Figures of tuning to tones: one unit, a whole layer, and theory beside measurement."""

import numpy as np
from matplotlib.axes import Axes

from cnnviz.dsp.tuning import DEPTH_DB, below_peak, decibels
from cnnviz.plots._axes import SEQUENTIAL, WIDTH, add_colour_bar, axes_or_new, cell_edges
from cnnviz.plots._choices import Views, check_choice, check_view
from cnnviz.plots._fit import finish
from cnnviz.plots._marks import add_legend, colour, line
from cnnviz.results.tone_tuning import LayerTuning, ToneTuning

VIEWS = ("layer", "unit", "levels", "thresholds", "theory")


def views(result: ToneTuning) -> Views:
    """Views of a result, with the layers and units that each can show."""
    layers = tuple(one.layer for one in result.layers)
    units = tuple(range(len(result.layers[0].best_hz)))
    computed = tuple(one.layer for one in result.layers if one.computed is not None)
    found: dict[str, dict[str, tuple[int, ...] | tuple[str, ...]]] = {
        "layer": {"layer": layers},
        "unit": {"index": units},
        "levels": {"index": units},
        "thresholds": {"index": units},
    }
    return {**found, **({"theory": {"layer": computed}} if computed else {})}


def plot(
    result: ToneTuning,
    view: str | None = None,
    *,
    ax: Axes | None = None,
    width: float = WIDTH,
    layer: str | None = None,
    index: int | None = None,
) -> Axes:
    """Draw responses to tones.

    Parameters
    ----------
    result
        Tuning to tones.
    view
        ``"layer"``: all units of a layer over frequency; ``"unit"``: one unit measured, and what
        its weights give; ``"levels"``: one unit over frequency and level; ``"thresholds"``: its
        threshold curve; ``"theory"``: differences of measured to computed curves of a layer.
        Units are of the first layer.
    ax
        Axes to draw into; None: new ones.
    width
        Inches of a new figure.
    layer, index
        Which layer, or which unit; None: the first.

    Raises
    ------
    ParameterError
        If there is no such view, layer or unit.
    """
    allowed = views(result)
    view = check_view(view, allowed, {"theory": "no response could be computed"})
    ax = axes_or_new(ax, width=width)
    if view in ("layer", "theory"):
        names = allowed[view]["layer"]
        chosen = check_choice("layer", layer, [str(name) for name in names])
        one = next(found for found in result.layers if found.layer == chosen)
        (_layer if view == "layer" else _theory)(ax, result, one)
    else:
        one = result.layers[0]
        unit = check_choice("index", index, range(len(one.best_hz)))
        {"unit": _unit, "levels": _levels, "thresholds": _thresholds}[view](ax, result, one, unit)
    return finish(ax)


def _layer(ax: Axes, result: ToneTuning, one: LayerTuning) -> None:
    """All units by best frequency, each re its own peak."""
    curves = below_peak(decibels(one.responses[one.order, :, result.reference]))
    edges = 2 ** cell_edges(np.log2(result.frequencies))
    rows = np.arange(len(curves) + 1) - 0.5
    mesh = ax.pcolormesh(edges, rows, curves, cmap=SEQUENTIAL, vmin=-DEPTH_DB, vmax=0)
    mesh.set_rasterized(True)
    ax.set_xscale("log")
    ax.set_xlabel("frequency of the tone (Hz)")
    ax.set_ylabel("unit (rank of best frequency)")
    ax.set_title(f"{one.reading}: response to tones of {result.reference_db:g} dBFS")
    add_colour_bar(ax, mesh, "response re the unit's peak (dB)")


def _unit(ax: Axes, result: ToneTuning, one: LayerTuning, unit: int) -> None:
    """Measured, and what the weights give, aligned by the median."""
    measured = below_peak(decibels(one.responses[unit, :, result.reference]))
    handles = [ax.plot(result.frequencies, measured, color=colour(0), ls=line(0))[0]]
    names = ["measured"]
    if one.computed is not None:
        computed = below_peak(one.computed.levels_db[unit])
        handles += ax.plot(result.frequencies, computed, color=colour(1), ls=line(1))
        names.append("computed from the weights")
    ax.set_xscale("log")
    ax.set_ylim(-DEPTH_DB - 1, 2)
    ax.set_xlabel("frequency of the tone (Hz)")
    ax.set_ylabel("level re the peak (dB)")
    ax.set_title(f"{one.reading}, unit {unit}, {result.reference_db:g} dBFS")
    add_legend(ax, handles, names)


def _levels(ax: Axes, result: ToneTuning, one: LayerTuning, unit: int) -> None:
    """Response over frequency and level."""
    values = one.responses[unit].T  # (level, frequency)
    edges = 2 ** cell_edges(np.log2(result.frequencies))
    mesh = ax.pcolormesh(edges, cell_edges(result.levels_db), values, cmap=SEQUENTIAL, vmin=0)
    mesh.set_rasterized(True)
    ax.set_xscale("log")
    ax.set_xlabel("frequency of the tone (Hz)")
    ax.set_ylabel("level (dBFS)")
    ax.set_title(f"{one.reading}, unit {unit}")
    add_colour_bar(ax, mesh, "response (unit of the layer)")


def _thresholds(ax: Axes, result: ToneTuning, one: LayerTuning, unit: int) -> None:
    """Levels at which a tenth of the largest response is reached."""
    ax.plot(result.frequencies, one.thresholds_db[unit], color=colour(0), marker=".", ms=3)
    ax.set_xscale("log")
    ax.set_xlim(result.frequencies[0], result.frequencies[-1])
    ax.set_ylim(result.levels_db[0] - 2, result.levels_db[-1] + 2)
    ax.set_xlabel("frequency of the tone (Hz)")
    ax.set_ylabel("threshold (dBFS)")
    ax.set_title(f"{one.reading}, unit {unit}: a tenth of its largest response")


def _theory(ax: Axes, result: ToneTuning, one: LayerTuning) -> None:  # noqa: ARG001 (as its twin)
    """Differences to the own computed curve and to those of other units, each in order."""
    assert one.computed is not None
    shown = {
        "own computed curve": one.computed.difference_db,
        "own, behind a threshold": one.computed.threshold_difference_db,
        "curves of other units": one.computed.other_difference_db,
    }
    handles = [
        ax.plot(np.sort(values), color=colour(k), ls=line(k))[0]
        for k, values in enumerate(shown.values())
    ]
    ax.set_ylim(bottom=0)
    ax.set_xlabel("unit (rank of the difference)")
    ax.set_ylabel("difference of measured tuning (dB)")
    ax.set_title(one.reading)
    add_legend(ax, handles, list(shown), title="to")
