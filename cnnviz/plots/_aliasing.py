"""What a stride folds together: energy per Nyquist zone of the output, and one folded response."""

import numpy as np
from matplotlib.axes import Axes

from cnnviz.dsp.aliasing import fold, zone_shares
from cnnviz.plots._axes import SEQUENTIAL, add_colour_bar
from cnnviz.plots._marks import add_legend, colour
from cnnviz.results import Bank

_MOST_ZONES = 5
_RANGE_DB = 60.0


def has_zones(bank: Bank) -> bool:
    """Whether the stride folds anything."""
    return bank.stride is not None and bank.stride > 1


def draw_aliasing(ax: Axes, bank: Bank, _: int | None) -> None:
    """Draw the share of each filter's energy in each zone, filters in order of display."""
    assert bank.responses is not None
    assert bank.stride is not None
    shares = zone_shares(bank.responses.kernels.taps[bank.order], bank.stride)  # (filter, zone)
    edges = np.linspace(0, bank.responses.frequencies[-1], bank.stride + 1) / 1000
    ranks = np.arange(len(shares) + 1) - 0.5
    image = ax.pcolormesh(
        edges, ranks, shares, vmin=0, vmax=1, cmap=SEQUENTIAL, rasterized=True
    )  # fmt: skip
    ax.set_xlabel("frequency (kHz)")
    ax.set_ylabel("filter, by centre frequency")
    ax.set_title(f"{bank.layer}: Nyquist zones of {1000 * edges[1]:,.0f} Hz")
    add_colour_bar(ax, image, "share of energy")


def draw_folded(ax: Axes, bank: Bank, index: int | None) -> None:
    """Draw the gains of the strongest zones of one filter over frequencies of the output."""
    assert bank.responses is not None
    assert bank.stride is not None
    row = int(bank.order[0]) if index is None else index
    taps = bank.responses.kernels.taps[row : row + 1]
    folded = fold(taps, 2 * float(bank.responses.frequencies[-1]), bank.stride, n_steps=512)
    strongest = np.argsort(-zone_shares(taps, bank.stride)[0], kind="stable")[:_MOST_ZONES]
    levels = 20 * np.log10(np.maximum(folded.gains[0], np.finfo(float).tiny))  # (zone, n)
    handles, names = [], []
    for k, zone in enumerate(sorted(strongest)):
        handles += ax.plot(folded.frequencies, levels[zone], color=colour(k), lw=1)
        low, high = sorted(folded.branches_hz[zone, [0, -1]] / 1000)
        names.append(f"{low:.3g}-{high:.3g} kHz")
    top = float(levels[strongest].max())
    ax.set_ylim(top - _RANGE_DB, top + 3)
    ax.set_xlabel("frequency in the output (Hz)")
    ax.set_ylabel("level re unit gain (dB)")
    ax.set_title(f"{bank.layer}, filter {row}: folded by its stride")
    add_legend(ax, handles, names)
