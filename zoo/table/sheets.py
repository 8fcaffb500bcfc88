"""The comparison laid out as sheets: rows of cells under heads."""

from dataclasses import dataclass
from typing import TypeAlias

from .comparison import Cell, Row, Table
from .outcomes import Outcome, Setting

Value: TypeAlias = str | int | float
"""One cell: an accuracy, a count, text, or "" where nothing is known."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """Head of a column: what, and whose (``"printed"``, ``"ours"`` or "")."""

    name: str
    whose: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """A table: one line per row and setting of ours; empty cells are not known.

    Parameters
    ----------
    heads
        Of the columns; the first names the rows.
    rows
        Cells, one per head.
    """

    heads: tuple[Head, ...]
    rows: tuple[tuple[Value, ...], ...]

    def compact(self) -> "Sheet":
        """Leave out columns in which nothing stands, and those that repeat their neighbour."""
        columns = [tuple(row[k] for row in self.rows) for k in range(len(self.heads))]
        keep = [
            k
            for k, column in enumerate(columns)
            if k == 0 or (any(cell != "" for cell in column) and column != columns[k - 1])
        ]
        return Sheet(
            heads=tuple(self.heads[k] for k in keep),
            rows=tuple(tuple(row[k] for k in keep) for row in self.rows),
        )


def sheet(table: Table) -> Sheet:
    """Lay out a table: what ours were trained on, accuracies printed and ours, parameters."""
    accuracies = [Head(name=c, whose=w) for c in table.columns for w in ("printed", "ours")]
    parameters = [Head(name="parameters", whose=whose) for whose in ("printed", "ours")]
    origins = [Head(name="trained on", whose="ours")]
    if table.name == "others":
        origins.insert(0, Head(name="trained on", whose="printed"))
    rows = [_line(table, row, one) for row in table.rows for one in (row.settings or (None,))]
    return Sheet(
        heads=(Head(name=table.row_title), *origins, *accuracies, *parameters), rows=tuple(rows)
    )


def accuracy_text(outcome: Outcome) -> str:
    """Accuracy with its interval, or with the range and number of its seeds.

    An en dash joins the ends.
    """
    n_seeds = len(outcome.seeds)
    ends = f"{outcome.low:.3f}\N{EN DASH}{outcome.high:.3f}"
    return f"{outcome.accuracy:.4f} ({ends}{f', {n_seeds} seeds' if n_seeds > 1 else ''})"


def _line(table: Table, row: Row, setting: Setting | None) -> tuple[Value, ...]:
    cells: list[Value] = [row.label]
    if table.name == "others":
        cells.append(row.cells[0].printed_on)
    cells.append("" if setting is None else setting.label)
    for cell in row.cells:
        cells += ["" if cell.printed is None else cell.printed, _cell(cell, setting)]
    return (*cells, "" if row.n_printed is None else row.n_printed, row.n_ours)


def _cell(cell: Cell, setting: Setting | None) -> str:
    return next((accuracy_text(o) for o in cell.ours if o.setting == setting), "")
