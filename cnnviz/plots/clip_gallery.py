"""Figures of the clips: how many of each class, and how long."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from cnnviz.plots._axes import WIDTH, axes_or_new
from cnnviz.plots._choices import Views, check_view
from cnnviz.plots._fit import finish
from cnnviz.plots._marks import add_legend, colour
from cnnviz.results import ClipGallery

VIEWS = ("classes", "durations")
_HATCHES = ("", "////", "....", "xxxx")


def views(result: ClipGallery) -> Views:  # noqa: ARG001 (interface)
    """Views of a result."""
    return {view: {} for view in VIEWS}


def plot(
    result: ClipGallery,
    view: str | None = None,
    *,
    ax: Axes | None = None,
    width: float = WIDTH,
) -> Axes:
    """Draw what the clips are.

    Parameters
    ----------
    result
        A clip gallery.
    view
        ``"classes"`` (clips per class and split) or ``"durations"``.
    ax
        Axes to draw into; None: new ones.
    width
        Inches of a new figure.

    Raises
    ------
    ParameterError
        If there is no such view.
    """
    view = check_view(view, views(result))
    if view == "classes":
        n_classes = len(np.unique(result.clips.labels))
        ax = axes_or_new(ax, width=width, height=0, n_rows=max(4, n_classes))
        _classes(ax, result)
    else:
        ax = axes_or_new(ax, width=width)
        _durations(ax, result)
    return finish(ax)


def _classes(ax: Axes, result: ClipGallery) -> None:
    """Bars of clips, one row per class, one colour and hatch per split."""
    clips = result.clips
    rows = np.unique(clips.labels, return_index=True)
    order = sorted(zip(*rows, strict=True), key=lambda row: (row[0] < 0, row[0]))
    labels = [label for label, _ in order]
    splits = np.asarray([split or "no split" for split in clips.splits])
    left, handles = np.zeros(len(labels)), []
    names = sorted(set(splits))
    for k, split in enumerate(names):
        counts = np.array([np.sum(clips.labels[splits == split] == label) for label in labels])
        bars = ax.barh(np.arange(len(labels)), counts, left=left, label=split, lw=0)
        for bar in bars:
            bar.set(color=colour(k), hatch=_HATCHES[k % len(_HATCHES)], edgecolor="white")
        handles.append(bars[0])
        left += counts
    ax.set_yticks(
        np.arange(len(labels)), [clips.class_of(first) or "no label" for _, first in order]
    )
    ax.invert_yaxis()
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlabel("clips (number)")
    ax.set_ylabel("class")
    add_legend(ax, handles, names)


def _durations(ax: Axes, result: ClipGallery) -> None:
    ax.hist(result.clips.durations, bins=40, color=colour(0))
    ax.set_xlabel("duration (s)")
    ax.set_ylabel("clips (number)")
