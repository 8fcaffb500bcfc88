"""Figures of reverse correlation: averages and Jacobians of units, and what they sum up to."""

from types import MappingProxyType

import numpy as np
from matplotlib.axes import Axes

from cnnviz.plots._axes import WIDTH, axes_or_new
from cnnviz.plots._choices import Views, check_choice, check_view
from cnnviz.plots._fit import finish
from cnnviz.plots._marks import GREY, add_legend, colour
from cnnviz.results.reverse_correlation import ReverseCorrelation, ReverseLayer

VIEWS = ("average", "spectrum", "effective_field", "complexity")
_NO_GRADIENT = "no gradient of its layers reaches the waveform"
_ABSENT = MappingProxyType(dict.fromkeys(VIEWS[1:], _NO_GRADIENT))
_FLOOR_DB = -50.0


def views(result: ReverseCorrelation) -> Views:
    """Views of a result, with their layers, and the units of the first such layer."""
    found = {"average": _choices(result.layers)}
    with_jacobians = [one for one in result.layers if one.jacobians is not None]
    if with_jacobians:
        layers = tuple(one.layer for one in with_jacobians)
        found |= {"spectrum": _choices(with_jacobians), "effective_field": {"layer": layers}}
    if any(len(_complexities(one)) for one in with_jacobians):
        found["complexity"] = {}
    return found


def plot(
    result: ReverseCorrelation,
    view: str | None = None,
    *,
    ax: Axes | None = None,
    width: float = WIDTH,
    layer: str | None = None,
    index: int | None = None,
) -> Axes:
    """Draw what a unit correlates with, or what the Jacobians of layers have in common.

    Parameters
    ----------
    result
        Reverse correlation.
    view
        ``"average"``: spike-triggered average and mean Jacobian of a unit over time;
        ``"spectrum"``: their power over frequency, beside the mean power of Jacobians;
        ``"effective_field"``: mean size of the gradient of a layer's units over time;
        ``"complexity"`` of the units of each layer.
    ax
        Axes to draw into; None: new ones.
    width
        Inches of a new figure.
    layer
        Name of a layer; None: the first that has the view.
    index
        Number of the unit; None: the first.

    Raises
    ------
    ParameterError
        If there is no such view, layer or unit.
    """
    view = check_view(view, views(result), _ABSENT)
    layers = [one for one in result.layers if view == "average" or one.jacobians is not None]
    ax = axes_or_new(ax, width=width)
    if view == "complexity":
        _draw_complexity(ax, layers)
        return finish(ax)
    name = check_choice("layer", layer, tuple(one.layer for one in layers))
    one = next(each for each in layers if each.layer == name)
    if view == "effective_field":
        _draw_field(ax, one, result.sample_rate)
        return finish(ax)
    unit = check_choice("index", index, range(one.n_units))
    draw = _draw_average if view == "average" else _draw_spectrum
    draw(ax, one, unit, result.sample_rate)
    return finish(ax)


def _choices(
    layers: "tuple[ReverseLayer, ...] | list[ReverseLayer]",
) -> dict[str, tuple[str, ...] | range]:
    return {"layer": tuple(one.layer for one in layers), "index": range(layers[0].n_units)}


def _milliseconds(one: ReverseLayer, sample_rate: float) -> np.ndarray:
    """Time of each tap before the last one that the cell sees, (tap,)."""
    return 1000 * (np.arange(one.n_taps) - one.n_taps + 1) / sample_rate


def _draw_average(ax: Axes, one: ReverseLayer, unit: int, sample_rate: float) -> None:
    times, averages = _milliseconds(one, sample_rate), one.averages
    lines = ax.plot(times, averages.kernels[unit], color=colour(0), lw=1.2)
    names = ["spike-triggered average"]
    if one.jacobians is not None:
        lines += ax.plot(times, one.jacobians.mean[unit], color=colour(1), lw=0.9, ls="--")
        names.append("mean Jacobian")
    ax.set_xlabel("time before the last audio sample that the unit sees (ms)")
    ax.set_ylabel("activation per unit amplitude")
    told = f"p {averages.p[unit]:.2g} among shuffled pairings"
    if not one.alive[unit]:
        told = "one value to all noise"
    ax.set_title(f"{one.layer}, unit {unit}: {told}")
    add_legend(ax, lines, names)


def _draw_spectrum(ax: Axes, one: ReverseLayer, unit: int, sample_rate: float) -> None:
    jacobians = one.jacobians
    assert jacobians is not None
    n_fft = 2 * (len(jacobians.frequencies) - 1)
    curves = {
        "spike-triggered average": _power(one.averages.kernels[unit], n_fft),
        "mean Jacobian": _power(jacobians.mean[unit], n_fft),
        "mean power of Jacobians": jacobians.power[unit].astype(np.float64),
    }
    top = max(float(curve.max()) for curve in curves.values()) or 1.0
    floor = top * 10 ** (_FLOOR_DB / 10)
    lines = [
        ax.plot(
            jacobians.frequencies,
            10 * np.log10(np.maximum(curve, floor) / top),
            color=colour(k),
            lw=1.0,
        )[0]
        for k, curve in enumerate(curves.values())
    ]
    ax.set_xlim(0, sample_rate / 2)
    ax.set_xlabel("frequency (Hz)")
    ax.set_ylabel("power re the largest (dB)")
    ax.set_title(f"{one.layer}, unit {unit}")
    add_legend(ax, lines, list(curves))


def _power(kernel: np.ndarray, n_fft: int) -> np.ndarray:
    return np.asarray(np.square(np.abs(np.fft.rfft(kernel.astype(np.float64), n_fft))))


def _draw_field(ax: Axes, one: ReverseLayer, sample_rate: float) -> None:
    """Each unit's profile re its sum, and their mean."""
    assert one.jacobians is not None
    times = _milliseconds(one, sample_rate)
    sums = one.jacobians.profile.sum(1, dtype=np.float64)
    known = sums > 0
    profiles = one.jacobians.profile[known] / sums[known, None] * sample_rate / 1000
    mean = profiles.mean(0) if known.any() else np.zeros(one.n_taps)
    if known.any():
        low, high = np.quantile(profiles, (0.1, 0.9), axis=0)
        ax.fill_between(times, low, high, color=GREY, alpha=0.5, lw=0)
    ax.plot(times, mean, color=colour(1), lw=1.2)
    ax.set_ylim(bottom=0)
    ax.set_xlabel("time before the last audio sample that a unit sees (ms)")
    ax.set_ylabel("share of the gradient (per ms)")
    ax.set_title(f"{one.layer}: mean size of the gradient; grey: 80 % of {int(known.sum())} units")


def _complexities(one: ReverseLayer) -> np.ndarray:
    assert one.jacobians is not None
    values = one.jacobians.complexity
    return np.asarray(values[np.isfinite(values)])


def _draw_complexity(ax: Axes, layers: list[ReverseLayer]) -> None:
    """Units as dots, layers side by side; medians of untrained twins as lines."""
    generator = np.random.default_rng(0)
    for place, one in enumerate(layers):
        values = _complexities(one)
        spread = place + 0.25 * generator.uniform(-1, 1, len(values))
        ax.plot(spread, values, ".", color=colour(1), ms=3)
        if one.twins is not None:
            ends = (place - 0.35, place + 0.35)
            ax.hlines(one.twins.complexity, *ends, color=GREY, lw=1)
    ax.set_xticks(range(len(layers)), [one.layer for one in layers])
    ax.set_ylabel("complexity (1: only gates)")
    ax.set_title("Jacobians of each unit; grey: medians of untrained twins")
