"""What a report is made of: frozen parts that know nothing of files or HTML.

A section file ``reports/sections/<name>.py`` reads results and answers with one `Section`::

    ORDER = 30

    def section(run: Run) -> Section | None:
        results = run.find(FilterResponses)
        if not results:
            return None
        return Section(title="Filters", anchor="filters", text="...", parts=(...))

`reports/html.py` lowers parts; all text is escaped there, so parts hold plain text. The one
exception is `Vector.svg`, markup built by our own code with `reports.svg`. Colours come from
the page: an SVG uses ``currentColor`` and the classes of ``reports/static/report.css``
(``line``, ``line-2``, ``area``, ``axis``, ``grid``, ``tick``, ``mark``, ``c0`` ... ``c6``), so
that light, dark and print all work.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from cnnviz.results import Finding

from .pictures import Axis, Bar, Bars, DataFile, FigureColumns, Playhead, Raster, Vector
from .predicted import Grid
from .quantised import Corrected, Quantised
from .tables import Badge, Cell, ClipList, ClipRow, Column, Fact, Facts, Link, Matrix, Play, Table

__all__ = [
    "JSON",
    "Axis",
    "Badge",
    "Bar",
    "Bars",
    "Cell",
    "Choice",
    "ClipList",
    "ClipRow",
    "Column",
    "DataFile",
    "Details",
    "Fact",
    "Facts",
    "FigureColumns",
    "Findings",
    "Group",
    "Interactive",
    "Link",
    "Matrix",
    "Multiples",
    "Option",
    "Paragraph",
    "Part",
    "Play",
    "Playhead",
    "Raster",
    "Section",
    "Table",
    "Values",
    "Vector",
]

Values: TypeAlias = "np.ndarray | Quantised | Corrected | list[str]"
"""One column of a data source."""
JSON: TypeAlias = "str | int | float | bool | list[JSON] | dict[str, JSON] | None"


@dataclass(frozen=True, kw_only=True, slots=True)
class Paragraph:
    """Running text."""

    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Findings:
    """What results say in words; problems are shown first, then warnings, then notes."""

    items: tuple[Finding, ...]
    title: str = "Findings"


@dataclass(frozen=True, kw_only=True, slots=True)
class Interactive:
    """Bokeh figure, drawn when it scrolls into view.

    Parameters
    ----------
    name
        Unique in the report.
    item
        What ``bokeh.embed.json_item`` gives (its ids made deterministic by
        `reports.figures.json_item`).
    alt, caption
        What it shows.
    height
        CSS pixels kept free for it.
    fallback
        Shown without JavaScript and in print.
    views
        Data sets to switch between: fragment without ``#`` (``"filter=conv1:3"``) -> name of
        a ``ColumnDataSource`` in the figure -> column -> 1-D numbers. Going to the fragment
        scrolls here and puts the columns in; columns not named stay. A source named
        ``"title"`` is not data: its column ``"text"`` (one string) becomes the heading, and its
        column ``"clip"`` (one number as text) names the clip that the playhead follows.
    switches
        Buttons over the figure: label -> choice -> name of a model in the figure -> property
        -> value, such as ``{"Frequency": {"linear": {"db-log": {"visible": False}}}}``. The
        first choice is how the figure is built.
    clip_source
        Name of a data source whose column ``clip`` names clips: a tap on a glyph plays it.
    data
        Numbers to offer beside it.
    response_grid
        Where the page's script computes responses of the taps in ``taps``, column ``y``, which
        `Corrected` columns of ``response`` correct; None: it computes none.
    """

    name: str
    item: Mapping[str, JSON]
    alt: str
    caption: str = ""
    height: int = 360
    fallback: "Part | None" = None
    views: Mapping[str, Mapping[str, Mapping[str, "Values"]]] = field(default_factory=dict)
    switches: Mapping[str, Mapping[str, Mapping[str, Mapping[str, JSON]]]] = field(
        default_factory=dict
    )
    clip_source: str = ""
    data: DataFile | None = None
    response_grid: Grid | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Multiples:
    """Small multiples: a grid of parts, each `width` CSS pixels wide."""

    parts: "tuple[Part, ...]"
    width: int = 180
    caption: str = ""
    data: DataFile | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Details:
    """Parts under a summary line that unfolds; open in print."""

    summary: str
    parts: "tuple[Part, ...]"
    is_open: bool = False
    anchor: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """Parts under a heading of their own; `anchor` is its fragment."""

    title: str
    parts: "tuple[Part, ...]"
    anchor: str = ""
    text: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Option:
    """One choice: its parts are shown while it is chosen; `anchor` is its fragment."""

    title: str
    anchor: str
    parts: "tuple[Part, ...]" = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """Options of which one is shown at a time, the first to begin with.

    Without JavaScript and in print all are shown, each under its title. An option may share
    its fragment with a view of an `Interactive`, which then follows the choice.
    """

    label: str
    options: tuple[Option, ...]


Part: TypeAlias = (
    Paragraph
    | Findings
    | Facts
    | Badge
    | Play
    | Link
    | Table
    | Vector
    | Raster
    | Bars
    | Interactive
    | Matrix
    | ClipList
    | Multiples
    | Details
    | Group
    | Choice
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """One chapter: `text` is the paragraph under the title that says how to read it."""

    title: str
    anchor: str
    text: str
    parts: tuple[Part, ...]
