"""Figures of the clips: how many of each class, how long, and how one of them looks."""

import numpy as np
from matplotlib.axes import Axes

from cnnviz.errors import ParameterError
from cnnviz.plots._axes import axes_or_new, check_index, check_view
from cnnviz.results import ClipGallery

VIEWS = ("classes", "durations", "waveform")
_INCHES_PER_CLASS = 0.28


def views(result: ClipGallery) -> tuple[str, ...]:  # noqa: ARG001 (interface)
    """Names of the figures of a result."""
    return VIEWS


def plot(
    result: ClipGallery, view: str | None = None, *, ax: Axes | None = None, clip: int = 0
) -> Axes:
    """Draw what the clips are.

    Parameters
    ----------
    result
        A clip gallery.
    view
        ``"classes"`` (clips per class and split), ``"durations"`` or ``"waveform"``.
    ax
        Axes to draw into; None: a new figure.
    clip
        Which of the clips whose audio is kept, from 0, for ``"waveform"``.

    Raises
    ------
    ParameterError
        If there is no such view or clip.
    """
    view = check_view(view, VIEWS)
    height = 1.6 + _INCHES_PER_CLASS * max(6, len(result.clips.class_names) + 1)
    ax = axes_or_new(ax, size=(8.0, height if view == "classes" else 3.6))
    if view == "classes":
        _classes(ax, result)
    elif view == "durations":
        _durations(ax, result)
    else:
        _waveform(ax, result, clip)
    return ax


def _classes(ax: Axes, result: ClipGallery) -> None:
    names = [*result.clips.class_names, "no label"]
    labels = np.where(result.clips.labels < 0, len(names) - 1, result.clips.labels)
    splits = np.asarray([split or "no split" for split in result.clips.splits])
    shown = np.unique(labels)
    left = np.zeros(len(shown))
    for split in sorted(set(splits)):
        counts = np.bincount(labels[splits == split], minlength=len(names))[shown]
        ax.barh(np.arange(len(shown)), counts, left=left, label=split)
        left += counts
    ax.set_yticks(np.arange(len(shown)), [names[label] for label in shown])
    ax.invert_yaxis()
    ax.set_xlabel("clips (number)")
    ax.set_ylabel("class")
    ax.legend(fontsize="small")


def _durations(ax: Axes, result: ClipGallery) -> None:
    ax.hist(result.clips.durations, bins=40)
    ax.set_xlabel("duration (s)")
    ax.set_ylabel("clips (number)")


def _waveform(ax: Axes, result: ClipGallery, clip: int) -> None:
    if not len(result.audio_index):
        raise ParameterError("no audio is kept; allowed: view='classes', view='durations'")
    check_index("clip", clip, len(result.audio_index))
    waveform = result.waveforms[clip]  # (samples,)
    ax.plot(np.arange(len(waveform)) / result.sample_rate, waveform, linewidth=0.6)
    ax.set_ylim(-1.05, 1.05)
    ax.set_xlabel("time (s)")
    ax.set_ylabel("amplitude (full scale 1)")
    ax.set_title(result.clips.names[result.audio_index[clip]], fontsize="medium")
