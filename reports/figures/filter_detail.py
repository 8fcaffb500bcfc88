"""One filter at a time: taps, magnitude, phase and group delay, or kernel and modulation.

One figure serves a whole bank: its data sources are empty, and the page's script puts the
columns of the filter in that was asked for (`views`).
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
from bokeh.models import ColumnDataSource, DataRange1d, HoverTool, LayoutDOM, Range1d
from bokeh.plotting import figure

from cnnviz.results import Bank, Responses
from reports.parts import JSON, Values
from reports.predicted import Grid, correct, predict
from reports.quantised import quantised, restored

from . import planes
from .items import json_item
from .kernels import drawn_points, has_planes, line_taps, tap_axis
from .style import BLUE, RED, plot, wrapped

Columns = Mapping[str, Values]


SWITCHES: Mapping[str, Mapping[str, Mapping[str, Mapping[str, JSON]]]] = MappingProxyType(
    {
        "Frequency": {
            chosen: {
                f"{column}-{scale}": {"visible": scale == chosen}
                for column in ("db", "phase", "delay")
                for scale in ("linear", "log")
            }
            for chosen in ("linear", "log")
        },
        "Magnitude": {
            text: {
                f"{kind}-{scale}": {name: value}
                for scale in ("linear", "log")
                for kind, name, value in (
                    ("line-db", "visible", chosen == "db"),
                    ("line-linear", "visible", chosen == "linear"),
                    ("db-axis", "axis_label", f"Magnitude ({text})"),
                )
            }
            for text, chosen in (("dB", "db"), ("linear", "linear"))
        },
    }
)
"""Choices of axes: what each sets on the models of a detail figure."""


def height(bank: Bank) -> int:
    """CSS pixels of the detail figure where two figures fit beside each other."""
    n = _has_line(bank) + 3 * (bank.responses is not None)
    n_planes = has_planes(bank) + (bank.modulation is not None)
    return 20 + 220 * -(-n // 2) + 260 * -(-n_planes // 2)


def filter_detail(bank: Bank, name: str) -> dict[str, JSON]:
    """Build the detail figure of a bank.

    Parameters
    ----------
    bank
        The filters; only axes are read, data come with `views`.
    name
        Unique in the page.
    """
    figures: list[LayoutDOM] = [_taps(bank)] if _has_line(bank) else []
    if bank.responses is not None:
        figures += _responses(bank.responses)
    return json_item(wrapped([*figures, *planes.figures(bank)], name=f"{name}-figures"), name)


def views(bank: Bank, filters: Sequence[int]) -> dict[int, dict[str, Columns]]:
    """Columns of each data source for each filter asked for."""
    taps = line_taps(bank)
    grid = None if bank.responses is None else response_grid(bank.responses)
    sources_by_filter: dict[int, dict[str, Columns]] = {}
    for k in filters:
        sources: dict[str, Columns] = {}
        if _has_line(bank):
            drawn = quantised(taps[k])
            sources["taps"] = {"y": drawn}
        if bank.responses is not None and grid is not None:
            sources["response"] = _response_columns(bank.responses, k, restored(drawn), grid)
        sources_by_filter[k] = sources | planes.views(bank, k)
    return sources_by_filter


def response_grid(responses: Responses) -> Grid:
    """Where responses are drawn, on the even grid that they were transformed on."""
    return Grid(
        bins=drawn_points(responses),
        n_fft=2 * (len(responses.frequencies) - 1),
        seconds=0.5 / float(responses.frequencies[-1]),
    )


def _response_columns(
    responses: Responses, index: int, taps: np.ndarray, grid: Grid
) -> Mapping[str, Values]:
    """Curves of one filter at the points drawn, by what its drawn taps (tap,) say of them."""
    curves = {
        "db": responses.magnitudes_db[index, grid.bins],
        "phase": responses.phases[index, grid.bins],
        "delay": 1000 * responses.group_delays[index, grid.bins],
    }
    predicted = predict(taps, grid)
    return {name: correct(curves[name], predicted[name], name, grid) for name in curves}


def _has_line(bank: Bank) -> bool:
    """Whether a line of taps says more than the planes do."""
    return bank.responses is not None or not has_planes(bank)


def _taps(bank: Bank) -> figure:
    """Taps over time."""
    positions, label = tap_axis(bank)
    made = plot("taps-figure", x_label=label, y_label="Weight")
    source = ColumnDataSource({"x": positions, "y": np.zeros(len(positions))}, name="taps")
    made.segment("x", 0, "x", "y", source=source, line_color=BLUE, line_alpha=0.35)
    line = made.line("x", "y", source=source, line_color=BLUE, line_width=1.5)
    made.scatter("x", "y", source=source, size=3 if len(positions) > 64 else 5, color=BLUE)
    made.add_tools(HoverTool(renderers=[line], tooltips="@x{0.000}: @y{0.0000}", mode="vline"))
    return made


def _responses(responses: Responses) -> list[figure]:
    """Magnitude, phase and group delay, each over linear and over logarithmic frequency."""
    hertz = responses.frequencies[drawn_points(responses)]
    columns = {key: np.zeros(len(hertz)) for key in ("db", "linear", "phase", "delay")}
    source = ColumnDataSource({"hz": hertz, **columns}, name="response")
    top = float(hertz[-1])
    lowest = float(max(hertz[1], top / 400)) if len(hertz) > 1 else 1.0
    ranges = {"linear": Range1d(0, top), "log": Range1d(lowest, top)}
    return [
        made for scale, shared in ranges.items() for made in _responses_over(source, shared, scale)
    ]


def _responses_over(source: ColumnDataSource, shared: Range1d, scale: str) -> list[figure]:
    """Three figures that share one frequency axis."""
    made = [
        _response(source, shared, scale, quantity)
        for quantity in ("Magnitude (dB)", "Phase (rad)", "Group delay (ms)")
    ]
    for one in made:
        one.visible = scale == "linear"
    return made


_COLUMNS = {"Magnitude (dB)": "db", "Phase (rad)": "phase", "Group delay (ms)": "delay"}


def _response(source: ColumnDataSource, shared: Range1d, scale: str, quantity: str) -> figure:
    """One quantity over frequency; the magnitude has a hidden linear twin."""
    column = _COLUMNS[quantity]
    label = "Frequency (Hz)" + (", log" if scale == "log" else "")
    made = plot(f"{column}-{scale}", x_label=label, y_label=quantity, x_range=shared, x_type=scale)
    made.y_range = DataRange1d(only_visible=True)
    made.yaxis.name = f"{column}-axis-{scale}"
    for key in (column, "linear") if column == "db" else (column,):
        line = made.line("hz", key, source=source, color=RED, line_width=1.5)
        line.name, line.visible = f"line-{key}-{scale}", key == column
        tip = f"@hz{{0,0.0}} Hz: @{key}{{0.000}}"
        made.add_tools(HoverTool(renderers=[line], tooltips=tip, mode="vline"))
    return made
