"""Figures of a filter bank: all filters together, one filter, and its modulation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from matplotlib.axes import Axes

from cnnviz.dsp.coverage import measure_coverage
from cnnviz.plots._aliasing import draw_aliasing, draw_folded, has_zones
from cnnviz.plots._axes import SEQUENTIAL, WIDTH, add_colour_bar, axes_or_new, cell_edges
from cnnviz.plots._bank_views import (
    draw_centres,
    draw_cumulative,
    draw_likeness,
    draw_widths,
)
from cnnviz.plots._cepstra import draw_mel_pattern
from cnnviz.plots._choices import Views, check_choice, check_view
from cnnviz.plots._complex_pairs import draw_two_sided, has_pairs
from cnnviz.plots._drift import draw_drift, draw_spectral_drift, has_drift
from cnnviz.plots._fit import finish
from cnnviz.plots._kernels import draw_kernel, draw_taps
from cnnviz.plots._marks import add_legend, colour
from cnnviz.plots._modulation import draw_modulation, draw_untrained
from cnnviz.results import Bank, FilterResponses

_RANGE_DB = 40.0
_NO_RESPONSE = "it has no response over frequency"
_ABSENT = MappingProxyType(
    {
        **dict.fromkeys(("bank", "centres", "widths", "coverage", "response"), _NO_RESPONSE),
        **dict.fromkeys(("phase", "group_delay", "taps"), _NO_RESPONSE),
        **dict.fromkeys(("cumulative", "likeness"), _NO_RESPONSE),
        "modulation": "its taps span no frequency axis",
        "mel_pattern": "its kernels lie on no cepstral coefficients of the network's input",
        **dict.fromkeys(("aliasing", "folded"), "its stride folds nothing, or is not known"),
        "two_sided": "no filters of it are the real and imaginary parts of complex ones",
        "untrained": "it has no modulation of untrained filters",
        **dict.fromkeys(("drift", "spectral_drift"), "its weights before training are not known"),
    }
)


def views(result: FilterResponses) -> Views:
    """Views, with the layers that have them and the filters of the first of these."""
    found: dict[str, Mapping[str, tuple[str, ...] | range]] = {}
    for name, view in _VIEWS.items():
        banks = [bank for bank in result.banks if view.is_in(bank)]
        if banks:
            layers = tuple(bank.layer for bank in banks)
            index = {"index": range(len(banks[0].order))} if view.is_single else {}
            found[name] = {"layer": layers, **index}
    return found


def plot(
    result: FilterResponses,
    view: str | None = None,
    *,
    ax: Axes | None = None,
    width: float = WIDTH,
    layer: str | None = None,
    index: int | None = None,
) -> Axes:
    """Draw one layer's filters.

    Parameters
    ----------
    result
        Filter responses.
    view
        ``"bank"``: levels of all filters, sorted by centre frequency; ``"centres"``: these in
        order, with even steps on frequency scales; ``"widths"``: bandwidth over centre, with that
        of human hearing; ``"coverage"``: summed power; ``"cumulative"``: sums and the highest of
        the responses, with holes; ``"likeness"``: of the magnitudes of all pairs;
        ``"response"``, ``"phase"``, ``"group_delay"``: of one filter over frequency;
        ``"aliasing"``: share of each filter's energy per Nyquist zone of its output;
        ``"folded"``: one filter over frequencies of its output;
        ``"modulation"``: transfer over rate and scale, of one filter or the mean;
        ``"untrained"``: the mean of untrained twins; ``"kernel"``: one filter's weights;
        ``"taps"``: the same as seen at the waveform; ``"mel_pattern"``: of a kernel over
        cepstral coefficients, what it means over mel bands; ``"drift"``: centres before training
        against after; ``"spectral_drift"``: distance of spectra against the cosine of taps;
        ``"two_sided"``: complex filters, or pairs in quadrature as such, over frequencies of
        either sign. None: the first that the layer has.
    ax
        Axes to draw into; None: new ones.
    width
        Inches of a new figure.
    layer
        Name of a layer; None: the first that has the view.
    index
        Which filter; None: the first in order of display (for ``"modulation"``: the mean).

    Raises
    ------
    ParameterError
        If there is no such view, layer or filter, or the layer has no such quantity.
    """
    allowed = views(result)
    bank = _bank_of(result, view, layer)
    of_layer = {name: choices for name, choices in allowed.items() if _VIEWS[name].is_in(bank)}
    view = check_view(view, of_layer, _ABSENT)
    if index is not None:
        check_choice("index", index, range(len(bank.order)))
    ax = axes_or_new(ax, width=width)
    _VIEWS[view].draw(ax, bank, index)
    return finish(ax)


def _bank_of(result: FilterResponses, view: str | None, layer: str | None) -> Bank:
    """Bank of a layer; without one the first that has the view."""
    if layer is not None:
        layers = tuple(bank.layer for bank in result.banks)
        return result.banks[layers.index(check_choice("layer", layer, layers))]
    if view is None or view not in _VIEWS:
        return result.banks[0]
    return next((bank for bank in result.banks if _VIEWS[view].is_in(bank)), result.banks[0])


def _bank(ax: Axes, bank: Bank, _: int | None) -> None:
    assert bank.responses is not None
    levels = bank.responses.magnitudes_db[bank.order].astype(np.float64)  # (filter, frequency)
    relative = levels - bank.table.peak_gain_db[bank.order, None]
    ranks = np.arange(len(levels) + 1) - 0.5
    image = ax.pcolormesh(
        cell_edges(bank.responses.frequencies) / 1000, ranks, relative, vmin=-_RANGE_DB, vmax=0,
        cmap=SEQUENTIAL, rasterized=True,
    )  # fmt: skip
    ax.set_xlabel("frequency (kHz)")
    ax.set_ylabel("filter, by centre frequency")
    ax.set_title(f"{bank.layer}: {bank.description}")
    add_colour_bar(ax, image, "level re peak (dB)")


def _coverage(ax: Axes, bank: Bank, _: int | None) -> None:
    assert bank.responses is not None
    hertz = bank.responses.frequencies
    coverage = measure_coverage(bank.responses.magnitudes_db[~bank.table.dead], hertz)
    ax.plot(hertz / 1000, coverage.levels_db, color=colour(0), lw=1)
    limit = ax.axhline(coverage.limit_db, color="0.3", ls="--", lw=1)
    ax.set_xlabel("frequency (kHz)")
    ax.set_ylabel("summed power (dB)")
    ax.set_title(bank.layer)
    add_legend(ax, [limit], ["hole below"])


def _one(ax: Axes, bank: Bank, index: int | None) -> int:
    """Number of the one filter drawn over frequency, with its title and axis."""
    row = int(bank.order[0]) if index is None else index
    ax.set_xlabel("frequency (kHz)")
    ax.set_title(f"{bank.layer}, filter {row}: {bank.table.shape[row]}")
    return row


def _response(ax: Axes, bank: Bank, index: int | None) -> None:
    assert bank.responses is not None
    levels = bank.responses.magnitudes_db[_one(ax, bank, index)]
    ax.plot(bank.responses.frequencies / 1000, levels, color=colour(0), lw=1)
    if np.isfinite(levels).any():
        ax.set_ylim(float(np.nanmax(levels)) - 1.5 * _RANGE_DB, float(np.nanmax(levels)) + 3)
    ax.set_ylabel("level re unit gain (dB)")


def _phase(ax: Axes, bank: Bank, index: int | None) -> None:
    assert bank.responses is not None
    phases = bank.responses.phases[_one(ax, bank, index)]
    ax.plot(bank.responses.frequencies / 1000, phases, color=colour(0), lw=1)
    ax.set_ylabel("phase (rad)")


def _group_delay(ax: Axes, bank: Bank, index: int | None) -> None:
    assert bank.responses is not None
    delays = 1000 * bank.responses.group_delays[_one(ax, bank, index)]
    ax.plot(bank.responses.frequencies / 1000, delays, color=colour(0), lw=1)
    ax.set_ylabel("group delay (ms)")


def _has_response(bank: Bank) -> bool:
    return bank.responses is not None


def _has_modulation(bank: Bank) -> bool:
    return bank.modulation is not None


def _has_cepstra(bank: Bank) -> bool:
    return bank.cepstra is not None


def _has_untrained(bank: Bank) -> bool:
    twins = bank.untrained
    return bank.modulation is not None and twins is not None and twins.modulation is not None


@dataclass(frozen=True, slots=True)
class _View:
    """How a view is drawn, whether a bank has it, and whether it shows one filter."""

    draw: Callable[[Axes, Bank, int | None], None]
    is_in: Callable[[Bank], bool] = _has_response
    is_single: bool = False


_VIEWS: Mapping[str, _View] = MappingProxyType(
    {
        "bank": _View(_bank),
        "centres": _View(draw_centres),
        "widths": _View(draw_widths),
        "coverage": _View(_coverage),
        "cumulative": _View(draw_cumulative),
        "likeness": _View(draw_likeness),
        "response": _View(_response, is_single=True),
        "phase": _View(_phase, is_single=True),
        "group_delay": _View(_group_delay, is_single=True),
        "aliasing": _View(draw_aliasing, has_zones),
        "folded": _View(draw_folded, has_zones, is_single=True),
        "modulation": _View(draw_modulation, _has_modulation, is_single=True),
        "untrained": _View(draw_untrained, _has_untrained),
        "kernel": _View(draw_kernel, lambda _: True, is_single=True),
        "taps": _View(draw_taps, is_single=True),
        "drift": _View(draw_drift, has_drift),
        "spectral_drift": _View(draw_spectral_drift, has_drift),
        "two_sided": _View(draw_two_sided, has_pairs),
        "mel_pattern": _View(draw_mel_pattern, _has_cepstra, is_single=True),
    }
)
VIEWS = tuple(_VIEWS)
