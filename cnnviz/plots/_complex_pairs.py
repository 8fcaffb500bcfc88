"""Complex filters over frequencies of either sign."""

import numpy as np
from matplotlib.axes import Axes

from cnnviz.plots._axes import SEQUENTIAL, add_colour_bar, cell_edges
from cnnviz.results import Bank

_RANGE_DB = 40.0


def has_pairs(bank: Bank) -> bool:
    """Whether filters of it are parts of complex ones."""
    return bank.pairs is not None


def draw_two_sided(ax: Axes, bank: Bank, _: int | None) -> None:
    """Draw levels of all pairs re their peaks, in the order of their real parts."""
    pairs = bank.pairs
    assert pairs is not None
    rank = np.argsort(bank.order)  # of each filter
    order = np.argsort(rank[pairs.first], kind="stable")
    levels = pairs.magnitudes_db[order]
    image = ax.pcolormesh(
        cell_edges(pairs.frequencies) / 1000,
        np.arange(len(levels) + 1) - 0.5,
        levels - levels.max(axis=1, keepdims=True),
        vmin=-_RANGE_DB,
        vmax=0,
        cmap=SEQUENTIAL,
        rasterized=True,
    )
    ax.axvline(0, color="0.5", lw=0.5)
    ax.set_xlabel("frequency (kHz)")
    ax.set_ylabel("pair, by centre frequency")
    ax.set_title(f"{bank.layer}: {pairs.source}")
    add_colour_bar(ax, image, "level re peak (dB)")
