"""Detail figures of planes: channels over time, spectro-temporal kernels, modulation."""

from collections.abc import Mapping

import numpy as np
from bokeh.models import ColorBar, ColumnDataSource, FixedTicker, HoverTool
from bokeh.plotting import figure

from cnnviz.results import Bank, Modulation
from reports.parts import Values
from reports.quantised import fiftieths

from .kernels import has_planes, modulation_step, plane, plane_axes
from .style import colour_mapper, plot

Columns = Mapping[str, Values]


def figures(bank: Bank) -> list[figure]:
    """Figures with one image each, for what the bank's filters have of planes."""
    made = [_kernel(bank)] if has_planes(bank) else []
    return made if bank.modulation is None else [*made, _modulation(bank.modulation)]


def views(bank: Bank, index: int) -> dict[str, Columns]:
    """Columns of the images of one filter, scaled to its own largest weight."""
    sources: dict[str, Columns] = {}
    if has_planes(bank):
        values = plane(bank, index)
        limit = float(np.abs(values).max()) or 1.0
        sources["plane"] = {"image": fiftieths(values / limit)}
    if bank.modulation is not None:
        scales, rates = modulation_step(bank.modulation)
        values = bank.modulation.values[index, ::scales, ::rates]
        sources["modulation"] = {"image": fiftieths(values)}
    return sources


def _kernel(bank: Bank) -> figure:
    """Weights over time and input channel, or over time and frequency."""
    axes = plane_axes(bank)
    made = plot("plane-figure", x_label=axes.x_label, y_label=axes.y_label, height=260)
    shape = (axes.n_rows, bank.taps.shape[-1])
    made.yaxis.ticker = FixedTicker(ticks=[row for row, _ in axes.row_ticks])
    made.yaxis.major_label_overrides = dict(axes.row_ticks)
    unit = "Weight, re the filter's largest"
    _image(made, "plane", shape, x=axes.x, y=(-0.5, axes.n_rows - 0.5), unit=unit)
    return made


def _modulation(transfer: Modulation) -> figure:
    """Modulation transfer over rate and scale."""
    made = plot(
        "modulation-figure",
        x_label=f"Rate ({transfer.rate_unit}), rising < 0 < falling",
        y_label=f"Scale ({transfer.scale_unit.replace('cycles', 'cyc')})",
        height=260,
    )
    every_scale, every_rate = modulation_step(transfer)
    scales, rates = transfer.scales[::every_scale], transfer.rates[::every_rate]
    shape = (len(scales), len(rates))
    _image(made, "modulation", shape, x=_edges(rates), y=_edges(scales), unit="Transfer")
    return made


def _image(
    made: figure,
    name: str,
    shape: tuple[int, int],
    *,
    x: tuple[float, float],
    y: tuple[float, float],
    unit: str,
) -> None:
    """Put an empty image, its colour bar and its hover into a figure."""
    signed = name == "plane"
    mapper = colour_mapper(
        "diverging" if signed else "magma",
        lowest=-1.0 if signed else 0.0,
        highest=1.0,
        name=f"{name}-colours",
    )
    blank = np.zeros(shape, dtype=np.float32)
    source = ColumnDataSource({"image": [blank]}, name=name)
    drawn = made.image(
        "image", source=source, x=x[0], y=y[0], dw=x[1] - x[0], dh=y[1] - y[0], color_mapper=mapper
    )
    made.x_range.range_padding = made.y_range.range_padding = 0
    made.add_tools(HoverTool(renderers=[drawn], tooltips="@image{0.00}"))
    made.add_layout(colour_bar(mapper, unit), "right")


def colour_bar(mapper: object, unit: str) -> ColorBar:
    """Slim colour bar with its unit."""
    return ColorBar(
        color_mapper=mapper,
        title=unit or None,
        width=8,
        padding=4,
        label_standoff=4,
        background_fill_color=None,
        title_text_font_style="normal",
        title_text_font_size="11px",
        major_label_text_font_size="10px",
        major_tick_line_color=None,
        bar_line_color=None,
    )


def _edges(centres: np.ndarray) -> tuple[float, float]:
    """Outer edges of evenly spaced cells."""
    step = float(centres[1] - centres[0]) if len(centres) > 1 else 1.0
    return float(centres[0]) - step / 2, float(centres[-1]) + step / 2
