"""Weights of one filter: stems where it is one row of taps, else a plane."""

import numpy as np
from matplotlib.axes import Axes

from cnnviz.plots._axes import DIVERGING, add_colour_bar, cell_edges, symmetric_limit
from cnnviz.plots._marks import colour
from cnnviz.results import Bank

_MOST_DOTS = 160


def draw_kernel(ax: Axes, bank: Bank, index: int | None) -> None:
    """Draw the layer's own weights of a filter."""
    row = int(bank.order[0]) if index is None else index
    taps = bank.taps[row]  # (channel, time) or (channel, frequency, time)
    ax.set_title(f"{bank.layer}, filter {row}")
    times = _times(ax, bank.tap_seconds, taps.shape[-1])
    if taps.shape[0] == 1 and taps.ndim == 2:
        _stems(ax, times, taps[0])
        return
    plane = taps.sum(axis=0) if taps.ndim == 3 else taps
    if bank.channels is not None:
        plane = bank.channels.arranged(plane)
    limit = symmetric_limit(plane)
    image = ax.pcolormesh(
        cell_edges(times), np.arange(len(plane) + 1) - 0.5, plane, cmap=DIVERGING, vmin=-limit,
        vmax=limit, rasterized=True,
    )  # fmt: skip
    ax.set_ylabel(_plane_label(bank))
    add_colour_bar(ax, image, "weight")


def draw_taps(ax: Axes, bank: Bank, index: int | None) -> None:
    """Draw a filter's taps as seen at the waveform."""
    row = int(bank.order[0]) if index is None else index
    assert bank.responses is not None
    kernels = bank.responses.kernels
    ax.set_title(f"{bank.layer}, filter {row}, at the waveform")
    _stems(ax, _times(ax, kernels.seconds, kernels.taps.shape[1]), kernels.taps[row])


def _times(ax: Axes, seconds: np.ndarray | None, n: int) -> np.ndarray:
    """Places of the taps, and the label of their axis."""
    ax.set_xlabel("tap" if seconds is None else "time (ms)")
    return np.arange(n) if seconds is None else 1000 * seconds


def _stems(ax: Axes, times: np.ndarray, taps: np.ndarray) -> None:
    """Draw each tap as a line from zero; with a dot while there is room."""
    ax.axhline(0, color="0.5", lw=0.5)
    ax.vlines(times, 0, taps, color=colour(0), lw=0.8)
    dots = "o" if len(taps) <= _MOST_DOTS else ""
    ax.plot(times, taps, linestyle="", marker=dots, ms=1.8, color=colour(0))
    ax.set_ylabel("weight")


def _plane_label(bank: Bank) -> str:
    if bank.kind == "2d":
        return "frequency cell"
    if bank.channels is None:
        return "channel"
    return f"channel{' or pair' if bank.channels.n_pairs else ''}, by centre frequency"
