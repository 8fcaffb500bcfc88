"""Static figures of a report, and the numbers they offer."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True, slots=True)
class FigureColumns:
    """Columns of an interactive figure that make up a CSV file, so that one page holds them once.

    Parameters
    ----------
    figure, source, column
        Name of the figure, of a data source in it, and of its column.
    views
        Views (fragments) whose column stands in the file, one after the other.
    heads
        Names of the file's columns.
    rows
        Text of the first cell of each row.
    places
        Decimal places of the numbers.
    """

    figure: str
    source: str
    column: str
    views: tuple[str, ...]
    heads: tuple[str, ...]
    rows: tuple[str, ...]
    places: int


@dataclass(frozen=True, kw_only=True, slots=True)
class DataFile:
    """Numbers behind a figure; `name` ends in ``.csv`` or ``.json`` and is unique per report.

    `drawn` says which figure on the page holds the same numbers; None: no one does. A colon,
    which stands in names of layers that are function calls, becomes a dot: file systems refuse
    it.
    """

    name: str
    text: str
    drawn: FigureColumns | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", self.name.replace(":", "."))


@dataclass(frozen=True, kw_only=True, slots=True)
class Playhead:
    """Where time runs in a picture, so that playing `clip` moves a line over it.

    `start` and `stop` are the seconds at the left and right end of the plotting area, `left`
    and `right` those ends as fractions of the picture's width.
    """

    clip: int
    start: float
    stop: float
    left: float = 0.0
    right: float = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Vector:
    """Static figure; `svg` is trusted markup with a viewBox, `alt` says what it shows.

    `target` makes the picture a link (a fragment without ``#``); `anchor` is its own fragment.
    """

    svg: str
    alt: str
    caption: str = ""
    data: DataFile | None = None
    playhead: Playhead | None = None
    target: str = ""
    anchor: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Axis:
    """Axis of a raster: values at its two outer edges, and the ticks to draw.

    `ticks` maps a fraction in [0, 1] of the axis (left to right, bottom to top) to a label; so
    a log axis or a sorted channel axis is possible. Empty: the two ends.
    """

    label: str
    unit: str
    start: float
    stop: float
    ticks: tuple[tuple[float, str], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Raster:
    """Array shown as a picture with axes, colour bar and playhead.

    Parameters
    ----------
    values
        float (row, column); row 0 is drawn at the bottom. NaN is transparent.
    alt, caption
        What it shows.
    x, y
        Axes in s and Hz (or channels).
    unit
        Of the values, for the colour bar.
    lowest, highest
        Values at the ends of the colour map; None for those of the array. A diverging map
        wants ``lowest == -highest``.
    palette
        ``"viridis"``, ``"magma"``, ``"cividis"``, ``"gray"``, ``"diverging"``, or ``"signed"``
        (diverging over grey, for marks on the page's own ground).
    n_colours
        Steps of the colour map; fewer make a smaller picture.
    has_bar
        Whether to draw the colour bar; its room is kept, so that pictures align.
    is_hatched
        Whether NaN is hatched instead of clear.
    ground
        Float (row, column) in [0, 1] over the same axes, drawn in grey beneath, the more the
        further from the page's own ground; readers choose how much shows through. None: nothing.
    clip
        Clip whose playing moves a line over it (then `x` runs in seconds), or None.
    height
        CSS pixels of the plotting area.
    data
        Numbers to offer beside it.
    """

    values: np.ndarray
    alt: str
    x: Axis
    y: Axis
    unit: str = ""
    caption: str = ""
    lowest: float | None = None
    highest: float | None = None
    palette: str = "viridis"
    n_colours: int = 255
    has_bar: bool = True
    is_hatched: bool = False
    ground: np.ndarray | None = None
    clip: int | None = None
    height: int = 160
    data: DataFile | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Bar:
    """One bar: `share` of the whole width in [0, 1]; dashed where it `is_bound`, no more."""

    name: str
    text: str
    share: float
    is_bound: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Bars:
    """Horizontal bars that are whole on any width, each with its name and its value.

    `ticks` are (share, text) of the axis, `mark` is the share of a dashed line, None for none.
    """

    bars: tuple[Bar, ...]
    alt: str
    caption: str = ""
    ticks: tuple[tuple[float, str], ...] = ()
    mark: float | None = None
