"""Figures of concepts: their scores for classes, and how well a layer tells them."""

import numpy as np
from matplotlib.axes import Axes

from cnnviz.plots._axes import DIVERGING, WIDTH, add_colour_bar, axes_or_new
from cnnviz.plots._choices import Views, check_choice, check_view
from cnnviz.plots._fit import finish
from cnnviz.plots._marks import GREY, add_legend, colour
from cnnviz.results.concept_sensitivity import ConceptSensitivity, LayerConcepts

VIEWS = ("score", "accuracy")


def views(result: ConceptSensitivity) -> Views:
    """Views of a result, with its layers."""
    return {view: {"layer": tuple(one.layer for one in result.layers)} for view in VIEWS}


def plot(
    result: ConceptSensitivity,
    view: str | None = None,
    *,
    ax: Axes | None = None,
    width: float = WIDTH,
    layer: str | None = None,
) -> Axes:
    """Draw what concepts do at a layer.

    Parameters
    ----------
    result
        Concept sensitivity.
    view
        ``"score"`` of each concept for each class, a dot where it is told from random clips; or
        ``"accuracy"`` of the classifier behind each concept. None: the first.
    ax
        Axes to draw into; None: new ones.
    width
        Inches of a new figure.
    layer
        One of the result; None: the first.

    Raises
    ------
    ParameterError
        If there is no such view or layer.
    """
    view = check_view(view, views(result))
    names = tuple(one.layer for one in result.layers)
    shown = result.layers[names.index(check_choice("layer", layer, names))]
    ax = axes_or_new(ax, width=width)
    if view == "score":
        _scores(ax, result, shown)
    else:
        _accuracies(ax, result, shown)
    ax.set_yticks(range(len(result.concept_names)), result.concept_names)
    return finish(ax)


def _scores(ax: Axes, result: ConceptSensitivity, layer: LayerConcepts) -> None:
    image = ax.imshow(
        layer.score, aspect="auto", cmap=DIVERGING, vmin=0, vmax=1, interpolation="nearest"
    )
    rows, columns = np.nonzero(result.is_significant(layer))
    ax.plot(columns, rows, ls="", marker="o", ms=4, color="black", markeredgecolor="white")
    ax.set_xticks(range(len(result.class_names)), result.class_names, rotation=90)
    ax.set_title(f"{layer.layer}: TCAV scores; dots: FDR below {100 * result.level:.0f} %")
    add_colour_bar(ax, image, "share of clips whose score rises")


def _accuracies(ax: Axes, result: ConceptSensitivity, layer: LayerConcepts) -> None:
    rows = np.arange(len(result.concept_names))
    null = ax.plot(layer.accuracy_null, rows, ls="", marker="|", ms=12, color=GREY)
    own = ax.plot(layer.accuracy, rows, ls="", marker="o", color=colour(0))
    ax.set_xlim(0, 1.02)
    ax.set_xlabel("accuracy on sounds left out")
    ax.set_title(f"{layer.layer}: concepts told from random clips")
    add_legend(ax, [*null, *own], ["random clips in its place", "concept"])
