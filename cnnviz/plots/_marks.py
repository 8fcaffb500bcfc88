"""Marks of classes, lines that stay apart for everybody, and legends below the axes."""

from collections.abc import Iterable, Sequence
from types import MappingProxyType

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.markers import MarkerStyle

from cnnviz.marks import COLOURS, mark_of
from cnnviz.plots._fit import SMALL

GREY = "0.65"
_MARKERS = MappingProxyType(
    {
        "circle": "o",
        "square": "s",
        "triangle": "^",
        "diamond": "D",
        "inverted_triangle": "v",
        "plus": "P",
    }
)
_LINES = ("-", "--", "-.", ":")
N_LINES = len(COLOURS)
_ENTRY_POINTS = 24.0
"""Of a legend: its mark and the gaps around it."""


def colour(k: int) -> str:
    """Colour of the k-th thing shown."""
    return COLOURS[k % len(COLOURS)]


def marker(k: int) -> MarkerStyle:
    """Marker of the k-th thing shown, as on a page; with its colour one of `N_MARKS`."""
    mark = mark_of(k)
    return MarkerStyle(_MARKERS[mark.shape], fillstyle="none" if mark.is_open else "full")


def line(k: int) -> str:
    """Line style of the k-th thing shown."""
    return _LINES[k % len(_LINES)]


def add_legend(
    ax: Axes, handles: Iterable[Artist], names: Sequence[str], *, title: str | None = None
) -> None:
    """Add a legend below the axes, in as many columns as fit.

    Names are set as they are: matplotlib would leave out those that begin with ``_`` and read
    ``$`` as mathematics.
    """
    handles = list(handles)
    widest = 1.1 * _points(ax, names)  # the longest may not be the widest
    figure = ax.get_figure(root=True)
    width = ax.bbox.width if figure is None or len(figure.axes) > 1 else figure.bbox.width
    dpi = 72 if figure is None else figure.dpi
    n_columns = int(0.98 * 72 * width / dpi // (widest + _ENTRY_POINTS))
    legend = ax.legend(
        handles,
        ["-"] * len(handles),
        title=title,
        loc="upper center",
        ncols=min(max(n_columns, 1), len(handles)),
        fontsize=SMALL,
        title_fontsize=SMALL,
        frameon=False,
        borderaxespad=0,
        borderpad=0,
        handlelength=1.6,
        handletextpad=0.5,
        columnspacing=1.2,
        labelspacing=0.3,
    )
    for text, name in zip(legend.get_texts(), names, strict=True):
        text.set_parse_math(False)
        text.set_text(name)


def _points(ax: Axes, names: Sequence[str]) -> float:
    """Width of the longest name in points."""
    probe = ax.text(0, 0, max(names, key=len), fontsize=SMALL, parse_math=False)
    pixels = probe.get_window_extent().width
    probe.remove()
    figure = ax.get_figure(root=True)
    assert figure is not None
    return float(72 * pixels / figure.dpi)
