"""Figures of a filter bank: the bank, its widths, its coverage, one filter, its modulation."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from matplotlib.axes import Axes

from cnnviz.dsp.coverage import measure_coverage
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
from cnnviz.results import Bank, FilterResponses, Modulation, Responses

VIEWS = ("bank", "widths", "coverage", "response", "kernel", "modulation")
_OF_RESPONSES = ("widths", "coverage", "response")
_RANGE_DB = 40.0


def views(result: FilterResponses) -> tuple[str, ...]:
    """Names of the figures of a result, as far as its first layer has them."""
    bank = result.banks[0]
    absent = {
        *(() if bank.responses is not None else _OF_RESPONSES),
        *(() if bank.modulation is not None else ("modulation",)),
    }
    return tuple(view for view in VIEWS if view not in absent)


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
    if view == "bank" and bank.responses is None:
        view = "modulation" if bank.modulation is not None else "kernel"
    if index is not None:
        check_index("index", index, len(bank.order))
    ax = axes_or_new(ax)
    _DRAW[view](ax, bank, index)
    return ax


def _responses_of(bank: Bank, view: str) -> Responses:
    if bank.responses is None:
        raise ParameterError(
            f"view={view!r}; allowed for layer {bank.layer}: kernel, modulation; it has no "
            "response over frequency"
        )
    return bank.responses


def _modulation_of(bank: Bank) -> Modulation:
    if bank.modulation is None:
        raise ParameterError(
            f"view='modulation'; allowed for layer {bank.layer}: {', '.join(VIEWS[:-1])}; its "
            "taps span no frequency axis"
        )
    return bank.modulation


def _bank(ax: Axes, bank: Bank, index: int | None) -> None:
    del index
    responses = _responses_of(bank, "bank")
    levels = responses.magnitudes_db[bank.order].astype(np.float64)  # (filter, frequency)
    relative = levels - bank.table.peak_gain_db[bank.order, None]
    ranks = np.arange(len(levels) + 1) - 0.5
    image = ax.pcolormesh(
        cell_edges(responses.frequencies) / 1000, ranks, relative, vmin=-_RANGE_DB, vmax=0,
        cmap=SEQUENTIAL, rasterized=True,
    )  # fmt: skip
    ax.set_xlabel("frequency (kHz)")
    ax.set_ylabel("filter, by centre frequency")
    ax.set_title(f"{bank.layer}: {bank.description}", fontsize="medium")
    add_colour_bar(ax, image, "level re peak (dB)")


def _widths(ax: Axes, bank: Bank, index: int | None) -> None:
    del index
    responses, table = _responses_of(bank, "widths"), bank.table
    for shape in dict.fromkeys(table.shape):
        has_shape = np.array([name == shape for name in table.shape]) & (table.centre_hz > 0)
        ax.loglog(table.centre_hz[has_shape], table.erb_hz[has_shape], "o", ms=4, label=shape)
    hearing = np.geomspace(50, responses.frequencies[-1], 100)
    ax.loglog(hearing, erb_hz(hearing), "k--", lw=1, label="human hearing (ERB)")
    ax.set_xlabel("centre frequency (Hz)")
    ax.set_ylabel("equivalent rectangular bandwidth (Hz)")
    ax.legend(fontsize="small")


def _coverage(ax: Axes, bank: Bank, index: int | None) -> None:
    del index
    responses = _responses_of(bank, "coverage")
    levels = responses.magnitudes_db[~bank.table.dead]
    coverage = measure_coverage(levels, responses.frequencies)
    ax.plot(responses.frequencies / 1000, coverage.levels_db)
    ax.axhline(coverage.limit_db, color="k", ls="--", lw=1, label="hole below")
    ax.set_xlabel("frequency (kHz)")
    ax.set_ylabel("summed power (dB)")
    ax.legend(fontsize="small")


def _response(ax: Axes, bank: Bank, index: int | None) -> None:
    row = int(bank.order[0]) if index is None else index
    responses = _responses_of(bank, "response")
    levels = responses.magnitudes_db[row]
    ax.plot(responses.frequencies / 1000, levels)
    if np.isfinite(levels).any():
        ax.set_ylim(float(np.nanmax(levels)) - 1.5 * _RANGE_DB, float(np.nanmax(levels)) + 3)
    ax.set_xlabel("frequency (kHz)")
    ax.set_ylabel("level re unit gain (dB)")
    ax.set_title(f"{bank.layer}, filter {row}: {bank.table.shape[row]}", fontsize="medium")


def _kernel(ax: Axes, bank: Bank, index: int | None) -> None:
    row = int(bank.order[0]) if index is None else index
    taps = bank.taps[row]
    ax.set_title(f"{bank.layer}, filter {row}", fontsize="medium")
    seconds = bank.tap_seconds
    times = np.arange(taps.shape[-1]) if seconds is None else 1000 * seconds
    ax.set_xlabel("tap" if seconds is None else "time (ms)")
    if taps.shape[0] == 1 and taps.ndim == 2:
        ax.plot(times, taps[0])
        ax.set_ylabel("weight")
        return
    plane = taps.sum(axis=0) if taps.ndim == 3 else taps
    if bank.channels is not None:
        plane = plane[bank.channels.index]
    limit = symmetric_limit(plane)
    image = ax.pcolormesh(
        cell_edges(times), np.arange(len(plane) + 1) - 0.5, plane, cmap=DIVERGING, vmin=-limit,
        vmax=limit, rasterized=True,
    )  # fmt: skip
    ax.set_ylabel(_plane_label(bank))
    add_colour_bar(ax, image, "weight")


def _plane_label(bank: Bank) -> str:
    if bank.kind == "2d":
        return "frequency cell"
    return "channel" if bank.channels is None else "channel, by centre frequency"


def _modulation(ax: Axes, bank: Bank, index: int | None) -> None:
    transfer = _modulation_of(bank)
    values = transfer.values.mean(axis=0) if index is None else transfer.values[index]
    rates, scales = cell_edges(transfer.rates), cell_edges(transfer.scales)
    image = ax.pcolormesh(rates, scales, values, cmap=SEQUENTIAL, vmin=0, rasterized=True)
    ax.set_xlabel(f"rate ({transfer.rate_unit}); negative rises in frequency")
    where = f" at {transfer.reference_hz:.0f} Hz" if transfer.reference_hz else ""
    ax.set_ylabel(f"scale ({transfer.scale_unit}{where})")
    who = "mean of all filters" if index is None else f"filter {index}"
    ax.set_title(f"{bank.layer}, {who}", fontsize="medium")
    add_colour_bar(ax, image, "magnitude re maximum")


_DRAW: Mapping[str, Callable[[Axes, Bank, int | None], None]] = MappingProxyType(
    {
        "bank": _bank,
        "widths": _widths,
        "coverage": _coverage,
        "response": _response,
        "kernel": _kernel,
        "modulation": _modulation,
    }
)
