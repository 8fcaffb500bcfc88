"""Figures of band importance: curves of a class over frequency, and its map from the onset."""

import numpy as np
from matplotlib.axes import Axes

from cnnviz.dsp.scales import erb_number
from cnnviz.plots._axes import (
    DIVERGING,
    WIDTH,
    add_colour_bar,
    axes_or_new,
    cell_edges,
    symmetric_limit,
)
from cnnviz.plots._choices import Views, check_choice, check_view
from cnnviz.plots._fit import finish
from cnnviz.plots._marks import GREY, add_legend, colour
from cnnviz.results.frequency_importance import FrequencyImportance
from cnnviz.results.method_words import method_words

VIEWS = ("curves", "map")
_TICKS_HZ = (0, 100, 250, 500, 1000, 2000, 4000, 8000, 16000)


def views(result: FrequencyImportance) -> Views:
    """Views of a result, with the classes that each can draw, by their place in the result."""
    drawn = {view: {"index": rows} for view, rows in _classes(result).items()}
    return {view: arguments for view, arguments in drawn.items() if arguments["index"]}


def plot(
    result: FrequencyImportance,
    view: str | None = None,
    *,
    ax: Axes | None = None,
    width: float = WIDTH,
    index: int | None = None,
) -> Axes:
    """Draw what the bands do to the score of one class.

    Parameters
    ----------
    result
        Frequency importance.
    view
        ``"curves"``: importance and ablation with their 95 % intervals, and energy; ``"map"``:
        mean relevance over time and frequency, clips aligned by their onset. None: the first.
    ax
        Axes to draw into; None: new ones.
    width
        Inches of a new figure.
    index
        Place of the class in `class_names`; None: the first.

    Raises
    ------
    ParameterError
        If there is no such view or class.
    """
    view = check_view(view, views(result), {"map": "no clip has a clear onset"})
    row = check_choice("index", index, _classes(result)[view])
    ax = axes_or_new(ax, width=width)
    (_curves if view == "curves" else _map)(ax, result, row)
    return finish(ax)


def _classes(result: FrequencyImportance) -> dict[str, tuple[int, ...]]:
    """Classes that each view can draw."""
    rows: tuple[int, ...] = tuple(np.flatnonzero(result.n_aligned).tolist())
    return {"curves": tuple(range(len(result.class_names))), "map": rows}


def _curves(ax: Axes, result: FrequencyImportance, row: int) -> None:
    """Both curves in units of the score, and energy as steps as high as the highest of them."""
    edges = erb_number(result.edges_hz)
    centres = (edges[1:] + edges[:-1]) / 2
    handles, top = [], 0.0
    for k, curves in enumerate((result.importance, result.ablation)):
        (line,) = ax.plot(centres, curves.mean[row], marker=".", ms=4, lw=1, color=colour(k))
        ax.fill_between(
            centres, curves.low[row], curves.high[row], color=colour(k), alpha=0.2, lw=0
        )
        handles.append(line)
        top = max(top, symmetric_limit(curves.mean[row]))
    energy = result.energy[row]
    steps = ax.stairs(top * energy / (energy.max() or 1.0), edges, color=GREY, zorder=0)
    ax.axhline(0, color="0.5", linewidth=0.5)
    ticks = [hertz for hertz in _TICKS_HZ if hertz <= result.edges_hz[-1]]
    ax.set_xticks(erb_number(np.array(ticks)), [f"{hertz:,}" for hertz in ticks])
    ax.set_xlabel("frequency (Hz)")
    ax.set_ylabel("change of the score (its unit)")
    ax.set_title(f"{result.class_names[row]}: {_of(result, row)}")
    names = ["relevance in the band", "fall without the band", "energy (scaled)"]
    add_legend(ax, [*handles, steps], names)


def _of(result: FrequencyImportance, row: int) -> str:
    return (
        f"{method_words(result.method)}, mean over {result.n_clips[row]} clips, agreement "
        f"{result.agreement[row]:.2f}, of energy {result.energy_agreement[row]:.2f}"
    )


def _map(ax: Axes, result: FrequencyImportance, row: int) -> None:
    plane = result.maps[row]  # (band, time)
    limit = symmetric_limit(plane)
    edges = erb_number(result.edges_hz)
    mesh = ax.pcolormesh(
        cell_edges(result.times),
        edges,
        plane,
        cmap=DIVERGING,
        vmin=-limit,
        vmax=limit,
        rasterized=True,
    )
    ticks = [hertz for hertz in _TICKS_HZ if hertz <= result.edges_hz[-1]]
    ax.set_yticks(erb_number(np.array(ticks)), [f"{hertz:,}" for hertz in ticks])
    ax.axvline(0, color="0.5", linewidth=0.5)
    ax.set_xlabel("time from the onset (s)")
    ax.set_ylabel("frequency (Hz)")
    ax.set_title(
        f"{result.class_names[row]}: mean relevance of {result.n_aligned[row]} clips aligned by "
        "their onset"
    )
    add_colour_bar(ax, mesh, "relevance (unit of the score per cell)")
