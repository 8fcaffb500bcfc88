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


def units(results: Sequence[Result]) -> pandas.DataFrame:
    """Columns of all results that have a row for each unit; of equal names the first counts."""
    import pandas

    joined: pandas.DataFrame | None = None
    for result in results:
        table = result.to_dataframe()
        if not set(_KEYS) <= set(table.columns) or table.duplicated(_KEYS).any():
            continue
        if joined is None:
            joined = table
            continue
        new = [name for name in table.columns if name in _KEYS or name not in joined.columns]
        joined = joined.merge(table[new], on=_KEYS, how="outer", sort=False)
    return pandas.DataFrame(columns=_KEYS) if joined is None else joined


def to_csv(results: Sequence[Result]) -> str:
    """One row per unit; texts that a spreadsheet would run are made inert."""
    table = units(results)
    rows = table.astype(object).where(table.notna(), "").itertuples(index=False)
    return as_csv([list(table.columns), *(list(row) for row in rows)])


def to_json(results: Sequence[Result]) -> str:
    """Findings of each result, and the units."""
    found = {
        result.id: [asdict(finding) for finding in getattr(result, "findings", ())]
        for result in results
    }
    rows = json.loads(units(results).to_json(orient="records"))
    return json.dumps({"findings": found, "units": rows}, indent=1, ensure_ascii=False) + "\n"
