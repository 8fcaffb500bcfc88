"""The page of a study: printed and own accuracies, against size and table by table.

Like every page it takes plain frozen values; `cnnviz zoo table` fills them.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from markupsafe import escape

from cnnviz.csv_text import to_csv
from cnnviz.marks import COLOURS, NEUTRAL

from .page import Page
from .parts import (
    Cell,
    Column,
    DataFile,
    Facts,
    Group,
    Paragraph,
    Part,
    Section,
    Table,
    Vector,
)
from .rendering import write_page
from .svg import Frame, axes, dots, label, log_ticks, nice_ticks, path, picture

_WIDTH, _HEIGHT, _LEGEND = 900.0, 430.0, 19.0
"""CSS pixels: picture without its legend, one line of the legend."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StudyTable:
    """One table: `rows` have a cell per column, empty text where nothing is trained yet."""

    name: str
    title: str
    note: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class StudyPoint:
    """One network: parameters, accuracy in [0, 1] and the ends of its interval."""

    name: str
    n_parameters: int
    accuracy: float
    low: float
    high: float
    is_on_front: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class StudySeries:
    """Networks whose accuracies compare, by growing size."""

    label: str
    is_printed: bool
    points: tuple[StudyPoint, ...]

    @property
    def front(self) -> tuple[StudyPoint, ...]:
        """Networks that none of the series beats with as few parameters."""
        return tuple(point for point in self.points if point.is_on_front)


@dataclass(frozen=True, kw_only=True, slots=True)
class Study:
    """What the page says: `text` explains the numbers, `facts` stand out."""

    title: str
    text: str
    facts: Facts
    series: tuple[StudySeries, ...]
    tables: tuple[StudyTable, ...]


def render_study(study: Study, out: Path) -> Path:
    """Write the page and return its path.

    Parameters
    ----------
    study
        What it shows.
    out
        A path ending in ``.html``; tables as CSV go to ``<stem>-data/`` beside it.

    Raises
    ------
    ParameterError
        If that folder holds files no report wrote.
    """
    return write_page(compose_study(study), out)


def compose_study(study: Study) -> Page:
    """Build the page: sizes and fronts first, then the tables."""
    size = Section(
        title="Accuracy and size",
        anchor="size",
        text="Networks on a front are beaten by no other of their colour with as few parameters. "
        "Accuracies of different colours come from different data and do not compare.",
        parts=(study.facts, _plot(study.series), *_fronts(study.series)),
    )
    tables = Section(
        title="Tables",
        anchor="tables",
        text=study.text,
        parts=tuple(_group(table) for table in study.tables),
    )
    return Page(title=study.title, sections=(size, tables), finds="network, table")


def _group(table: StudyTable) -> Group:
    anchors = tuple(f"{table.name}={k}:{row[0]}" for k, row in enumerate(table.rows))
    shown = Table(
        name=table.name,
        caption=table.caption,
        columns=table.columns,
        rows=table.rows,
        sortable=False,
        anchors=anchors,
    )
    return Group(title=table.title, anchor=f"table={table.name}", text=table.note, parts=(shown,))


def _fronts(series: tuple[StudySeries, ...]) -> list[Part]:
    """Networks of each front as a table."""
    columns = (
        Column(name="Network", is_row_name=True),
        Column(name="Parameters"),
        Column(name="Accuracy", places=4),
        Column(name="Low", places=3),
        Column(name="High", places=3),
    )
    parts: list[Part] = []
    for k, group in enumerate(series):
        n_columns = 3 if group.is_printed else 5
        rows = [(p.name, p.n_parameters, p.accuracy, p.low, p.high) for p in group.front]
        table = Table(
            name=f"front-{k}",
            caption=f"Pareto front, {group.label}",
            columns=columns[:n_columns],
            rows=tuple(row[:n_columns] for row in rows),
            n_shown=12,
        )
        parts.append(table)
    if len(series) == 1:
        parts.append(Paragraph(text="Nothing is trained here yet: there are no fronts of ours."))
    return parts


