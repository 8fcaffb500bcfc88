"""Figures of an attribution: relevance on the STFT plane, on the waveform, per frequency."""

import numpy as np
from matplotlib.axes import Axes

from cnnviz.plots._axes import (
    DIVERGING,
    add_colour_bar,
    axes_or_new,
    cell_edges,
    check_index,
    check_view,
    symmetric_limit,
)
from cnnviz.results import Relevance, RelevanceMap

VIEWS = ("time_frequency", "waveform", "frequency")
_UNITS = {"logits": "logit", "log_probabilities": "nat", "values": "output"}
_CLIPPED_SHARE = 0.001


def views(result: Relevance) -> tuple[str, ...]:
    """Names of the figures of a result: those with a map to draw."""
    return tuple(_maps(result))


def plot(
    result: Relevance, view: str | None = None, *, ax: Axes | None = None, clip: int = 0
) -> Axes:
    """Draw the relevance of one explained clip; blue speaks against the target, red for it.

    Parameters
    ----------
    result
        An attribution.
    view
        ``"time_frequency"``, ``"waveform"`` (over time alone) or ``"frequency"`` (summed over
        time); None: the first of them that the method gives.
    ax
        Axes to draw into; None: a new figure.
    clip
        Which of the explained clips, from 0.

    Raises
    ------
    ParameterError
        If there is no such view or clip.
    """
    maps = _maps(result)
    view = check_view(view, views(result))
    check_index("clip", clip, result.n_clips)
    ax = axes_or_new(ax)
    draw = {"time_frequency": _plane, "waveform": _over_time, "frequency": _frequency}[view]
    draw(ax, maps[view], clip, _UNITS[result.output])
    ax.set_title(_title(result, clip), fontsize="medium")
    return ax


def _maps(result: Relevance) -> dict[str, RelevanceMap]:
    """Map that each view draws: the first with the axes it needs."""
    needed = (
        [part for part in result.maps if part.is_plane],
        [part for part in result.maps if not len(part.grid.frequencies)],
        [part for part in result.maps if len(part.grid.frequencies)],
    )
    return {view: maps[0] for view, maps in zip(VIEWS, needed, strict=True) if maps}


def _title(result: Relevance, clip: int) -> str:
    name, checks = result.method.replace("_", " "), result.checks
    unit, start = _UNITS[result.output], result.baseline_scores
    gain = result.scores[clip] - (0 if start is None else start[clip])
    over = "" if result.baseline is None else f" over {result.baseline}"
    title = f"{name} for {result.target.words[clip]!r}: {gain:+.3g} {unit}{over}"
    if checks.completeness_errors is not None:
        title += f"\ncompleteness error {checks.completeness_errors[clip]:.2%}"
    if checks.map_errors is not None:
        title += f", map error {checks.map_errors[clip]:.2%}"
    if checks.is_flat is not None and checks.is_flat[clip]:
        return title + ", flat"
    failed = checks.converged is not None and not checks.converged[clip]
    return title + ", not converged" * failed


def _plane(ax: Axes, drawn: RelevanceMap, clip: int, unit: str) -> None:
    plane = drawn.values[clip]  # (frequency, time)
    limit = float(np.quantile(np.abs(plane), 1 - _CLIPPED_SHARE)) or symmetric_limit(plane)
    times, frequencies = cell_edges(drawn.grid.times), cell_edges(drawn.grid.frequencies)
    image = ax.imshow(
        plane,
        origin="lower",
        aspect="auto",
        interpolation="nearest",
        extent=(times[0], times[-1], frequencies[0], frequencies[-1]),
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
    ax.plot(drawn.grid.times, relevance, linewidth=0.6, color="C3")
    limit = 1.05 * symmetric_limit(relevance)
    ax.set_ylim(-limit, limit)
    ax.axhline(0, color="0.5", linewidth=0.5)
    ax.set_xlabel("time (s)")
    cell = "audio sample" if drawn.domain == "samples" else "cell"
    ax.set_ylabel(f"relevance ({unit} per {cell})")


def _frequency(ax: Axes, drawn: RelevanceMap, clip: int, unit: str) -> None:
    frequencies = drawn.grid.frequencies
    spectrum = drawn.values[clip].reshape(len(frequencies), -1).sum(1)  # (frequency,)
    ax.plot(frequencies, spectrum, color="C3", linewidth=1)
    ax.axhline(0, color="0.5", linewidth=0.5)
    ax.set_xlabel("frequency (Hz)")
    ax.set_ylabel(f"relevance ({unit} per bin)")
