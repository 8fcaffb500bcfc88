"""Figures of a filter bank: the bank, its widths, its coverage, one filter, its modulation."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from matplotlib.axes import Axes

from cnnviz.dsp.coverage import summed_power
from cnnviz.dsp.scales import erb_hz
from cnnviz.errors import ParameterError
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
from cnnviz.results import FilterBank, FilterResponses

VIEWS = ("bank", "widths", "coverage", "response", "kernel", "modulation")
_RANGE_DB = 40.0
_NEEDS_RESPONSES = ("widths", "coverage", "response")


def views(result: FilterResponses) -> tuple[str, ...]:
    """Names of the figures of a result, as far as its first layer has them."""
    bank = result.banks[0]
    return tuple(view for view in VIEWS if view == "bank" or _has(bank, view))


def plot(
    result: FilterResponses,
    view: str | None = None,
    *,
    ax: Axes | None = None,
    layer: int = 0,
    index: int | None = None,
) -> Axes:
    """Draw one layer's filters.

    Parameters
    ----------
    result
        Filter responses.
    view
        ``"bank"``: levels of all filters, sorted by centre frequency (modulation where there is
        no response in Hz); ``"widths"``: bandwidth over centre, with that of human hearing;
        ``"coverage"``: summed power; ``"response"``: level of one filter; ``"kernel"``: its
        taps; ``"modulation"``: its modulation transfer.
    ax
        Axes to draw into; None: a new figure.
    layer
        Which bank of the result.
    index
        Which filter; None: the first in order of display (for ``"modulation"``: the mean).

    Raises
    ------
    ParameterError
        If there is no such view, layer or filter, or the layer has no such quantity.
    """
    view = check_view(view, VIEWS)
    bank = result.banks[check_index("layer", layer, len(result.banks))]
    if view == "bank" and not bank.frequencies.size:
        view = "modulation" if bank.modulation.size else "kernel"
    _check_has(bank, view)
    if index is not None:
        check_index("index", index, len(bank.order))
    ax = axes_or_new(ax)
    _DRAW[view](ax, bank, index)
    return ax


def _has(bank: FilterBank, view: str) -> bool:
    """Whether a bank has what a view shows."""
    if view in _NEEDS_RESPONSES:
        return bool(bank.frequencies.size)
    return view != "modulation" or bool(bank.modulation.size)


def _check_has(bank: FilterBank, view: str) -> None:
    if view in _NEEDS_RESPONSES and not _has(bank, view):
        raise ParameterError(
            f"view={view!r}; allowed for layer {bank.layer}: kernel, modulation; it has no "
            "response over frequency"
        )
    if not _has(bank, view):
        raise ParameterError(
            f"view='modulation'; allowed for layer {bank.layer}: {', '.join(VIEWS[:-1])}; its "
            "taps span no frequency axis"
        )


def _bank(ax: Axes, bank: FilterBank, index: int | None) -> None:
    del index
    levels = bank.magnitudes_db[bank.order].astype(np.float64)  # (filter, frequency)
    relative = levels - bank.table.peak_gain_db[bank.order, None]
    ranks = np.arange(len(levels) + 1) - 0.5
    image = ax.pcolormesh(
        cell_edges(bank.frequencies) / 1000, ranks, relative, vmin=-_RANGE_DB, vmax=0,
        cmap=SEQUENTIAL, rasterized=True,
    )  # fmt: skip
    ax.set_xlabel("frequency (kHz)")
    ax.set_ylabel("filter, by centre frequency")
    ax.set_title(f"{bank.layer}: {bank.description}", fontsize="medium")
    add_colour_bar(ax, image, "level re peak (dB)")


def _widths(ax: Axes, bank: FilterBank, index: int | None) -> None:
    del index
    table = bank.table
    for shape in dict.fromkeys(table.shape):
        chosen = np.array([name == shape for name in table.shape]) & (table.centre_hz > 0)
        ax.loglog(table.centre_hz[chosen], table.erb_hz[chosen], "o", ms=4, label=shape)
    hearing = np.geomspace(50, bank.frequencies[-1], 100)
    ax.loglog(hearing, erb_hz(hearing), "k--", lw=1, label="human hearing (ERB)")
    ax.set_xlabel("centre frequency (Hz)")
    ax.set_ylabel("equivalent rectangular bandwidth (Hz)")
    ax.legend(fontsize="small")


def _coverage(ax: Axes, bank: FilterBank, index: int | None) -> None:
    del index
    levels = 10 * np.log10(np.maximum(summed_power(bank.magnitudes_db), np.finfo(float).tiny))
    ax.plot(bank.frequencies / 1000, levels)
    ax.axhline(float(np.median(levels)) - 10, color="k", ls="--", lw=1, label="hole below")
    ax.set_xlabel("frequency (kHz)")
    ax.set_ylabel("summed power (dB)")
    ax.legend(fontsize="small")


def _response(ax: Axes, bank: FilterBank, index: int | None) -> None:
    row = int(bank.order[0]) if index is None else index
    levels = bank.magnitudes_db[row]
    ax.plot(bank.frequencies / 1000, levels)
    if np.isfinite(levels).any():
        ax.set_ylim(float(np.nanmax(levels)) - 1.5 * _RANGE_DB, float(np.nanmax(levels)) + 3)
    ax.set_xlabel("frequency (kHz)")
    ax.set_ylabel("level re unit gain (dB)")
    ax.set_title(f"{bank.layer}, filter {row}: {bank.table.shape[row]}", fontsize="medium")


def _kernel(ax: Axes, bank: FilterBank, index: int | None) -> None:
    row = int(bank.order[0]) if index is None else index
    taps = bank.taps[row]
    ax.set_title(f"{bank.layer}, filter {row}", fontsize="medium")
    known = bank.tap_seconds.size > 0
    times = bank.tap_seconds * 1000 if known else np.arange(taps.shape[-1])
    ax.set_xlabel("time (ms)" if known else "tap")
    if taps.shape[0] == 1 and taps.ndim == 2:
        ax.plot(times, taps[0])
        ax.set_ylabel("weight")
        return
    plane = taps.sum(axis=0) if taps.ndim == 3 else taps
    if bank.channel_order.size:
        plane = plane[bank.channel_order]
    limit = symmetric_limit(plane)
    image = ax.pcolormesh(
        cell_edges(times), np.arange(len(plane) + 1) - 0.5, plane, cmap=DIVERGING, vmin=-limit,
        vmax=limit, rasterized=True,
    )  # fmt: skip
    ax.set_ylabel(_plane_label(bank))
    add_colour_bar(ax, image, "weight")


def _plane_label(bank: FilterBank) -> str:
    if bank.kind == "2d":
        return "frequency cell"
    return "channel, by centre frequency" if bank.channel_order.size else "channel"


def _modulation(ax: Axes, bank: FilterBank, index: int | None) -> None:
    shown = bank.modulation.mean(axis=0) if index is None else bank.modulation[index]
    rates, scales = cell_edges(bank.rates), cell_edges(bank.scales)
    image = ax.pcolormesh(rates, scales, shown, cmap=SEQUENTIAL, vmin=0, rasterized=True)
    ax.set_xlabel(f"rate ({bank.rate_unit}); negative rises in frequency")
    where = f" at {bank.reference_hz:.0f} Hz" if bank.reference_hz else ""
    ax.set_ylabel(f"scale ({bank.scale_unit}{where})")
    who = "mean of all filters" if index is None else f"filter {index}"
    ax.set_title(f"{bank.layer}, {who}", fontsize="medium")
    add_colour_bar(ax, image, "magnitude re maximum")


_DRAW: Mapping[str, Callable[[Axes, FilterBank, int | None], None]] = MappingProxyType(
    {
        "bank": _bank,
        "widths": _widths,
        "coverage": _coverage,
        "response": _response,
        "kernel": _kernel,
        "modulation": _modulation,
    }
)