def _plot(series: tuple[StudySeries, ...]) -> Vector:
    """Accuracy against parameters on a log axis, a step line along each front."""
    points = [point for group in series for point in group.points]
    sizes = [point.n_parameters for point in points]
    lowest = np.floor(10 * min(point.low for point in points)) / 10
    top = 16 + _LEGEND * len(series)
    frame = Frame(
        width=_WIDTH,
        height=_HEIGHT + top,
        x=(min(sizes) / 1.3, max(sizes) * 1.3),
        y=(float(lowest), 1.0),
        margins=(52, top, 14, 38),
        is_log_x=True,
    )
    drawn = [_series(frame, group, k) for k, group in enumerate(series)]
    ticks = [x for x in log_ticks(*frame.x) if f"{x:.0e}"[0] != "2"]
    grid = axes(
        frame,
        x_label="Parameters",
        y_label="Test accuracy",
        x_ticks=ticks,
        y_ticks=nice_ticks(*frame.y, 8),
    )
    return Vector(
        svg=picture(_WIDTH, frame.height, grid, *drawn),
        alt=_alt(series),
        caption="Test accuracy against parameters on a log axis. Points: networks, ours with "
        "their intervals; lines: Pareto fronts.",
        data=DataFile(name="accuracy-and-size.csv", text=_csv(series)),
    )


def _series(frame: Frame, group: StudySeries, k: int) -> str:
    """Points, intervals, front and legend line of one series; the printed ones stay behind."""
    colour = f"c{NEUTRAL if group.is_printed else (k - 1) % len(COLOURS)}"
    marks = [_front(frame, group, colour)]
    for point in group.points:
        x, y = float(frame.across(point.n_parameters)), float(frame.up(point.accuracy))
        radius = 2.2 if group.is_printed else 4.0
        is_weak = group.is_printed and not point.is_on_front
        title = f"{point.name}: {point.n_parameters:,} parameters, {point.accuracy:.4f}"
        drawn = _interval(frame, point, colour) + dots(
            [x], [y], radius=radius, css=f"dots {colour}"
        )
        marks.append(
            f'<g class="{"faint" if is_weak else "strong"}"><title>{escape(title)}</title>'
            f"{drawn}</g>"
        )
    y = 12 + _LEGEND * k
    legend = dots([60], [y], radius=4, css=f"dots {colour}") + label(70, y + 4, group.label)
    return f"<g>{legend}{''.join(marks)}</g>"


def _interval(frame: Frame, point: StudyPoint, colour: str) -> str:
    if point.low == point.high:
        return ""
    ends = np.array([point.low, point.high])
    return path(frame, np.full(2, point.n_parameters), ends, css=f"line {colour}")


def _front(frame: Frame, group: StudySeries, colour: str) -> str:
    """Best accuracy up to each size: it holds until the next network of the front."""
    front = group.front
    if not front:
        return ""
    sizes = [point.n_parameters for point in front]
    best = [point.accuracy for point in front]
    xs = np.append(np.repeat(sizes, 2)[1:], frame.x[1])
    ys = np.repeat(best, 2)
    return path(frame, xs, ys, css=f"line {colour}")


def _alt(series: tuple[StudySeries, ...]) -> str:
    told = []
    for group in series:
        front = group.front
        ends = "; ".join(
            f"{point.name}, {point.n_parameters:,} parameters, {point.accuracy:.4f}"
            for point in dict.fromkeys((front[0], front[-1]))
        )
        told.append(f"{group.label}: {len(group.points)} networks, front of {len(front)}: {ends}")
    return f"Test accuracy against parameters. {'. '.join(told)}"


def _csv(series: tuple[StudySeries, ...]) -> str:
    rows: list[list[object]] = [
        ["series", "name", "n_parameters", "accuracy", "low", "high", "on_front"]
    ]
    for group in series:
        for p in group.points:
            values = [f"{value:.6g}" for value in (p.accuracy, p.low, p.high)]
            rows.append([group.label, p.name, p.n_parameters, *values, int(p.is_on_front)])
    return to_csv(rows)
