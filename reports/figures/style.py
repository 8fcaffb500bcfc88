"""One look for all figures: colours that follow the page, few tools, labelled axes.

Text, grid and axis lines take their colours from CSS variables of the page
(``--bk-major-label-text-color`` and the like), so that light and dark need no second figure;
the greys set here are for pages without them.
"""

from bokeh.layouts import column, row
from bokeh.models import LayoutDOM, LinearColorMapper, Range1d
from bokeh.models.plots import Plot
from bokeh.plotting import figure

from reports.raster import colours

BLUE, RED, GREY = "#2f7ed8", "#d9542b", "#8a8f98"
"""Marks that stand out on white and on black."""

_TEXT = "#6f7680"


def plot(
    name: str,
    *,
    x_label: str,
    y_label: str,
    height: int = 220,
    x_range: Range1d | None = None,
    y_range: Range1d | None = None,
    x_type: str = "linear",
) -> figure:
    """Empty figure as wide as its container.

    Parameters
    ----------
    name
        The page's script finds the figure by it.
    x_label, y_label
        With units.
    height
        CSS pixels.
    x_range, y_range
        Shared ranges link figures; None fits the data.
    x_type
        ``"linear"`` or ``"log"``.
    """
    ranges = {key: value for key, value in (("x_range", x_range), ("y_range", y_range)) if value}
    made = figure(
        name=name,
        height=height,
        min_width=280,
        sizing_mode="stretch_width",
        x_axis_label=x_label,
        y_axis_label=y_label,
        x_axis_type=x_type,
        tools="xpan,xwheel_zoom,box_zoom,reset,save",
        active_drag="box_zoom",
        active_scroll=None,
        toolbar_location="above",
        styles={"flex": "1 1 45%"},
        **ranges,
    )
    made.toolbar.logo = None
    made.toolbar.autohide = True
    _dress(made)
    return made


def _dress(made: Plot) -> None:
    """Clear backgrounds and quiet greys."""
    made.background_fill_color = None
    made.border_fill_color = None
    made.outline_line_color = None
    made.min_border_right = 12
    made.axis.axis_label_text_font_style = "normal"
    made.axis.axis_label_text_font_size = "12px"
    made.axis.major_label_text_font_size = "11px"
    made.axis.axis_label_text_color = _TEXT
    made.axis.major_label_text_color = _TEXT
    made.axis.axis_line_color = GREY
    made.axis.major_tick_line_color = GREY
    made.axis.minor_tick_line_color = None
    made.grid.grid_line_color = GREY
    made.grid.grid_line_alpha = 0.25


def colour_mapper(palette: str, *, lowest: float, highest: float, name: str) -> LinearColorMapper:
    """Colour map of `reports.raster`, NaN clear; its tag lets the page turn diverging ones."""
    table = [f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in colours(palette)]
    return LinearColorMapper(
        palette=table,
        low=lowest,
        high=highest,
        nan_color="rgba(0, 0, 0, 0)",
        name=name,
        tags=[palette],
    )


def wrapped(children: list[LayoutDOM], *, name: str) -> LayoutDOM:
    """Figures beside each other where there is room, below each other where there is not."""
    return row(children, name=name, sizing_mode="stretch_width", styles={"flex-wrap": "wrap"})


def stacked(children: list[LayoutDOM], *, name: str) -> LayoutDOM:
    """Figures below each other with their plotting areas aligned."""
    for child in children:
        child.min_border_left = 62
        child.min_border_right = 58  # room of a colour bar, also where there is none
        child.styles = {}
    return column(children, name=name, sizing_mode="stretch_width")
