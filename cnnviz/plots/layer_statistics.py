"""Figures of a network's layers: receptive fields, and what their channels did on the clips."""

from types import MappingProxyType

import numpy as np
from matplotlib.axes import Axes

from cnnviz.grid import EXACT, UNKNOWN, ReceptiveField
from cnnviz.plots._axes import WIDTH, axes_or_new
from cnnviz.plots._choices import Views, check_choice, check_view
from cnnviz.plots._fit import finish
from cnnviz.plots._marks import GREY, N_LINES, add_legend, colour, line, marker
from cnnviz.results import ChannelStatistics, LayerStatistics

VIEWS = ("receptive_fields", "silence", "channels")
_ABSENT = MappingProxyType(
    {
        "receptive_fields": "no layer has a known receptive field",
        "silence": "no layer was captured of which it is known what later ones hear",
        "channels": "no layer was captured",
    }
)


def views(result: LayerStatistics) -> Views:
    """Views of a result, with the captured layers that each can show."""
    layers = {view: tuple(one.layer for one in _channels_of(result, view)) for view in VIEWS[1:]}
    return {
        **({"receptive_fields": {}} if _known(result) else {}),
        **{view: {"layer": names} for view, names in layers.items() if names},
    }


def plot(
    result: LayerStatistics,
    view: str | None = None,
    *,
    ax: Axes | None = None,
    width: float = WIDTH,
    layer: str | None = None,
) -> Axes:
    """Draw how much sound each layer sees, or what its channels did on the clips.

    Parameters
    ----------
    result
        Layer statistics.
    view
        ``"receptive_fields"``; ``"silence"``: share of clips on which channels are silent;
        ``"channels"``: root mean square, mean and maximum of each channel of a layer.
    ax
        Axes to draw into; None: new ones.
    width
        Inches of a new figure.
    layer
        A captured layer; None: all of them for ``"silence"``, else the first.

    Raises
    ------
    ParameterError
        If there is no such view or layer, or nothing to draw in it.
    """
    allowed = views(result)
    view = check_view(view, allowed, _ABSENT)
    if view == "receptive_fields":
        fields = _known(result)
        ax = axes_or_new(ax, width=width, height=0, n_rows=len(fields) + 1)
        _receptive_fields(ax, result, fields)
        return finish(ax)
    ax = axes_or_new(ax, width=width)
    shown = _channels_of(result, view)
    names = tuple(one.layer for one in shown)
    chosen = names.index(check_choice("layer", layer, names))
    if view == "channels":
        _channels(ax, shown[chosen])
    else:
        _silence(ax, shown if layer is None else (shown[chosen],))
    return finish(ax)


def _channels_of(result: LayerStatistics, view: str) -> tuple[ChannelStatistics, ...]:
    """Captured layers that a view shows: silence only where it is known what is heard."""
    return tuple(
        one
        for one in result.channels
        if view == "channels" or np.isfinite(one.fraction_silent).any()
    )


def _known(result: LayerStatistics) -> dict[str, ReceptiveField]:
    """Receptive fields over time that are known, at least as a bound."""
    fields = {row.name: row.time_field for row in result.layers if row.time_field is not None}
    return {name: field for name, field in fields.items() if field.status != UNKNOWN}


def _receptive_fields(ax: Axes, result: LayerStatistics, fields: dict[str, ReceptiveField]) -> None:
    """Milliseconds one output sees; pale where only a bound is known."""
    sizes = [1000 * field.size / result.sample_rate for field in fields.values()]
    exact = [field.status == EXACT for field in fields.values()]
    places = np.arange(len(fields))
    ax.barh(places, sizes, color=[(colour(0), 1.0 if e else 0.4) for e in exact])
    ax.set_yticks(places, list(fields))
    ax.set_ylim(len(fields) - 0.4, -0.6)
    clip = 1000 * result.n_samples / result.sample_rate
    ax.axvline(clip, color="0.4", linewidth=0.8, linestyle="--")
    ax.set_xlabel(f"receptive field (ms); dashed: the clip, {clip:,.0f} ms; pale: upper bound")
    ax.set_ylabel("layer")
    ax.set_title(f"{result.model_name}: {result.n_parameters:,} parameters")


def _silence(ax: Axes, shown: tuple[ChannelStatistics, ...]) -> None:
    """Share of clips on which later layers see nothing of a channel, sorted in each layer.

    Of many layers those with the most silence are named, the others grey.
    """
    by_silence = sorted(shown, key=lambda one: -float(np.nanmean(one.fraction_silent)))
    named = [one for one in shown if one in by_silence[:N_LINES]]
    for one in shown:
        shares = np.sort(100 * one.fraction_silent)[::-1]
        k = named.index(one) if one in named else None
        look = {"color": GREY, "zorder": 1} if k is None else {"color": colour(k), "ls": line(k)}
        ax.plot(np.arange(1, len(shares) + 1), shares, lw=1, label=one.layer, **look)
    ax.set_ylim(-3, 103)
    ax.set_xlabel("channel (rank)")
    ax.set_ylabel("clips on which it is silent (%)")
    handles = [drawn for drawn in ax.lines if drawn.get_label() in {one.layer for one in named}]
    add_legend(ax, handles, [one.layer for one in named], title="layer")


def _channels(ax: Axes, one: ChannelStatistics) -> None:
    """Draw what each channel gave, over its number."""
    measures = {"maximum": one.maximum, "root mean square": one.rms, "mean": one.mean}
    handles = [
        ax.plot(values, ls="", marker=marker(k), ms=2.5, color=colour(k), label=name)[0]
        for k, (name, values) in enumerate(measures.items())
    ]
    ax.set_xlabel("channel (number)")
    ax.set_ylabel("activation (unit of the layer)")
    ax.set_title(f"{one.layer}, over all clips")
    add_legend(ax, handles, list(measures))
