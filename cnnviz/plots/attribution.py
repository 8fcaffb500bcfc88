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
from cnnviz.results import Attribution

VIEWS = ("time_frequency", "waveform", "frequency")
_UNITS = {"logits": "logit", "log_probabilities": "nat"}
_CLIPPED_SHARE = 0.001


def views(result: Attribution) -> tuple[str, ...]:  # noqa: ARG001 (interface)
    """Names of the figures of a result."""
    return VIEWS


def plot(
    result: Attribution, view: str | None = None, *, ax: Axes | None = None, clip: int = 0
) -> Axes:
    """Draw the relevance of one explained clip; blue speaks against the class, red for it.

    Parameters
    ----------
    result
        An attribution.
    view
        ``"time_frequency"``, ``"waveform"`` or ``"frequency"`` (summed over time).
    ax
        Axes to draw into; None: a new figure.
    clip
        Which of the explained clips, from 0.

    Raises
    ------
    ParameterError
        If there is no such view or clip.
    """
    view = check_view(view, VIEWS)
    check_index("clip", clip, len(result.clip_index))
    ax = axes_or_new(ax)
    draw = {"time_frequency": _plane, "waveform": _waveform, "frequency": _frequency}[view]
    draw(ax, result, clip)
    ax.set_title(_title(result, clip), fontsize="medium")
    return ax


def _title(result: Attribution, clip: int) -> str:
    name = result.method.replace("_", " ")
    gain = result.scores[clip] - result.baseline_scores[clip]
    flag = "" if result.converged[clip] else ", not converged"
    return (
        f"{name} for {result.target_names[clip]!r}: {gain:+.3g} {_UNITS[result.output]} over "
        f"{result.baseline}\ncompleteness error {result.completeness_errors[clip]:.2%}{flag}"
    )


def _plane(ax: Axes, result: Attribution, clip: int) -> None:
    plane = result.time_frequency[clip]  # (frequency, time)
    limit = float(np.quantile(np.abs(plane), 1 - _CLIPPED_SHARE)) or symmetric_limit(plane)
    times, frequencies = cell_edges(result.grid.times), cell_edges(result.grid.frequencies)
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
    ax.set_ylim(0, result.grid.frequencies[-1])
    add_colour_bar(ax, image, f"relevance ({_UNITS[result.output]} per cell)")


def _waveform(ax: Axes, result: Attribution, clip: int) -> None:
    relevance = result.waveform[clip]  # (samples,)
    ax.plot(_sample_times(result), relevance, linewidth=0.6, color="C3")
    limit = 1.05 * symmetric_limit(relevance)
    ax.set_ylim(-limit, limit)
    ax.axhline(0, color="0.5", linewidth=0.5)
    ax.set_xlabel("time (s)")
    ax.set_ylabel(f"relevance ({_UNITS[result.output]} per audio sample)")


def _sample_times(result: Attribution) -> np.ndarray:
    """Seconds of each audio sample; the STFT goes up to half the sample rate."""
    rate = 2 * float(result.grid.frequencies[-1])
    return np.arange(result.waveform.shape[1]) / rate


def _frequency(ax: Axes, result: Attribution, clip: int) -> None:
    spectrum = result.time_frequency[clip].sum(1)  # (frequency,)
    ax.plot(result.grid.frequencies, spectrum, color="C3", linewidth=1)
    ax.axhline(0, color="0.5", linewidth=0.5)
    ax.set_xlabel("frequency (Hz)")
    ax.set_ylabel(f"relevance ({_UNITS[result.output]} per bin)")
