"""Figures of an attribution: relevance on the STFT plane, on the waveform, per frequency."""

from types import MappingProxyType

import numpy as np
from matplotlib.axes import Axes

from cnnviz.dsp.scales import on_even_axis
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
from cnnviz.plots._marks import add_legend, colour, marker
from cnnviz.results import Relevance, RelevanceMap, Silencing, method_words

VIEWS = ("time_frequency", "waveform", "frequency", "silencing")
_ABSENT = MappingProxyType(
    {
        **dict.fromkeys(VIEWS[:3], "its method gives no such map"),
        "silencing": "no stretch of a clip was silenced",
    }
)
_UNITS = {"logits": "logit", "log_probabilities": "nat", "values": "output"}
_CLIPPED_SHARE, _N_ROWS = 0.001, 512
_RELEVANCE_COLOUR = colour(1)


def views(result: Relevance) -> Views:
    """Views of a result: those with a map to draw, with the clips that were explained."""
    clips = {"clip": tuple(result.clip_index.tolist())}
    tried = result.silencing is not None and bool(result.silencing.n_stretches.any())
    return {**dict.fromkeys(_maps(result), clips), **({"silencing": {}} if tried else {})}


def plot(
    result: Relevance,
    view: str | None = None,
    *,
    ax: Axes | None = None,
    width: float = WIDTH,
    clip: int | None = None,
) -> Axes:
    """Draw the relevance of one explained clip; blue speaks against the target, red for it.

    Parameters
    ----------
    result
        An attribution.
    view
        ``"time_frequency"``, ``"waveform"`` (over time alone) or ``"frequency"`` (summed over
        time); ``"silencing"``: what becomes of the scores of all clips without the stretches
        that relevance marks, beside the controls. None: the first that the method gives.
    ax
        Axes to draw into; None: new ones.
    width
        Inches of a new figure.
    clip
        An explained clip, by its number in the run, as in `clip_index`; None: the first.

    Raises
    ------
    ParameterError
        If there is no such view or clip.
    """
    view = check_view(view, views(result), _ABSENT)
    if view == "silencing":
        assert result.silencing is not None
        rows = np.flatnonzero(result.silencing.n_stretches)
        ax = axes_or_new(ax, width=width, height=0, n_rows=max(len(rows), 6))
        _silencing(ax, result, result.silencing, rows)
        return finish(ax)
    clips = result.clip_index.tolist()
    row = clips.index(check_choice("clip", clip, clips))
    ax = axes_or_new(ax, width=width)
    draw = {"time_frequency": _plane, "waveform": _over_time, "frequency": _frequency}[view]
    draw(ax, _maps(result)[view], row, _UNITS[result.output])
    ax.set_title(_title(result, row))
    return finish(ax)


def _maps(result: Relevance) -> dict[str, RelevanceMap]:
    """Map that each view draws: the first with the axes it needs."""
    needed = (
        [part for part in result.maps if part.is_plane],
        [part for part in result.maps if not len(part.grid.frequencies)],
        [part for part in result.maps if len(part.grid.frequencies)],
    )
    return {view: maps[0] for view, maps in zip(VIEWS, needed, strict=False) if maps}


def _title(result: Relevance, clip: int) -> str:
    name, checks = method_words(result.method), result.checks
    layer = result.maps[0].layer
    name += "" if layer is None else f" of {layer}"
    unit, start = _UNITS[result.output], result.baseline_scores
    gain = result.scores[clip] - (0 if start is None else start[clip])
    over = "" if result.baseline is None else f" over {result.baseline}"
    title = f"{name} for {result.target.words[clip]!r}: {gain:+.3g} {unit}{over}"
    if checks.completeness_errors is not None:
        title += f"\ncompleteness error {checks.completeness_errors[clip]:.2%}"
    if checks.map_errors is not None and np.isfinite(checks.map_errors[clip]):
        title += f", map error {checks.map_errors[clip]:.2%}"
    if checks.is_flat is not None and checks.is_flat[clip]:
        return title + ", flat"
    failed = checks.converged is not None and not checks.converged[clip]
    return title + ", not converged" * failed


def _plane(ax: Axes, drawn: RelevanceMap, clip: int, unit: str) -> None:
    plane = drawn.values[clip]  # (frequency, time)
    limit = float(np.quantile(np.abs(plane), 1 - _CLIPPED_SHARE)) or symmetric_limit(plane)
    times, frequencies = cell_edges(drawn.grid.times), cell_edges(drawn.grid.frequencies)
    ends = frequencies[0], frequencies[-1]
    image = ax.imshow(
        on_even_axis(plane, drawn.grid.frequencies, *ends, n_rows=_N_ROWS),
        origin="lower",
        aspect="auto",
        interpolation="nearest",
        extent=(times[0], times[-1], *ends),
        cmap=DIVERGING,
        vmin=-limit,
        vmax=limit,
    )
    ax.set_xlabel("time (s)")
    ax.set_ylabel("frequency (Hz)")
    ax.set_ylim(0, drawn.grid.frequencies[-1])
    add_colour_bar(ax, image, f"relevance ({unit} per cell)")


def _over_time(ax: Axes, drawn: RelevanceMap, clip: int, unit: str) -> None:
    relevance = drawn.values[clip]  # (time,)
    ax.plot(drawn.grid.times, relevance, linewidth=0.6, color=_RELEVANCE_COLOUR)
    limit = 1.05 * symmetric_limit(relevance)
    ax.set_ylim(-limit, limit)
    ax.axhline(0, color="0.5", linewidth=0.5)
    ax.set_xlabel("time (s)")
    cell = "audio sample" if drawn.domain == "samples" else "cell"
    ax.set_ylabel(f"relevance ({unit} per {cell})")


def _frequency(ax: Axes, drawn: RelevanceMap, clip: int, unit: str) -> None:
    frequencies = drawn.grid.frequencies
    spectrum = drawn.values[clip].reshape(len(frequencies), -1).sum(1)  # (frequency,)
    ax.plot(frequencies, spectrum, color=_RELEVANCE_COLOUR, linewidth=1)
    ax.axhline(0, color="0.5", linewidth=0.5)
    ax.set_xlabel("frequency (Hz)")
    ax.set_ylabel(f"relevance ({unit} per bin)")


def _silencing(ax: Axes, result: Relevance, silencing: Silencing, rows: np.ndarray) -> None:
    """Fall of the score of each clip: without what is marked, and by each control."""
    places = np.arange(len(rows))
    draws = silencing.random_drops[rows]  # (clip, draw)
    spread = ax.hlines(places, draws.min(1), draws.max(1), color="0.75", lw=3)
    marks = {
        "most relevant": silencing.drops,
        "loudest": silencing.loudest_drops,
        "all quieter": silencing.uniform_drops,
    }
    handles = [
        ax.plot(values[rows], places, ls="", marker=marker(k), ms=4, color=colour(k))[0]
        for k, values in enumerate(marks.values())
    ]
    ax.axvline(0, color="0.5", linewidth=0.5)
    words = [word.replace(" rather than ", " \N{MINUS SIGN} ") for word in result.target.words]
    ax.set_yticks(places, [f"{result.clip_index[k]} {words[k]}" for k in rows])
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.set_xlabel(f"fall of the score ({_UNITS[result.output]})")
    ax.set_ylabel("clip (number) and target")
    ax.set_title("Score without stretches of 50 ms")
    add_legend(ax, [*handles, spread], [*marks, "random draws"])
