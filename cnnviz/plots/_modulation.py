"""Modulation transfer over rate and scale, of filters and of their untrained twins."""

import numpy as np
from matplotlib.axes import Axes

from cnnviz.plots._axes import SEQUENTIAL, add_colour_bar, cell_edges
from cnnviz.results import Bank, Modulation


def draw_modulation(ax: Axes, bank: Bank, index: int | None) -> None:
    """Draw the transfer of one filter, or the mean of all."""
    transfer = bank.modulation
    assert transfer is not None
    values = transfer.values.mean(axis=0) if index is None else transfer.values[index]
    who = "mean of all filters" if index is None else f"filter {index}"
    _draw(ax, transfer, values, f"{bank.layer}, {who}")


def draw_untrained(ax: Axes, bank: Bank, _: int | None) -> None:
    """Draw the mean transfer of the untrained twins."""
    assert bank.modulation is not None
    assert bank.untrained is not None
    assert bank.untrained.modulation is not None
    _draw(ax, bank.modulation, bank.untrained.modulation, f"{bank.layer}, mean of untrained twins")


def _draw(ax: Axes, transfer: Modulation, values: np.ndarray, title: str) -> None:
    rates, scales = cell_edges(transfer.rates), cell_edges(transfer.scales)
    image = ax.pcolormesh(rates, scales, values, cmap=SEQUENTIAL, vmin=0, rasterized=True)
    ax.set_xlabel(f"rate ({transfer.rate_unit}); {transfer.negative_rates}")
    where = f" at {transfer.reference_hz:.0f} Hz" if transfer.reference_hz else ""
    ax.set_ylabel(f"scale ({transfer.scale_unit}{where})")
    ax.set_title(title)
    add_colour_bar(ax, image, "magnitude re maximum")
