"""Figures of modulation transfer: curves of units, and best rates beside untrained twins."""

from types import MappingProxyType

import numpy as np
from matplotlib.axes import Axes

from cnnviz.plots._axes import SEQUENTIAL, WIDTH, add_colour_bar, axes_or_new
from cnnviz.plots._choices import Views, check_choice, check_view
from cnnviz.plots._fit import finish
from cnnviz.plots._marks import GREY, add_legend, colour
from cnnviz.results.modulation_transfer import ModulationTransfer, UnitModulation

VIEWS = ("transfer", "best_rates", "frequency_modulation")
_ABSENT = MappingProxyType(
    {
        "transfer": "no layer was measured",
        "best_rates": "no unit has a best rate",
        "frequency_modulation": "no frequency modulation was heard",
    }
)


def views(result: ModulationTransfer) -> Views:
    """Views of a result, with the layers that each can show."""
    shown = {
        "transfer": [one for one in result.layers if len(one.carrier_hz)],
        "best_rates": [one for one in result.layers if one.is_measured.any()],
        "frequency_modulation": [one for one in result.layers if len(one.deviations)],
    }
    return {view: {"layer": tuple(o.layer for o in some)} for view, some in shown.items() if some}


def plot(
    result: ModulationTransfer,
    view: str | None = None,
    *,
    ax: Axes | None = None,
    width: float = WIDTH,
    layer: str | None = None,
) -> Axes:
    """Draw how the units of a layer follow modulation.

    Parameters
    ----------
    result
        Modulation transfer.
    view
        ``"transfer"``: each unit over the rate of amplitude modulation, sorted by carrier;
        ``"best_rates"``: how many units follow each rate best, beside untrained twins;
        ``"frequency_modulation"``: median over units for each deviation. None: the first.
    ax
        Axes to draw into; None: new ones.
    width
        Inches of a new figure.
    layer
        A measured layer; None: the first.

    Raises
    ------
    ParameterError
        If there is no such view or layer.
    """
    allowed = views(result)
    view = check_view(view, allowed, _ABSENT)
    name = check_choice("layer", layer, tuple(map(str, allowed[view]["layer"])))
    one = next(each for each in result.layers if each.layer == name)
    ax = axes_or_new(ax, width=width)
    {"transfer": _transfer, "best_rates": _best_rates, "frequency_modulation": _fm}[view](ax, one)
    return finish(ax)


def _transfer(ax: Axes, one: UnitModulation) -> None:
    order = np.argsort(one.carrier_hz, kind="stable")
    rates = np.arange(len(one.rates_hz))
    mesh = ax.pcolormesh(
        rates, np.arange(len(order)), one.transfer[order], cmap=SEQUENTIAL, vmin=0, rasterized=True
    )
    add_colour_bar(ax, mesh, "depth out / depth in")
    ax.set_xticks(rates, [f"{rate:.3g}" for rate in one.rates_hz])
    ax.set_xlabel("rate of amplitude modulation (Hz)")
    ax.set_ylabel("unit, by its carrier")
    ax.set_title(f"{one.reading}: modulation transfer")


def _best_rates(ax: Axes, one: UnitModulation) -> None:
    edges = _edges(one.rates_hz)
    twins = np.array([_counts(row, edges) for row in one.twin_best_rate_hz])
    own = ax.stairs(_counts(one.best_rate_hz, edges), edges, color=colour(0), lw=1.5)
    handles, names = [own], ["the network"]
    if len(twins):
        handles.append(
            ax.stairs(twins.max(axis=0), edges, baseline=twins.min(axis=0), fill=True, color=GREY)
        )
        names.append("untrained twins, fewest to most")
        own.set_zorder(3)
    ax.set_xscale("log")
    ax.set_xlabel("best rate of amplitude modulation (Hz)")
    ax.set_ylabel("units")
    ax.set_title(f"{one.reading}: best rates")
    add_legend(ax, handles, names)


def _fm(ax: Axes, one: UnitModulation) -> None:
    handles, names = [], []
    for k, deviation in enumerate(one.deviations):
        for style, values, what in (("-", one.fm_transfer, ""), ("--", one.fm_second, ", twice")):
            median = _medians(values[:, k])
            drawn = ax.plot(one.rates_hz, median, style, color=colour(k), marker=".", lw=1)
            handles += drawn
            names.append(f"{100 * deviation:g} %{what}")
    ax.set_xscale("log")
    ax.set_xlabel("rate of frequency modulation (Hz); dashed: component at twice the rate")
    ax.set_ylabel("depth of the activation, median")
    ax.set_title(f"{one.reading}: frequency modulation")
    add_legend(ax, handles, names, title="largest shift of the carrier")


def _medians(values: np.ndarray) -> np.ndarray:
    """Median over units that have a number, (rate,)."""
    known = np.isfinite(values).any(axis=0)
    medians = np.full(values.shape[1], np.nan)
    medians[known] = np.nanmedian(values[:, known], axis=0)
    return medians


def _edges(rates_hz: np.ndarray) -> np.ndarray:
    """Half-way between rates in octaves."""
    octaves = np.log2(rates_hz)
    if len(octaves) == 1:
        return np.asarray(rates_hz[0] * np.array([0.8, 1.25]))
    middles = (octaves[1:] + octaves[:-1]) / 2
    ends = 2 * octaves[[0, -1]] - middles[[0, -1]]
    return np.asarray(2 ** np.concatenate([ends[:1], middles, ends[1:]]))


def _counts(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    return np.histogram(values[np.isfinite(values)], edges)[0]
