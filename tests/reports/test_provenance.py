"""Provenance chapter: everything that is needed to make the numbers again."""

from dataclasses import replace

import report_results

from cnnviz.run import Run
from reports.page import walk
from reports.parts import Table
from reports.sections import provenance


def tables(results: object) -> list[Table]:
    """Tables of the chapter: of all results, then of each."""
    section = provenance.section(Run(results=results))
    assert section is not None
    return [part for part in walk(section.parts) if isinstance(part, Table)]


def test_model_clips_seed_command_and_parameters_are_named() -> None:
    summary, *single = tables(report_results.results())
    rows = dict(summary.rows)

    assert rows["Model digest"] == "a3" * 32
    assert rows["Clips digest"] == "5f" * 32
    assert rows["Seed"] == "0"
    assert rows["Command"] == "cnnviz report mynet.py:build clips/"
    assert rows["Date (UTC)"] == "2026-01-02T03:04:05Z"
    assert [table for table in single if ("min_dist", "0.1") in table.rows]


def test_what_differs_between_results_stands_line_by_line() -> None:
    first = report_results.evaluation()
    second = replace(first, provenance=replace(first.provenance, seed=7))

    summary, *_ = tables((first, second))

    assert [value for question, value in summary.rows if question == "Seed"] == ["0", "7"]


def test_there_is_no_chapter_without_results() -> None:
    assert provenance.section(Run(results=())) is None
