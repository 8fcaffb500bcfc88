"""Words of a figure at the size of print, so that none is cut and none lies over another."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations, pairwise

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import FixedLocator, MaxNLocator
from matplotlib.transforms import Bbox, ScaledTranslation

from cnnviz.plots._axes import ShownAxes

LARGE, SMALL = 8.0, 7.0
"""Points of titles and labels; of ticks, legends and numbers in the figure."""
_GAP = 1.05
_PAD_INCHES = 0.06


def finish(ax: Axes) -> Axes:
    """Set the words of `ax` and its colour bars in print size and make them fit; gives `ax`.

    The figure must have all its data: lengths are measured as it would be drawn now.
    """
    figure = ax.get_figure(root=True)
    assert figure is not None
    every = tuple(_with_colour_bars(ax))
    for one in every:
        _resize(one)
    legend = ax.get_legend()
    if legend is not None:  # below the axes, once it is known where these are
        legend.set_in_layout(False)
        lay_out(figure)
        legend.set_in_layout(True)
        _hang_legend(ax, figure, may_grow=True)
    lay_out(figure)
    axes = [(axis, one) for one in every for axis in (one.xaxis, one.yaxis)]
    while _fold(ax, axes, figure):  # what grows takes room from the rest
        _hang_legend(ax, figure)
        lay_out(figure)
    for axis, _ in axes:
        _thin(axis)
    return ax


def lay_out(figure: Figure) -> None:
    """Bring axes and words to where they would be drawn now."""
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)


def crowded(texts: Iterable[Text]) -> bool:
    """Whether any two texts lie over each other."""
    boxes = [text.get_window_extent() for text in texts]
    return any(_overlap(one, other) for one, other in combinations(boxes, 2))


def remove_crowded(texts: Sequence[Text]) -> None:
    """Remove texts that lie over an earlier one."""
    kept: list[Bbox] = []
    for text in texts:
        box = text.get_window_extent()
        if any(_overlap(box, other) for other in kept):
            text.remove()
        else:
            kept.append(box)


def _overlap(one: Bbox, other: Bbox) -> bool:
    return bool(
        min(one.x1, other.x1) > max(one.x0, other.x0)
        and min(one.y1, other.y1) > max(one.y0, other.y0)
    )


def _with_colour_bars(ax: Axes) -> Iterator[Axes]:
    yield ax
    for drawn in (*ax.images, *ax.collections):
        if drawn.colorbar is not None:
            yield drawn.colorbar.ax


def _resize(ax: Axes) -> None:
    """Set the size of all words; names are not read as mathematics."""
    ax.tick_params(labelsize=SMALL, width=0.6, length=2.5, pad=2)
    ax.tick_params(which="minor", labelsize=SMALL, width=0.4, length=1.5)
    for spine in ax.spines.values():
        spine.set_linewidth(0.6)
    for text in (ax.title, ax.xaxis.label, ax.yaxis.label):
        text.set_fontsize(LARGE)
        text.set_parse_math(False)
    for text in ax.texts:
        text.set_fontsize(SMALL)
    for axis in (ax.xaxis, ax.yaxis):
        axis.get_offset_text().set_fontsize(SMALL)


def _fold(ax: Axes, axes: Iterable[tuple[Axis, Axes]], figure: Figure) -> bool:
    """Break title and labels that are too long; whether any was."""
    before = ax.title.get_window_extent().height
    is_folded = _fold_text(ax.title, _room_of_label(ax, figure))
    _grow(ax, figure, ax.title.get_window_extent().height - before)
    for axis, one in axes:
        is_upright = _is_upright(axis)
        room = one.bbox.height if is_upright else _room_of_label(one, figure)
        is_folded |= _fold_text(axis.label, room, is_upright=is_upright)
    return is_folded


def _fold_text(text: Text, room: float, *, is_upright: bool = False) -> bool:
    before = text.get_text()
    text.set_text(_folded(text, room, is_upright=is_upright))
    return text.get_text() != before


def _room_of_label(ax: Axes, figure: Figure) -> float:
    """Pixels to both sides of the middle of `ax` before the figure ends."""
    middle = (ax.bbox.x0 + ax.bbox.x1) / 2
    return float(2 * min(middle - figure.bbox.x0, figure.bbox.x1 - middle))


def _folded(text: Text, room: float, *, is_upright: bool = False) -> str:
    """Break a text at blanks so that no line is longer than `room` pixels, if words allow it."""
    original = text.get_text()

    def length(line: str) -> float:
        text.set_text(line)
        box = text.get_window_extent()
        return float(box.height if is_upright else box.width)

    lines = [_fold_line(line, room, length) for line in original.split("\n")]
    text.set_text(original)
    return "\n".join(lines)


def _fold_line(line: str, room: float, length: Callable[[str], float]) -> str:
    if length(line) * _GAP <= room:
        return line
    folded, *words = line.split(" ")
    for word in words:
        last = folded.rpartition("\n")[2]
        fits = length(f"{last} {word}") * _GAP <= room
        folded += (" " if fits else "\n") + word
    return folded


def _hang_legend(ax: Axes, figure: Figure, *, may_grow: bool = False) -> None:
    """Put the legend below the label of the x axis."""
    legend = ax.get_legend()
    if legend is None:
        return
    around = ax.xaxis.get_tightbbox()
    below = 0.0 if around is None else max(ax.bbox.y0 - around.y0, 0.0)
    whole = figure.bbox if len(figure.axes) == 1 else ax.bbox
    middle = (whole.x0 + whole.x1) / 2 - ax.bbox.x0
    inches = (middle / figure.dpi, -below / figure.dpi - _PAD_INCHES)
    hanging = ax.transAxes + ScaledTranslation(*inches, figure.dpi_scale_trans)
    legend.set_bbox_to_anchor((0, 0), transform=hanging)
    if may_grow:
        _grow(ax, figure, legend.get_window_extent().height)


def _grow(ax: Axes, figure: Figure, pixels: float) -> None:
    """Make a figure higher that holds nothing but `ax` and was made for it."""
    if isinstance(ax, ShownAxes):
        width, height = figure.get_size_inches()
        figure.set_size_inches(width, height + max(pixels, 0) / figure.dpi)


def _thin(axis: Axis) -> None:
    """Label every other tick, or every third, until no two labels touch."""
    locator = axis.get_major_locator()
    labels = [label for label in axis.get_ticklabels() if label.get_text()]
    if isinstance(locator, FixedLocator):
        places, texts = axis.get_ticklocs(), [label.get_text() for label in axis.get_ticklabels()]
        step = _step(axis, labels)
        if step > 1:
            axis.set_ticks(places[::step], texts[::step])
    elif isinstance(locator, MaxNLocator) and (step := _step(axis, labels)) > 1:
        n_bins = max((len(labels) - 1) // step, 2)
        axis.set_major_locator(MaxNLocator(nbins=n_bins, steps=[1, 2, 2.5, 5, 10]))


def _step(axis: Axis, labels: Sequence[Text]) -> int:
    """Every which label can be written without touching the next."""
    boxes = [label.get_window_extent() for label in labels]
    if len(boxes) < 2:
        return 1
    is_upright = _is_upright(axis)
    middles = sorted((b.y0 + b.y1) / 2 if is_upright else (b.x0 + b.x1) / 2 for b in boxes)
    nearest = min(b - a for a, b in pairwise(middles))
    largest = max(b.height if is_upright else b.width for b in boxes)
    return max(1, -(-int(largest * _GAP) // max(int(nearest), 1)))


def _is_upright(axis: Axis) -> bool:
    return axis.get_label_position() in ("left", "right")
