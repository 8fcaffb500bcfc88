"""Figures of responses under policies: one unit under each, and how far a layer's are off."""

import numpy as np
from matplotlib.axes import Axes

from cnnviz.dsp.tuning import DEPTH_DB
from cnnviz.plots._axes import WIDTH, axes_or_new
from cnnviz.plots._choices import Views, check_choice, check_view
from cnnviz.plots._fit import finish
from cnnviz.plots._marks import GREY, add_legend, colour, line
from cnnviz.results.path_responses import POLICIES, LayerPaths, PathResponses, PolicyCurves

_LOWEST = 1e-30


def views(result: PathResponses) -> Views:
    """Views of a result, with the layers and units that each can show."""
    layers = tuple(one.layer for one in result.layers if one.best is not None)
    n_units = min(len(one.measured) for one in result.layers)
    if not layers:
        return {}
    return {
        "unit": {"layer": layers, "index": tuple(range(n_units))},
        "policies": {"layer": layers},
    }


def plot(
    result: PathResponses,
    view: str | None = None,
    *,
    ax: Axes | None = None,
    width: float = WIDTH,
    layer: str | None = None,
    index: int | None = None,
) -> Axes:
    """Draw responses under policies.

    Parameters
    ----------
    result
        Responses under policies, and measured.
    view
        ``"unit"``: one unit measured, and under each policy; ``"policies"``: differences of all
        units of a layer to the measurement, under each policy.
    ax
        Axes to draw into; None: new ones.
    width
        Inches of a new figure.
    layer, index
        Which layer, and which unit of it; None: the first.

    Raises
    ------
    ParameterError
        If there is no such view, layer or unit.
    """
    allowed = views(result)
    view = check_view(view, allowed, {"unit": "no response could be computed"})
    name = check_choice("layer", layer, tuple(map(str, allowed[view]["layer"])))
    one = next(each for each in result.layers if each.layer == name)
    ax = axes_or_new(ax, width=width)
    if view == "unit":
        unit = check_choice("index", index, range(len(one.measured)))
        _unit(ax, result, one, unit)
    else:
        _policies(ax, one)
    return finish(ax)


def _style(one: PolicyCurves) -> tuple[str, str]:
    """Colour and line of a policy, the same in every figure; the last is black."""
    place = list(POLICIES).index(one.policy)
    return ("black", "-") if place == len(POLICIES) - 1 else (colour(place), line(place))


def _unit(ax: Axes, result: PathResponses, one: LayerPaths, unit: int) -> None:
    """Each curve re its own peak."""
    measured = 20 * np.log10(np.maximum(one.measured[unit], _LOWEST))
    curves = [measured, *(each.levels_db[unit] for each in one.policies)]
    shown = [np.maximum(curve - curve.max(), -DEPTH_DB) for curve in curves]
    handles = ax.plot(result.frequencies, shown[0], color=GREY, lw=3.0)
    for each, curve in zip(one.policies, shown[1:], strict=True):
        ink, dashes = _style(each)
        handles += ax.plot(result.frequencies, curve, color=ink, ls=dashes)
    ax.set_xscale("log")
    ax.set_ylim(-DEPTH_DB - 1, 2)
    ax.set_xlabel("frequency of the tone (Hz)")
    ax.set_ylabel("level re the peak (dB)")
    ax.set_title(f"{one.reading}, unit {unit}, {result.level_db:g} dBFS")
    names = ["measured", *(each.policy for each in one.policies)]
    add_legend(ax, handles, names, title="policy")


def _policies(ax: Axes, one: LayerPaths) -> None:
    """Differences in order under each policy, and those of the best to other units."""
    handles = []
    for each in one.policies:
        ink, dashes = _style(each)
        handles += ax.plot(np.sort(each.difference_db), color=ink, ls=dashes)
    names = [each.policy for each in one.policies]
    if one.best is not None and np.isfinite(one.best.other_difference_db).any():
        handles += ax.plot(np.sort(one.best.other_difference_db), color=GREY)
        names.append(f"{one.best.policy}, other units")
    ax.set_ylim(bottom=0)
    ax.set_xlabel("unit (rank of the difference)")
    ax.set_ylabel("difference of measured tuning (dB)")
    ax.set_title(one.reading)
    add_legend(ax, handles, names, title="policy")
