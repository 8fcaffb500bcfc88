"""Figures of units: the excerpts that excite one, how selective and how sparse all are."""

from types import MappingProxyType

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import Normalize
from matplotlib.ticker import MaxNLocator

from cnnviz.plots._axes import SEQUENTIAL, WIDTH, add_colour_bar, axes_or_new
from cnnviz.plots._choices import Views, check_choice, check_view
from cnnviz.plots._fit import finish
from cnnviz.plots._marks import GREY, add_legend, colour
from cnnviz.results import LayerUnits, UnitExemplars

VIEWS = ("exemplars", "selectivity", "sparseness")
_ABSENT = MappingProxyType(
    {
        "exemplars": "no unit of the first layer responds to any clip more than to another",
        "selectivity": "fewer than two classes of clips are known",
        "sparseness": "no unit responds",
    }
)


def views(result: UnitExemplars) -> Views:
    """Views of a result, with the layers and the units of the first layer that have them."""
    with_clips = [one for one in result.layers if len(_units(one))]
    tested = tuple(one.layer for one in result.layers if _is_tested(one))
    return {
        **(
            {
                "exemplars": {
                    "layer": tuple(one.layer for one in with_clips),
                    "index": _units(with_clips[0]),
                }
            }
            if with_clips
            else {}
        ),
        **({"selectivity": {"layer": tested}} if tested else {}),
        **({"sparseness": {}} if any(np.isfinite(one.gini).any() for one in result.layers) else {}),
    }


def plot(
    result: UnitExemplars,
    view: str | None = None,
    *,
    ax: Axes | None = None,
    width: float = WIDTH,
    layer: str | None = None,
    index: int | None = None,
) -> Axes:
    """Draw the exemplars of a unit, or what the units of layers are like.

    Parameters
    ----------
    result
        Units and their exemplars.
    view
        ``"exemplars"``: where in the top, median and least clips a unit responds most, and how
        much; ``"selectivity"`` of the units of a layer beside permuted labels;
        ``"sparseness"`` of all layers. None: the first.
    ax
        Axes to draw into; None: new ones.
    width
        Inches of a new figure.
    layer
        A captured layer; None: the first that has the view.
    index
        A channel with exemplars; None: the one most worth a look.

    Raises
    ------
    ParameterError
        If there is no such view, layer or channel.
    """
    allowed = views(result)
    view = check_view(view, allowed, _ABSENT)
    if view == "sparseness":
        ax = axes_or_new(ax, width=width, n_rows=2 * len(result.layers))
        _sparseness(ax, result)
        return finish(ax)
    name = check_choice("layer", layer, [str(one) for one in allowed[view]["layer"]])
    units = next(one for one in result.layers if one.layer == name)
    if view == "exemplars":
        channel = check_choice("index", index, _units(units))
        ax = axes_or_new(ax, width=width, n_rows=units.exemplars.clip_index.shape[1])
        _exemplars(ax, result, units, channel)
    else:
        ax = axes_or_new(ax, width=width)
        _selectivity(ax, units)
    return finish(ax)


def _units(units: LayerUnits) -> tuple[int, ...]:
    """Channels with exemplars, those most worth a look first."""
    return tuple(int(c) for c in units.order if units.exemplars.clip_index[c, 0] >= 0)


def _is_tested(units: LayerUnits) -> bool:
    return units.selectivity is not None and bool(np.isfinite(units.selectivity.p).any())


def _exemplars(ax: Axes, result: UnitExemplars, units: LayerUnits, channel: int) -> None:
    """One row per clip: the receptive field in time, coloured by the response."""
    clips = units.exemplars
    rows = np.flatnonzero(clips.clip_index[channel] >= 0)
    values = clips.values[channel, rows]
    starts, stops = clips.starts[channel, rows], clips.stops[channel, rows]
    places = np.arange(len(rows))
    x = np.stack([starts, stops, stops, starts], axis=1)
    y = places[:, None] + np.array([-0.4, -0.4, 0.4, 0.4])
    limits = Normalize(min(0.0, float(values.min())), float(values.max()))
    bars = PolyCollection(
        list(np.stack([x, y], axis=2)),
        cmap=SEQUENTIAL,
        norm=limits,
        edgecolors=GREY,
        linewidths=0.5,
    )
    bars.set_array(values)
    ax.add_collection(bars)
    ax.autoscale_view()
    ax.set_yticks(places, [_row_name(result, units, channel, k) for k in rows.tolist()])
    ax.invert_yaxis()
    ax.set_xlim(0, None)
    ax.set_ylabel("clip (number, class)")
    ax.set_xlabel("receptive field of the largest response (s of the clip)")
    ax.set_title(f"{units.layer}, unit {channel}: clips it responds to", parse_math=False)
    add_colour_bar(ax, bars, "response (unit of the layer)")


def _row_name(result: UnitExemplars, units: LayerUnits, channel: int, k: int) -> str:
    clip, n_top = int(units.exemplars.clip_index[channel, k]), units.exemplars.n_top
    rank = f"top {k + 1}" if k < n_top else ("median", "least")[k - n_top]
    name = result.class_of(int(result.labels[clip]))
    return f"{rank}: clip {clip}" + (f", {name}" if name else "")


def _selectivity(ax: Axes, units: LayerUnits) -> None:
    """Index of each unit, the largest first, above the quantile of permuted labels."""
    found = units.selectivity
    assert found is not None
    tested = np.flatnonzero(np.isfinite(found.p))
    order = tested[np.argsort(-found.index[tested], kind="stable")]
    ranks, is_selective = np.arange(len(order)), found.is_selective[order]
    marks = [
        ax.scatter(ranks[is_some], found.index[order][is_some], s=12, color=tone, lw=0)
        for is_some, tone in ((is_selective, colour(1)), (~is_selective, GREY))
    ]
    (chance,) = ax.plot(ranks, found.null_quantile[order], color=colour(0), lw=1)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_ylim(0, 1)
    ax.set_xlabel("units by selectivity (rank)")
    ax.set_ylabel("class selectivity (index)")
    ax.set_title(f"{units.layer}: selectivity for one class", parse_math=False)
    names = ("selective, false discovery rate 5 %", "not", "95 % of permuted labels stay below")
    add_legend(ax, [*marks, chance], names)


def _sparseness(ax: Axes, result: UnitExemplars) -> None:
    """Quartiles by layer: of units over clips, and of clips over units."""
    places = np.arange(len(result.layers))
    lifetime = np.array([_quartiles(one.lifetime_sparseness) for one in result.layers])
    population = np.array([one.population_sparseness for one in result.layers])
    bars = [
        ax.errorbar(
            quartiles[:, 1],
            places + shift,
            xerr=np.abs(quartiles[:, [0, 2]] - quartiles[:, [1]]).T,
            fmt=shape,
            color=colour(k),
            ms=4,
            lw=1,
        )[0]
        for k, (shift, quartiles, shape) in enumerate(
            ((-0.15, lifetime, "o"), (0.15, population, "s"))
        )
    ]
    ax.set_yticks(places, [one.layer for one in result.layers])
    ax.invert_yaxis()
    ax.set_xlim(0, 1)
    ax.set_xlabel("sparseness (0: all respond alike, 1: one alone responds), quartiles")
    ax.set_ylabel("layer")
    ax.set_title("Sparseness of the largest response to each clip")
    add_legend(ax, bars, ("of a unit over clips", "of a clip over units"))


def _quartiles(values: np.ndarray) -> np.ndarray:
    known = values[np.isfinite(values)]
    return np.quantile(known, (0.25, 0.5, 0.75)) if len(known) else np.full(3, np.nan)
