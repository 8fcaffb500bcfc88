"""Provenance: what ran on what, so that every number can be made again."""

import json
from collections.abc import Sequence

from cnnviz.provenance import Provenance
from cnnviz.results import Result
from cnnviz.run import Run

from ..parts import Cell, Column, Details, Paragraph, Part, Section, Table

ORDER = 90


def section(run: Run) -> Section | None:
    """Record of every result, or None without results."""
    if not run:
        return None
    parts: list[Part] = [_summary([result.provenance for result in run])]
    parts += [_details(result) for result in run]
    parts.append(
        Paragraph(
            text="This page holds no address of another host and works without a network; the "
            "same results give the same bytes."
        )
    )
    return Section(
        title="Provenance",
        anchor="provenance",
        text="What ran on what, so that it can be run again. Digests are SHA-256. Other versions "
        "or devices may round differently.",
        parts=tuple(parts),
    )


def _summary(records: Sequence[Provenance]) -> Table:
    """What the results have in common; several values stand one below the other."""
    rows: list[tuple[Cell, ...]] = []
    questions = {
        "Model": [r.model_name for r in records],
        "Model digest": [r.model_digest for r in records],
        "Clips digest": [r.clips_digest for r in records],
        "Command": [r.command for r in records],
        "Date (UTC)": [r.created for r in records],
        "Seed": ["" if r.seed is None else str(r.seed) for r in records],
        "Device": [r.device for r in records],
        "Platform": [r.platform for r in records],
        "Versions": [", ".join(r.versions) for r in records],
    }
    for question, answers in questions.items():
        rows += [(question, answer) for answer in dict.fromkeys(answers) if answer]
    return Table(
        name="provenance",
        caption="Of all results",
        columns=(Column(name="What", is_row_name=True), Column(name="Value")),
        rows=tuple(rows),
        sortable=False,
    )


def _details(result: Result) -> Details:
    """Parameters of one result."""
    record = result.provenance
    name = type(result).__name__
    which = getattr(result, "method", "")
    rows: list[tuple[Cell, ...]] = [
        (key, value if isinstance(value, str) else json.dumps(value))
        for key, value in json.loads(record.parameters or "{}").items()
    ]
    rows += [("seed", "none" if record.seed is None else str(record.seed))]
    return Details(
        summary=f"{name}{f' ({which})' if which else ''}, {result.id}",
        parts=(
            Table(
                name=f"parameters-{result.id}",
                caption="Parameters",
                columns=(Column(name="Parameter", is_row_name=True), Column(name="Value")),
                rows=tuple(rows),
                sortable=False,
            ),
        ),
    )
