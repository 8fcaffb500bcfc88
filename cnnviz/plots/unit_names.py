"""Figures of names of units: which words each tells apart, and how far it stands out."""

import numpy as np
from matplotlib.axes import Axes

from cnnviz.plots._axes import DIVERGING, WIDTH, add_colour_bar, axes_or_new
from cnnviz.plots._choices import Views, check_choice, check_view
from cnnviz.plots._fit import finish
from cnnviz.plots._marks import GREY, add_legend, colour
from cnnviz.results.unit_names import LayerNames, UnitNames, by_name, label_kinds

VIEWS = ("words", "scores")


def views(result: UnitNames) -> Views:
    """Views of a result, with the layers that each can show."""
    layers = {view: tuple(one.layer for one in _shown(result, view)) for view in VIEWS}
    return {view: {"layer": names} for view, names in layers.items() if names}


def plot(
    result: UnitNames,
    view: str | None = None,
    *,
    ax: Axes | None = None,
    width: float = WIDTH,
    layer: str | None = None,
) -> Axes:
    """Draw which words units tell apart, or how far the best word of each stands out.

    Parameters
    ----------
    result
        Names of units.
    view
        ``"words"``: area under the ROC curve of each unit and word; ``"scores"``: share of units
        by the score of their best word, beside untrained twins. None: the first.
    ax
        Axes to draw into; None: new ones.
    width
        Inches of a new figure.
    layer
        Name of a layer; None: the first.

    Raises
    ------
    ParameterError
        If there is no such view or layer.
    """
    allowed = views(result)
    view = check_view(view, allowed, {"scores": "no unit tells a word apart"})
    name = check_choice("layer", layer, [one.layer for one in _shown(result, view)])
    chosen = next(one for one in result.layers if one.layer == name)
    ax = axes_or_new(ax, width=width)
    if view == "words":
        _words(ax, result, chosen)
    else:
        _scores(ax, chosen)
    return finish(ax)


def _shown(result: UnitNames, view: str) -> tuple[LayerNames, ...]:
    """Layers that a view shows: scores only where a word is told apart."""
    return tuple(one for one in result.layers if view == "words" or np.isfinite(one.score).any())


def _words(ax: Axes, result: UnitNames, layer: LayerNames) -> None:
    order = by_name(layer)
    image = ax.imshow(
        layer.auroc[order], aspect="auto", cmap=DIVERGING, vmin=0, vmax=1, interpolation="nearest"
    )
    labels = label_kinds(result.families)
    ax.set_xticks(
        [at * len(result.words) - 0.5 for at, _ in labels], [label for _, label in labels]
    )
    ax.set_xlabel("word")
    ax.set_ylabel("unit, by name")
    ax.set_title(f"{layer.layer}: how well units tell words apart")
    add_colour_bar(ax, image, "area under ROC curve")


def _scores(ax: Axes, layer: LayerNames) -> None:
    every = [*layer.twin_scores, layer.score]
    for k, scores in enumerate(every):
        known = np.sort(scores[np.isfinite(scores)])
        heights = (len(scores) - np.arange(len(known))) / len(scores)
        ax.step(known, heights, color=colour(0) if k == len(every) - 1 else GREY, lw=1)
    shown = [(ax.lines[-1], "this network")]
    if len(every) > 1:
        shown.append((ax.lines[0], "untrained twins"))
    if np.isfinite(layer.limit):
        shown.append((ax.axvline(layer.limit, color="0.3", lw=0.8, ls="--"), "limit"))
    ax.set_xlabel("score of the best word (1: 95 % of untrained units lie below)")
    ax.set_ylabel("share of units at or above")
    ax.set_title(f"{layer.layer}: how far units stand out from untrained ones")
    add_legend(ax, [artist for artist, _ in shown], [name for _, name in shown])
