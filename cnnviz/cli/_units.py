"""Units as text: one row for each, with what every probe found of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from cnnviz.csv_text import to_csv as as_csv

if TYPE_CHECKING:
    import pandas

    from cnnviz.results import Result

_KEYS = ["layer", "unit"]
_SHOWN = (
    ("name", "unit_names.name", ""),
    ("best Hz", "tone_tuning.best_hz", ",.0f"),
    ("width Hz", "tone_tuning.width_hz", ",.0f"),
    ("Q10", "tone_tuning.q10", ".1f"),
    ("computed - measured dB", "tone_tuning.computed_difference_db", ".2f"),
    ("AM Hz", "modulation_transfer.best_rate_hz", ".1f"),
    ("window s", "integration_windows.window_seconds", ".3f"),
)
"""Title, column and format of what the terminal shows."""


def units(results: Sequence[Result]) -> pandas.DataFrame:
    """Columns of all results that have a row for each unit, ``tone_tuning.best_hz`` and so on."""
    import pandas

    joined = pandas.DataFrame(columns=_KEYS)
    for result in results:
        table = result.to_dataframe()
        if not set(_KEYS) <= set(table.columns) or table.duplicated(_KEYS).any():
            continue
        own = {name: f"{result.module_name}.{name}" for name in table.columns if name not in _KEYS}
        table = table.rename(columns=own)
        joined = joined.merge(table, on=_KEYS, how="outer", sort=False) if len(joined) else table
    return joined


def columns(table: pandas.DataFrame) -> list[tuple[str, list[str]]]:
    """Columns of the terminal's table, titles and cells, of those that were measured."""
    shown = [("#", [str(unit) for unit in table["unit"]])]
    for title, name, form in _SHOWN:
        values = table.get(name)
        if values is not None and values.notna().any():
            pairs = zip(values, values.notna(), strict=True)
            shown.append((title, [format(one, form) if known else "" for one, known in pairs]))
    return shown


def to_csv(results: Sequence[Result]) -> str:
    """One row per unit; texts that a spreadsheet would run are made inert."""
    table = units(results)
    texts = table.map(lambda cell: f"{cell:.6g}" if isinstance(cell, float) else cell, "ignore")
    rows = texts.astype(object).where(table.notna(), "").itertuples(index=False)
    return as_csv([list(table.columns), *map(list, rows)])


def to_json(results: Sequence[Result]) -> str:
    """What learning changed, findings of each result, and the units."""
    from cnnviz.results.learned import beside_twins, describe

    learned = [asdict(finding) for finding in describe(beside_twins(results))]
    found = {
        result.id: [asdict(finding) for finding in getattr(result, "findings", ())]
        for result in results
    }
    rows = json.loads(units(results).to_json(orient="records"))
    return (
        json.dumps(
            {"learned": learned, "findings": found, "units": rows}, indent=1, ensure_ascii=False
        )
        + "\n"
    )
