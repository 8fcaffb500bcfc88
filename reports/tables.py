"""Tables of a report: cells, rows, confusion counts and the list of clips."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from cnnviz.errors import ParameterError


@dataclass(frozen=True, kw_only=True, slots=True)
class Badge:
    """Short mark; `tone` is ``"plain"``, ``"good"``, ``"warn"`` or ``"bad"``."""

    text: str
    tone: str = "plain"


@dataclass(frozen=True, kw_only=True, slots=True)
class Play:
    """Button that plays a clip of the run, or `start` to `stop` (seconds) of it.

    Shows as plain text when the clip's audio is not kept.
    """

    clip: int
    text: str = ""
    start: float | None = None
    stop: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """Link inside the report; `target` is a fragment without ``#`` (``"filter=conv1:3"``)."""

    text: str
    target: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    """One number or name that stands out, such as ``Fact(label="Accuracy", value="94.1 %")``."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """Row of facts."""

    items: tuple[Fact, ...]


Cell: TypeAlias = str | int | float | bool | Badge | Link | Play | None
"""One cell of a table; None and NaN show as an em dash."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """Column of a table.

    `digits` are significant digits of a float (None: as many as needed), `places` instead
    fixed decimal places; `unit` stands in the head; `is_row_name` makes its cells
    ``<th scope=row>``, in one column at most.
    """

    name: str
    unit: str = ""
    digits: int | None = 4
    places: int | None = None
    is_row_name: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """Rows under named columns.

    Parameters
    ----------
    name
        Unique in the report; ``<name>.csv`` is its data file.
    caption
        What it shows.
    columns, rows
        Each row has one cell per column.
    sortable
        Whether a click on a head sorts.
    anchors
        Fragment of each row (``"filter=conv1:3"``), for deep links; empty for none.
    bands
        Hz from and to that a search for a frequency finds each row by, None where it has none;
        empty for none.
    n_shown
        Rows open at first; the rest, if more than two, unfold on a click and in print. None
        for all.
    """

    name: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    sortable: bool = True
    anchors: tuple[str, ...] = ()
    bands: tuple[tuple[float, float] | None, ...] = ()
    n_shown: int | None = None

    def __post_init__(self) -> None:
        widths = {len(row) for row in self.rows} - {len(self.columns)}
        if widths:
            raise ParameterError(
                f"table {self.name!r} has rows of {sorted(widths)} cells; "
                f"allowed: {len(self.columns)}"
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class Matrix:
    """Counts of (true, predicted) classes; `anchors` links a cell to a list of clips.

    `values` is (row, column), shown as whole numbers of `unit`; `anchors` maps (row, column) to
    a fragment.
    """

    name: str
    caption: str
    values: np.ndarray
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    row_title: str
    column_title: str
    unit: str = "clips"
    anchors: Mapping[tuple[int, int], str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class ClipRow:
    """One clip of the list: whether it can be played, and whether the page explains it."""

    clip: int
    name: str
    seconds: float
    true: str = ""
    predicted: str = ""
    split: str = ""
    note: str = ""
    audio: bool = False
    explained: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ClipList:
    """List of clips with players, 50 rows at a time, filtered by text and by class."""

    name: str
    caption: str
    rows: tuple[ClipRow, ...]

    @property
    def has_classes(self) -> bool:
        """Whether a label of any clip is known."""
        return any(row.true for row in self.rows)

    @property
    def has_predictions(self) -> bool:
        """Whether a class was predicted for any clip."""
        return any(row.predicted for row in self.rows)

    @property
    def has_explanations(self) -> bool:
        """Whether the page explains any clip."""
        return any(row.explained for row in self.rows)
