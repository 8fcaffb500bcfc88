"""Colours, markers and lines that stay apart for everybody, and legends below the axes.

The colours are seven of the eight of Okabe and Ito, "Color Universal Design" (2008); their
yellow is too pale for paper.
"""

from collections.abc import Iterable, Sequence

from matplotlib.artist import Artist
from matplotlib.axes import Axes

from cnnviz.plots._fit import SMALL

CYCLE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
GREY = "0.65"
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", "*")
_LINES = ("-", "--", "-.", ":")
N_PAIRS = len(CYCLE) * len(_MARKERS)
"""Pairs of colour and marker before one comes again: 7 and 9 have no common factor."""
N_LINES = len(CYCLE)
_ENTRY_POINTS = 24.0
"""Of a legend: its mark and the gaps around it."""


def colour(k: int) -> str:
    """Colour of the k-th thing shown."""
    return CYCLE[k % len(CYCLE)]


def marker(k: int) -> str:
    """Marker of the k-th thing shown; colour and marker together differ up to `N_PAIRS`."""
    return _MARKERS[k % len(_MARKERS)]


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
