"""Feature maps of one clip under its waveform, on one axis in seconds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from bokeh.models import (
    BasicTicker,
    BoxAnnotation,
    ColumnDataSource,
    HoverTool,
    Range1d,
    Span,
)
from bokeh.plotting import figure

from reports.parts import JSON
from reports.quantised import Quantised, quantised

from .items import json_item
from .planes import colour_bar
from .style import BLUE, GREY, RED, colour_mapper, plot, stacked

N_BINS = 800
"""Bins of the waveform drawn."""
WAVEFORM_HEIGHT = 140

Columns = Mapping[str, "np.ndarray | Quantised | list[str]"]


@dataclass(frozen=True, kw_only=True, slots=True)
class RowName:
    """What a row of a map is called: `tick` on its axis, `tip` under the pointer."""

    tick: str
    tip: str


@dataclass(frozen=True, kw_only=True, slots=True)
class MapPicture:
    """Maps of one layer, ready to draw for every clip on the same scale.

    Parameters
    ----------
    name
        Name of the data source.
    title, y_label
        Texts.
    values
        (clip, row, time), lowest row first.
    start, stop
        Seconds of the outer edges of the first and last cell.
    y
        Values at the outer edges of the rows.
    row_ticks
        Position on the y axis and label of a few rows; empty for numbers.
    row_names
        Name of each row for the axis when zoomed, and for the tooltip.
    lowest, highest
        Ends of the range that values are rounded in.
    darkest, brightest
        Ends of the colour map; what lies outside saturates.
    palette
        Of `reports.raster`.
    """

    name: str
    title: str
    y_label: str
    values: np.ndarray
    start: float
    stop: float
    y: tuple[float, float]
    row_ticks: tuple[tuple[float, str], ...]
    row_names: tuple[RowName, ...]
    lowest: float
    highest: float
    darkest: float
    brightest: float
    palette: str


def clip_maps(pictures: Sequence[MapPicture], seconds: float, name: str) -> dict[str, JSON]:
    """Build the figure: waveform above, one map below the other, one time axis, one playhead.

    Parameters
    ----------
    pictures
        Scales and axes are read; data come with `views`.
    seconds
        Length of the clips.
    name
        Unique in the page.
    """
    shared = Range1d(0, seconds, bounds=(0, seconds))
    playhead = Span(
        dimension="height", location=None, line_color=RED, line_width=1.5, name="playhead"
    )
    figures = [_waveform(shared), *(_map(picture, shared, seconds) for picture in pictures)]
    for made in figures:
        made.add_layout(playhead)
    return json_item(stacked(figures, name=f"{name}-figures"), name)


def views(
    pictures: Sequence[MapPicture], index: int, envelope: tuple[np.ndarray, np.ndarray]
) -> dict[str, Columns]:
    """Columns of all data sources for one clip, by its position in the pictures."""
    low, high = envelope
    peak = max(float(np.abs(low).max(initial=0)), float(np.abs(high).max(initial=0))) or 1.0
    sources: dict[str, Columns] = {
        "waveform": {
            "low": quantised(low, n_bits=8, lowest=-peak, highest=peak),
            "high": quantised(high, n_bits=8, lowest=-peak, highest=peak),
        }
    }
    for picture in pictures:
        image = quantised(
            picture.values[index], n_bits=8, lowest=picture.lowest, highest=picture.highest
        )
        sources[picture.name] = {"image": image}
    return sources


def _waveform(shared: Range1d) -> figure:
    """Envelope between the lowest and highest audio sample of each bin."""
    made = plot("waveform-figure", x_label="Time (s)", y_label="Amplitude", height=WAVEFORM_HEIGHT)
    made.x_range = shared
    n = N_BINS
    times = (np.arange(n) + 0.5) * shared.end / n
    source = ColumnDataSource(
        {"x": times, "low": np.zeros(n), "high": np.zeros(n)}, name="waveform"
    )
    made.varea("x", "low", "high", source=source, color=BLUE)
    made.segment("x", "low", "x", "high", source=source, line_color=BLUE)
    return made


def map_height(n_rows: int) -> int:
    """CSS pixels of the figure of a map."""
    return int(np.clip(100 + 5 * n_rows, 200, 420))


def _map(picture: MapPicture, shared: Range1d, seconds: float) -> figure:
    """One layer's maps; where no receptive field has its centre is hatched."""
    n_rows = picture.values.shape[1]
    height = map_height(n_rows)
    made = plot(
        f"{picture.name}-figure", x_label="Time (s)", y_label=picture.y_label, height=height
    )
    made.x_range, made.y_range = shared, Range1d(*picture.y)
    made.title.text = picture.title
    made.title.text_font_style, made.title.text_font_size = "normal", "12px"
    made.yaxis.ticker = BasicTicker(min_interval=1, num_minor_ticks=0)  # rows are whole numbers
    made.yaxis.major_label_overrides = {
        row: name.tick for row, name in enumerate(picture.row_names)
    }
    mapper = colour_mapper(
        picture.palette,
        lowest=picture.darkest,
        highest=picture.brightest,
        name=f"{picture.name}-colours",
    )
    blank = np.zeros(picture.values.shape[1:], dtype=np.float32)
    drawn = made.image(
        "image",
        source=ColumnDataSource({"image": [blank]}, name=picture.name),
        x=picture.start,
        y=picture.y[0],
        dw=picture.stop - picture.start,
        dh=picture.y[1] - picture.y[0],
        color_mapper=mapper,
    )
    tips = [name.tip for name in picture.row_names]  # the page's script puts them in by row
    tooltips = "$x{0.000} s: @image{0.000}"
    made.add_tools(HoverTool(renderers=[drawn], tooltips=tooltips, tags=tips))
    made.add_layout(colour_bar(mapper, ""), "right")
    for left, right in ((0.0, picture.start), (picture.stop, seconds)):
        if right > left:
            made.add_layout(_nothing(left, right))
    return made


def _nothing(left: float, right: float) -> BoxAnnotation:
    """Hatched stretch of time."""
    return BoxAnnotation(
        left=left,
        right=right,
        fill_color=None,
        hatch_pattern="right_diagonal_line",
        hatch_color=GREY,
        hatch_alpha=0.5,
        hatch_weight=0.6,
        hatch_scale=8,
        line_color=None,
    )
