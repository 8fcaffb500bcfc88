"""``cnnviz zoo table``: our accuracies beside the printed ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from cnnviz.cli._progress import say

if TYPE_CHECKING:
    from reports.parts import Fact
    from reports.study_page import Study, StudyTable
    from zoo.table import Comparison
    from zoo.table.comparison import Table
    from zoo.table.points import Series
    from zoo.table.sheets import Sheet, Value

_FORMATS = ("markdown", "csv", "html")
_TEXT_WIDTH = 118


@click.command(
    epilog="""
Examples:

  cnnviz zoo table

  cnnviz zoo table --sweep runs/sweeps/study --out tables/

  cnnviz zoo table --format markdown --format csv

Beside the printed accuracies stand those of the checkpoints that ship with cnnviz and those of
runs/ and of sweeps, told apart; cells of networks that are not trained yet are empty.
"""
)
@click.option(
    "--runs", default="runs", show_default=True, metavar="DIR", help="Folder of run folders."
)
@click.option(
    "--sweep", "sweeps", multiple=True, metavar="DIR", help="Sweep folder elsewhere; repeatable."
)
@click.option(
    "--out", default="runs/table", show_default=True, metavar="DIR", help="Folder for the files."
)
@click.option(
    "--format",
    "formats",
    multiple=True,
    type=click.Choice(_FORMATS),
    help="What to write; repeatable. Default: all three.",
)
def command(runs: str, sweeps: tuple[str, ...], out: str, formats: tuple[str, ...]) -> None:
    """Compare shipped networks and own runs with the study's printed tables.

    Shows the tables, and writes them as Markdown, CSV and one HTML page with accuracy against
    parameters and its Pareto front.
    """
    from cnnviz import registry

    registry.load_sibling("zoo")
    registry.load_sibling("reports")
    from zoo.table import compare, outcomes, read_cards, shipped_digests

    folders = [Path(sweep) for sweep in sweeps]
    comparison = compare(outcomes(read_cards(Path(runs), folders), shipped_digests()))
    _show(comparison)
    for folder in folders:
        _say_counts(folder)
    for path in _write(comparison, Path(out), formats or _FORMATS):
        click.echo(f"wrote {path}")


def _say_counts(folder: Path) -> None:
    from zoo.sweep import read_results

    counts = Counter(trial.status for trial in read_results(folder))
    statuses = ", ".join(f"{counts[status]} {status}" for status in sorted(counts))
    say(f"{folder}: {sum(counts.values())} trials, {statuses}")


def _write(comparison: Comparison, out: Path, formats: tuple[str, ...]) -> list[Path]:
    from cnnviz.files import write_whole
    from reports.study_page import render_study
    from zoo.table import to_csv, to_markdown

    written = []
    if "html" in formats:  # the largest, so first
        written.append(render_study(_study(comparison), out / "table.html"))
    for name, text in (("markdown", to_markdown), ("csv", to_csv)):
        if name in formats:
            path = out / f"table.{'md' if name == 'markdown' else 'csv'}"
            write_whole(path, text(comparison))
            written.append(path)
    return written


def _study(comparison: Comparison) -> Study:
    """The comparison as the values of a page."""
    from reports.parts import Facts
    from reports.study_page import Study, StudyPoint, StudySeries
    from zoo.table import series
    from zoo.table.text import explanation

    groups = series(comparison)
    return Study(
        title="Our networks beside the printed ones",
        text=explanation(comparison),
        facts=Facts(items=_facts(comparison, groups)),
        series=tuple(
            StudySeries(
                label=group.label,
                is_printed=group.is_printed,
                points=tuple(StudyPoint(**asdict(point)) for point in group.points),
            )
            for group in groups
        ),
        tables=(*map(_study_table, comparison.tables), _tabular(comparison)),
    )


def _facts(comparison: Comparison, groups: Sequence[Series]) -> tuple[Fact, ...]:
    """How many networks are trained, and the best of each series."""
    from reports.parts import Fact

    best = [max(group.points, key=lambda point: point.accuracy) for group in groups]
    return (
        Fact(
            label="Trained",
            value=f"{comparison.n_trained} of {comparison.n_printed}",
            note="networks of printed accuracies",
        ),
        *(
            Fact(label=f"Best {group.label}", value=f"{point.accuracy:.4f}", note=point.name)
            for group, point in zip(groups, best, strict=True)
        ),
    )


def _study_table(table: Table) -> StudyTable:
    """A printed table with ours beside it."""
    from reports.parts import Column
    from reports.study_page import StudyTable
    from zoo.table import sheet

    filled = sheet(table)
    return StudyTable(
        name=table.name,
        title=table.title,
        note=table.note,
        columns=tuple(
            Column(name=head.name, unit=head.whose, places=4, is_row_name=k == 0)
            for k, head in enumerate(filled.heads)
        ),
        rows=_cells(filled),
        caption="Test accuracies, and parameters",
    )


def _tabular(comparison: Comparison) -> StudyTable:
    """What is printed of models that are no networks."""
    from reports.parts import Column
    from reports.study_page import StudyTable
    from zoo.table.text import TABULAR_NOTE

    return StudyTable(
        name="urbansound_tabular",
        title="Classical models on UrbanSound8K",
        note=TABULAR_NOTE,
        caption="Printed scores",
        columns=(
            Column(name="Model", is_row_name=True),
            Column(name="accuracy", unit="printed", places=4),
            Column(name="Cohen's kappa", unit="printed", places=4),
        ),
        rows=tuple((m.name, m.accuracy, m.kappa) for m in comparison.tabular),
    )


def _cells(table: Sheet) -> tuple[tuple[Value | None, ...], ...]:
    """Rows of a page: what was never printed is None, what is not trained yet stays empty."""
    return tuple(
        tuple(
            None if cell == "" and head.whose == "printed" else cell
            for cell, head in zip(row, table.heads, strict=True)
        )
        for row in table.rows
    )


def _show(comparison: Comparison) -> None:
    """Print the tables, without columns in which nothing stands."""
    from rich.console import Console
    from rich.table import Table

    from zoo.table import sheet
    from zoo.table.text import explanation

    console = Console()
    if not console.is_terminal:
        console = Console(width=_TEXT_WIDTH)
    for table in comparison.tables:
        compact = sheet(table).compact()
        console.print(table.title, style="bold", highlight=False)
        text_table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        for k, head in enumerate(compact.heads):
            is_text = k == 0 or head.name == "trained on"
            text_table.add_column(
                f"{head.name}\n{head.whose}",
                justify="left" if is_text else "right",
                overflow="fold",
            )
        for row in compact.rows:
            text_table.add_row(*map(_lines, row))
        console.print(text_table, highlight=False)
        console.print()
    say(explanation(comparison))


def _lines(value: Value) -> str:
    """A cell of the terminal: accuracy, interval and seeds one below the other."""
    from zoo.table.text import cell_text

    return cell_text(value).replace(" (", "\n").replace(", ", "\n").removesuffix(")")
