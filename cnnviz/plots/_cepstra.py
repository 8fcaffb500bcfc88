"""Kernels over cepstral coefficients as patterns over mel bands, one per place they lie on."""

import numpy as np
from matplotlib.axes import Axes

from cnnviz.dsp.cepstra import mel_patterns
from cnnviz.plots._axes import DIVERGING, add_colour_bar, symmetric_limit
from cnnviz.results import Bank

_MOST_PLACES, _MOST_TICKS = 8, 7


def draw_mel_pattern(ax: Axes, bank: Bank, index: int | None) -> None:
    """Draw the patterns of one filter beside each other, at up to eight places."""
    cepstra, row = bank.cepstra, int(bank.order[0]) if index is None else index
    assert cepstra is not None
    n_places = min(len(cepstra.offsets), _MOST_PLACES)
    chosen = np.rint(np.linspace(0, len(cepstra.offsets) - 1, n_places)).astype(int)
    offsets = cepstra.offsets[chosen]
    taps = bank.taps[row] if bank.kind == "1d" else bank.taps[row, 0]  # (coefficient, time)
    patterns = mel_patterns(taps, cepstra.basis, offsets, dilation=cepstra.dilation)
    gap = np.full((*patterns.shape[:2], 1), np.nan)
    rows = np.concatenate([patterns, gap], axis=2)  # (place, mel, time)
    beside = np.concatenate(list(rows), axis=1)[:, :-1]
    limit = symmetric_limit(np.nan_to_num(beside))
    image = ax.pcolormesh(beside, cmap=DIVERGING, vmin=-limit, vmax=limit, rasterized=True)
    width = patterns.shape[2]
    ax.set_xticks((width + 1) * np.arange(n_places) + width / 2, [str(q) for q in offsets])
    ax.set_xlabel("first coefficient under the kernel; time to the right of each")
    ticks = np.rint(np.linspace(0, len(cepstra.bands_hz) - 1, _MOST_TICKS)).astype(int)
    ax.set_yticks(ticks + 0.5, [f"{hertz:,.0f}" for hertz in cepstra.bands_hz[ticks]])
    ax.set_ylabel("mel band (Hz)")
    ax.set_title(f"{bank.layer}, filter {row}, over mel bands")
    add_colour_bar(ax, image, "output per unit of log-mel level")
