"""Figures of feature maps: channels over time, or frequency over time."""

from types import MappingProxyType

import numpy as np
from matplotlib.axes import Axes

from cnnviz.plots._axes import (
    DIVERGING,
    SEQUENTIAL,
    WIDTH,
    add_colour_bar,
    axes_or_new,
    cell_edges,
    symmetric_limit,
)
from cnnviz.plots._choices import Views, check_choice, check_view
from cnnviz.plots._fit import finish
from cnnviz.results import FeatureMaps, LayerMaps
from cnnviz.results.feature_maps import largest

VIEWS = ("channels", "frequency")
_ABSENT = MappingProxyType({"frequency": "no layer of it has a frequency axis"})
_N_LABELS = 8


def views(result: FeatureMaps) -> Views:
    """Views, with their layers, clips, and the channels of the first such layer."""
    clips = tuple(result.clip_index.tolist())
    with_frequency = [layer for layer in result.layers if layer.maps.ndim == 4]
    found: Views = {"channels": {"layer": _names(result.layers), "clip": clips}}
    if not with_frequency:
        return found
    index = range(with_frequency[0].maps.shape[1])
    choices = {"layer": _names(with_frequency), "clip": clips, "index": index}
    return {**found, "frequency": choices}


def plot(
    result: FeatureMaps,
    view: str | None = None,
    *,
    ax: Axes | None = None,
    width: float = WIDTH,
    layer: str | None = None,
    clip: int | None = None,
    index: int | None = None,
) -> Axes:
    """Draw what a layer answered to a clip, at the times its receptive fields are centred on.

    Parameters
    ----------
    result
        Feature maps.
    view
        ``"channels"``: all of them over time, sorted by centre frequency (the largest value over
        frequency where there is such an axis); ``"frequency"``: frequency over time.
    ax
        Axes to draw into; None: new ones.
    width
        Inches of a new figure.
    layer
        Name of a layer; None: the first that has the view.
    clip
        A clip of `clip_index`, by its number in the run; None: the first.
    index
        Channel whose frequencies are drawn; None: the largest value over the channels.

    Raises
    ------
    ParameterError
        If there is no such view, layer, clip or channel.
    """
    allowed = views(result)
    view = check_view(view, allowed, _ABSENT)
    candidates = [one for one in result.layers if view == "channels" or one.maps.ndim == 4]
    name = check_choice("layer", layer, _names(candidates))
    drawn = next(one for one in candidates if one.layer == name)
    clips = result.clip_index.tolist()
    maps = drawn.maps[clips.index(check_choice("clip", clip, clips))]
    ax = axes_or_new(ax, width=width)
    if view == "channels":
        _channels(ax, drawn, maps if maps.ndim == 2 else largest(maps, 1))
    else:
        if index is not None:
            check_choice("index", index, range(len(maps)))
        _frequencies(ax, drawn, maps, index)
    ax.set_xlabel("time (s)")
    return finish(ax)


def _names(layers: "tuple[LayerMaps, ...] | list[LayerMaps]") -> tuple[str, ...]:
    return tuple(layer.layer for layer in layers)


def _channels(ax: Axes, layer: LayerMaps, maps: np.ndarray) -> None:
    """Draw (channel, time), sorted."""
    maps = maps[layer.order]
    _draw(ax, maps, cell_edges(layer.grid.times), np.arange(len(maps) + 1) - 0.5)
    rows = np.unique(np.linspace(0, len(maps) - 1, min(_N_LABELS, len(maps))).round().astype(int))
    if len(layer.channel_centre_hz) == len(maps):
        centres = layer.channel_centre_hz[layer.order][rows]
        ax.set_yticks(rows, [f"{hz:,.0f}" if np.isfinite(hz) else "none" for hz in centres])
        ax.set_ylabel("channel by centre frequency (Hz)")
    else:
        ax.set_yticks(rows, [str(channel) for channel in layer.order[rows]])
        ax.set_ylabel("channel (number)")
    over = " (largest over frequency)" if layer.maps.ndim == 4 else ""
    ax.set_title(f"{layer.layer}: {len(maps)} channels{over}")


def _frequencies(ax: Axes, layer: LayerMaps, maps: np.ndarray, index: int | None) -> None:
    """Draw (channel, frequency, time) of one channel, or the largest of all."""
    plane = largest(maps, 0) if index is None else maps[index]  # (frequency, time)
    is_hertz = len(layer.grid.frequencies) == len(plane)
    rows = layer.grid.frequencies if is_hertz else np.arange(len(plane), dtype=float)
    _draw(ax, plane, cell_edges(layer.grid.times), cell_edges(rows))
    ax.set_ylabel("frequency (Hz)" if is_hertz else "frequency cell (number)")
    who = "largest over channels" if index is None else f"channel {index}"
    ax.set_title(f"{layer.layer}, {who}")


def _draw(ax: Axes, maps: np.ndarray, times: np.ndarray, rows: np.ndarray) -> None:
    """Signed maps on a diverging scale about zero, others on a sequential one."""
    limit = symmetric_limit(maps)
    signed = bool((maps < 0).any())
    mesh = ax.pcolormesh(
        times,
        rows,
        maps,
        cmap=DIVERGING if signed else SEQUENTIAL,
        vmin=-limit if signed else 0.0,
        vmax=limit,
        rasterized=True,
    )
    add_colour_bar(ax, mesh, "activation (unit of the layer)")
