"""Figures of distortion: click responses, harmonics, sweeps and two tones."""

from types import MappingProxyType

import numpy as np
from matplotlib.axes import Axes

from cnnviz.plots._axes import DIVERGING, WIDTH, add_colour_bar, axes_or_new, symmetric_limit
from cnnviz.plots._choices import Views, check_choice, check_view
from cnnviz.plots._fit import finish
from cnnviz.plots._marks import add_legend, colour
from cnnviz.results.distortion import Distortion, UnitDistortion

VIEWS = ("clicks", "harmonics", "two_tones", "sweep")
_ABSENT = MappingProxyType(
    {
        "clicks": "no layer was measured",
        "harmonics": "no unit has harmonics",
        "two_tones": "no pair of tones was heard",
        "sweep": "no layer has a cell per audio sample",
    }
)


def views(result: Distortion) -> Views:
    """Views of a result, with the layers that each can show."""
    shown = {
        "clicks": [one for one in result.layers if one.click_responses.size],
        "harmonics": [one for one in result.layers if np.isfinite(one.harmonics).any()],
        "two_tones": [one for one in result.layers if np.isfinite(one.suppression_db).any()],
        "sweep": [one for one in result.layers if one.sweep is not None],
    }
    return {view: {"layer": tuple(o.layer for o in some)} for view, some in shown.items() if some}


def plot(
    result: Distortion,
    view: str | None = None,
    *,
    ax: Axes | None = None,
    width: float = WIDTH,
    layer: str | None = None,
) -> Axes:
    """Draw how the units of a layer answer clicks and tones.

    Parameters
    ----------
    result
        Distortion.
    view
        ``"clicks"``: half the difference of the responses to either sign, each unit re its
        largest; ``"harmonics"``: amplitudes re the fundamental; ``"two_tones"``: median over
        units of the response beside a second tone; ``"sweep"``: energy of harmonic orders re the
        linear one. None: the first.
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
    draw = {"clicks": _clicks, "harmonics": _harmonics, "two_tones": _two_tones, "sweep": _sweep}
    draw[view](ax, one)
    return finish(ax)


def _clicks(ax: Axes, one: UnitDistortion) -> None:
    odd = (one.click_responses[:, 0] - one.click_responses[:, 1]) / 2
    order = np.argsort(one.tone_hz, kind="stable")
    tops = np.abs(odd).max(axis=1, keepdims=True)
    shown = (odd / np.where(tops > 0, tops, 1.0))[order]
    ax.set_xlabel("time from the click to the end of the receptive field (ms)")
    ax.set_ylabel("unit, by its best tone")
    ax.set_title(f"{one.reading}: click responses, half the difference of both signs")
    mesh = ax.pcolormesh(
        1000 * one.click_seconds,
        np.arange(len(shown)),
        shown,
        cmap=DIVERGING,
        vmin=-1,
        vmax=1,
        shading="nearest",
        rasterized=True,
    )
    add_colour_bar(ax, mesh, "response re its largest")


def _harmonics(ax: Axes, one: UnitDistortion) -> None:
    numbers = np.arange(2, one.harmonics.shape[1])
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = one.harmonics[:, 2:] / one.harmonics[:, 1:2]
    known = np.isfinite(shares).all(axis=1)
    levels = 20 * np.log10(np.maximum(shares[known], 1e-6))
    jitter = np.linspace(-0.2, 0.2, max(len(levels), 2))[: len(levels), None]
    places = (numbers + jitter).ravel()
    ax.plot(places, levels.ravel(), ls="", marker=".", ms=3, color=colour(0))
    ax.set_xticks(numbers)
    ax.set_xlabel("harmonic of the best tone")
    ax.set_ylabel("amplitude re the fundamental (dB)")
    ax.set_title(f"{one.reading}: harmonics of {int(known.sum())} units")


def _two_tones(ax: Axes, one: UnitDistortion) -> None:
    known = np.isfinite(one.suppression_db).any(axis=0)
    median = np.full(known.shape, np.nan)
    median[known] = np.nanmedian(one.suppression_db[:, known], axis=0)
    limit = symmetric_limit(median)
    mesh = ax.pcolormesh(
        np.arange(len(one.ratios)),
        np.arange(len(one.second_levels_db)),
        median.T,
        cmap=DIVERGING,
        vmin=-limit,
        vmax=limit,
        shading="nearest",
        rasterized=True,
    )
    ax.set_xticks(np.arange(len(one.ratios)), [f"{ratio:.3g}" for ratio in one.ratios])
    ax.set_yticks(np.arange(len(one.second_levels_db)), [f"{v:g}" for v in one.second_levels_db])
    ax.set_xlabel("frequency of the second tone re the first")
    ax.set_ylabel("its level re the first (dB)")
    ax.set_title(f"{one.reading}: response to the best tone beside a second one, median")
    add_colour_bar(ax, mesh, "re the first alone (dB)")


def _sweep(ax: Axes, one: UnitDistortion) -> None:
    assert one.sweep is not None
    energies = np.square(one.sweep.responses.astype(np.float64)).sum(axis=2)  # (unit, order)
    known = energies[:, 0] > 0
    levels = 10 * np.log10(np.maximum(energies[known, 1:] / energies[known, :1], 1e-12))
    handles = [
        ax.plot(np.flatnonzero(known), levels[:, k], ls="", marker=".", color=colour(k))[0]
        for k in range(levels.shape[1])
    ]
    ax.set_xlabel("unit")
    ax.set_ylabel("energy re the linear response (dB)")
    ax.set_title(f"{one.reading}: harmonic orders of an exponential sweep")
    add_legend(ax, handles, [f"order {k + 2}" for k in range(levels.shape[1])])
