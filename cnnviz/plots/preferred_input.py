"""Figures of preferred sounds: what they reach, their waveforms and their spectra."""

import numpy as np
from matplotlib.axes import Axes

from cnnviz.plots._axes import WIDTH, axes_or_new
from cnnviz.plots._choices import Views, check_choice, check_view
from cnnviz.plots._fit import finish
from cnnviz.plots._marks import add_legend, colour, marker
from cnnviz.results.preferred_input import PreferredInput, PreferredSounds

_LEAST_POWER = 1e-6
_SHORT_SECONDS = 1.0


def views(result: PreferredInput) -> Views:
    """Views of a result, with their layers, and the units of the first one."""
    layers = tuple(one.layer for one in result.layers)
    units = tuple(result.layers[0].unit.tolist())
    of_unit = {"layer": layers, "index": units}
    return {"activation": {"layer": layers}, "waveform": of_unit, "spectrum": of_unit}


def plot(
    result: PreferredInput,
    view: str | None = None,
    *,
    ax: Axes | None = None,
    width: float = WIDTH,
    layer: str | None = None,
    index: int | None = None,
) -> Axes:
    """Draw what preferred sounds reach, or the sound of one unit.

    Parameters
    ----------
    result
        Preferred input.
    view
        ``"activation"``: each unit beside its best pure tone; ``"waveform"`` and ``"spectrum"``
        of one unit. None: the first.
    ax
        Axes to draw into; None: new ones.
    width
        Inches of a new figure.
    layer
        Name of the layer; None: the first.
    index
        Number of the unit; None: the first that was taken.

    Raises
    ------
    ParameterError
        If there is no such view, layer or unit.
    """
    view = check_view(view, views(result))
    name = check_choice("layer", layer, tuple(one.layer for one in result.layers))
    one = next(each for each in result.layers if each.layer == name)
    ax = axes_or_new(ax, width=width)
    if view == "activation":
        _activation(ax, one)
        return finish(ax)
    units = one.unit.tolist()
    row = units.index(check_choice("index", index, units))
    if view == "waveform":
        _waveform(ax, one, row, result.sample_rate)
    else:
        _spectrum(ax, one, row)
    ax.set_title(f"{one.layer}, unit {units[row]}: preferred sound")
    return finish(ax)


def _activation(ax: Axes, one: PreferredSounds) -> None:
    """Standard deviations over noise, of each unit's sound and of its best tone."""
    places = np.arange(len(one.unit))
    shown = {"sound found": one.over_noise, "best pure tone": one.tone_over_noise}
    handles = [
        ax.plot(places, values, ls="", marker=marker(k), ms=4, color=colour(k))[0]
        for k, values in enumerate(shown.values())
    ]
    ax.axhline(0, color="0.5", lw=0.5)
    ax.set_xticks(places, [str(unit) for unit in one.unit])
    ax.set_xlabel("unit")
    ax.set_ylabel("activation (s.d. of noise)")
    ax.set_title(f"{one.layer}: over white noise of the same root mean square")
    add_legend(ax, handles, list(shown))


def _waveform(ax: Axes, one: PreferredSounds, row: int, sample_rate: int) -> None:
    """The sound over the receptive field."""
    waveform = one.waveform[row]
    is_short = len(waveform) < _SHORT_SECONDS * sample_rate
    times = np.arange(len(waveform)) / sample_rate * (1000 if is_short else 1)
    ax.plot(times, waveform, lw=0.7, color=colour(0))
    ax.set_xlabel(f"time in the receptive field ({'ms' if is_short else 's'})")
    ax.set_ylabel("sound (full scale 1)")


def _spectrum(ax: Axes, one: PreferredSounds, row: int) -> None:
    """Mean power over restarts in dB re its peak, with a band of one standard deviation."""
    power, spread = one.power[row], one.power_deviation[row]
    peak = max(float(power.max()), 1e-300)

    def decibels(values: np.ndarray) -> np.ndarray:
        return np.asarray(10 * np.log10(np.maximum(values / peak, _LEAST_POWER)))

    hertz = one.frequencies_hz
    low, high = decibels(power - spread), decibels(power + spread)
    ax.fill_between(hertz, low, high, color=colour(0), alpha=0.2, lw=0)
    ax.plot(hertz, decibels(power), lw=1, color=colour(0))
    ax.axvline(float(one.tone_hz[row]), color=colour(1), lw=0.8, ls="--")
    ax.set_xlabel("frequency (Hz); dashed: best pure tone; band: s.d. over restarts")
    ax.set_ylabel("power (dB re peak)")
