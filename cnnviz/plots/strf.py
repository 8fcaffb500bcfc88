"""Figures of spectro-temporal receptive fields: of a unit, and how well they predict."""

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from cnnviz.plots._axes import (
    DIVERGING,
    WIDTH,
    add_colour_bar,
    axes_or_new,
    cell_edges,
    symmetric_limit,
)
from cnnviz.plots._choices import Views, check_choice, check_view
from cnnviz.plots._fit import finish
from cnnviz.plots._marks import GREY, add_legend, colour
from cnnviz.results.strf import SpectroTemporalFields, UnitFields

_ABSENT = {"strf": "no unit's answers to held-out clips are predicted beyond chance"}
_MOST_TICKS, _SPREAD = 7, 0.25


def views(result: SpectroTemporalFields) -> Views:
    """Views of a result, with the layers of which a unit is shown, and those of the first."""
    found: dict[str, dict[str, tuple[str, ...] | tuple[int, ...]]] = {}
    shown = [one for one in result.layers if one.is_shown.any()]
    if shown:
        found["strf"] = {"layer": tuple(one.layer for one in shown), "index": _units(shown[0])}
    if any(np.isfinite(one.held_out_correlations).any() for one in result.layers):
        found["correlations"] = {}
    return found


def plot(
    result: SpectroTemporalFields,
    view: str | None = None,
    *,
    ax: Axes | None = None,
    width: float = WIDTH,
    layer: str | None = None,
    index: int | None = None,
) -> Axes:
    """Draw the receptive field of a unit, or held-out correlations of all units.

    Parameters
    ----------
    result
        Spectro-temporal receptive fields.
    view
        ``"strf"``: weights of a unit over frequency and time; ``"correlations"``: of predicted
        and measured answers to held-out clips, layer by layer. None: the first there is.
    ax
        Axes to draw into; None: new ones.
    width
        Inches of a new figure.
    layer
        Name of a layer; None: the first that has the view.
    index
        Number of a unit that has a receptive field; None: the first.

    Raises
    ------
    ParameterError
        If there is no such view or layer, or the unit has no receptive field beyond chance.
    """
    allowed = views(result)
    view = check_view(view, allowed, _ABSENT)
    ax = axes_or_new(ax, width=width)
    if view == "correlations":
        _draw_correlations(ax, result)
        return finish(ax)
    name = check_choice("layer", layer, tuple(map(str, allowed["strf"]["layer"])))
    one = next(each for each in result.layers if each.layer == name)
    _draw_field(ax, one, check_choice("index", index, _units(one)), result.spectrogram)
    return finish(ax)


def _units(one: UnitFields) -> tuple[int, ...]:
    return tuple(int(unit) for unit in np.flatnonzero(one.is_shown))


def _draw_field(ax: Axes, one: UnitFields, unit: int, spectrogram: str) -> None:
    kernel = one.kernels[unit][:, ::-1]  # (band, time)
    limit = symmetric_limit(kernel)
    times = cell_edges(-1000 * one.lags_seconds[::-1])
    rows = np.arange(len(one.frequencies) + 1)
    image = ax.pcolormesh(
        times, rows, kernel, cmap=DIVERGING, vmin=-limit, vmax=limit, rasterized=True
    )
    ticks = np.rint(np.linspace(0, len(one.frequencies) - 1, _MOST_TICKS)).astype(int)
    ax.set_yticks(ticks + 0.5, [f"{hertz:,.0f}" for hertz in one.frequencies[ticks]])
    ax.set_ylabel("frequency (Hz)")
    ax.set_xlabel(f"time re the latest frame that the unit sees (ms)\n{spectrogram}")
    r, chance = one.held_out_correlations[unit], one.chance_95[unit]
    ax.set_title(
        f"{one.layer}, unit {unit}: held-out r {r:.2f} (95 % of chance below {chance:.2f})",
        parse_math=False,
    )
    add_colour_bar(ax, image, "SD of the answer per SD of a cell")


def _draw_correlations(ax: Axes, result: SpectroTemporalFields) -> None:
    """Units as dots, beside what 95 % of chance stay below; medians of twins as lines."""
    generator = np.random.default_rng(0)
    parts: list[Artist] = []
    names = ("units", "95 % of chance, each unit", "medians of untrained twins")
    for place, one in enumerate(result.layers):
        spread = _SPREAD * generator.uniform(-1, 1, one.n_units)
        known = np.isfinite(one.held_out_correlations)
        (chance,) = ax.plot(
            place + spread[known], one.chance_95[known], ls="", marker="_", ms=3, color=colour(1)
        )
        (units,) = ax.plot(
            place + spread[known],
            one.held_out_correlations[known],
            ls="",
            marker=".",
            ms=4,
            color=colour(0),
        )
        parts = [units, chance]
        medians = [np.nanmedian(row) for row in one.twin_correlations if np.isfinite(row).any()]
        if medians:
            parts.append(ax.hlines(medians, place - 0.4, place + 0.4, color=GREY, lw=1))
    ax.set_xticks(range(len(result.layers)), [one.layer for one in result.layers])
    ax.set_ylabel("held-out correlation")
    ax.set_title("Answers predicted from a spectrogram")
    add_legend(ax, parts, names[: len(parts)])
