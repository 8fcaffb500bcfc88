"""Figures of the clips: how many of each class, and how long."""

import numpy as np
from matplotlib.axes import Axes

from cnnviz.plots._axes import axes_or_new, check_view
from cnnviz.results import ClipGallery

VIEWS = ("classes", "durations")
_INCHES_PER_CLASS = 0.28


def views(result: ClipGallery) -> tuple[str, ...]:  # noqa: ARG001 (interface)
    """Names of the figures of a result."""
    return VIEWS


def plot(result: ClipGallery, view: str | None = None, *, ax: Axes | None = None) -> Axes:
    """Draw what the clips are.

    Parameters
    ----------
    result
        A clip gallery.
    view
        ``"classes"`` (clips per class and split) or ``"durations"``.
    ax
        Axes to draw into; None: a new figure.

    Raises
    ------
    ParameterError
        If there is no such view.
    """
    view = check_view(view, VIEWS)
    height = 1.6 + _INCHES_PER_CLASS * max(6, len(result.clips.class_names) + 1)
    ax = axes_or_new(ax, size=(8.0, height if view == "classes" else 3.6))
    if view == "classes":
        _classes(ax, result)
    else:
        _durations(ax, result)
    return ax


def _classes(ax: Axes, result: ClipGallery) -> None:
    names = [*result.clips.class_names, "no label"]
    labels = np.where(result.clips.labels < 0, len(names) - 1, result.clips.labels)
    splits = np.asarray([split or "no split" for split in result.clips.splits])
    classes = np.unique(labels)
    left = np.zeros(len(classes))
    for split in sorted(set(splits)):
        counts = np.bincount(labels[splits == split], minlength=len(names))[classes]
        ax.barh(np.arange(len(classes)), counts, left=left, label=split)
        left += counts
    ax.set_yticks(np.arange(len(classes)), [names[label] for label in classes])
    ax.invert_yaxis()
    ax.set_xlabel("clips (number)")
    ax.set_ylabel("class")
    ax.legend(fontsize="small")


def _durations(ax: Axes, result: ClipGallery) -> None:
    ax.hist(result.clips.durations, bins=40)
    ax.set_xlabel("duration (s)")
    ax.set_ylabel("clips (number)")
