"""Figures of feature maps: channels over time, or one channel over frequency and time."""

import numpy as np
from matplotlib.axes import Axes

from cnnviz.plots._axes import (
    DIVERGING,
    SEQUENTIAL,
    add_colour_bar,
    axes_or_new,
    cell_edges,
    check_index,
    check_view,
    symmetric_limit,
)
from cnnviz.results import FeatureMaps, LayerMaps

_N_LABELS = 8


def views(result: FeatureMaps) -> tuple[str, ...]:
    """Names of the figures of a result: its layers."""
    return tuple(layer.layer for layer in result.layers)


def plot(
    result: FeatureMaps,
    view: str | None = None,
    *,
    ax: Axes | None = None,
    clip: int = 0,
    channel: int = 0,
) -> Axes:
    """Draw what a layer answered to a clip, at the times its receptive fields are centred on.

    Parameters
    ----------
    result
        Feature maps.
    view
        Name of the layer; None: the first.
    ax
        Axes to draw into; None: a new figure.
    clip
        Which of the clips kept, from 0.
    channel
        Channel shown of a layer that has a frequency axis; other layers show all, sorted.

    Raises
    ------
    ParameterError
        If there is no such layer, clip or channel.
    """
    name = check_view(view, views(result))
    layer = next(layer for layer in result.layers if layer.layer == name)
    check_index("clip", clip, len(layer.maps))
    ax = axes_or_new(ax)
    if layer.maps.ndim == 3:
        _channels(ax, layer, clip)
    else:
        check_index("channel", channel, layer.maps.shape[1])
        _one_channel(ax, layer, clip, channel)
    ax.set_xlabel("time (s)")
    return ax


def _channels(ax: Axes, layer: LayerMaps, clip: int) -> None:
    maps = layer.maps[clip][layer.order]  # (channel, time)
    _draw(ax, maps, cell_edges(layer.grid.times), np.arange(len(maps) + 1) - 0.5)
    rows = np.unique(np.linspace(0, len(maps) - 1, min(_N_LABELS, len(maps))).round().astype(int))
    if len(layer.channel_centre_hz) == len(maps):
        centres = layer.channel_centre_hz[layer.order][rows]
        ax.set_yticks(rows, [f"{hz:,.0f}" if np.isfinite(hz) else "none" for hz in centres])
        ax.set_ylabel("channel by centre frequency (Hz)")
    else:
        ax.set_yticks(rows, [str(channel) for channel in layer.order[rows]])
        ax.set_ylabel("channel (number)")
    ax.set_title(f"{layer.layer}: {len(maps)} channels", fontsize="medium")


def _one_channel(ax: Axes, layer: LayerMaps, clip: int, channel: int) -> None:
    maps = layer.maps[clip, channel]  # (frequency, time)
    is_hertz = len(layer.grid.frequencies) == len(maps)
    rows = layer.grid.frequencies if is_hertz else np.arange(len(maps), dtype=float)
    _draw(ax, maps, cell_edges(layer.grid.times), cell_edges(rows))
    ax.set_ylabel("frequency (Hz)" if is_hertz else "frequency cell (number)")
    ax.set_title(f"{layer.layer}, channel {channel}", fontsize="medium")


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
