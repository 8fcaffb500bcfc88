"""One row for each unit of several layers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas


def unit_table(layers: Mapping[str, Mapping[str, Any]]) -> pandas.DataFrame:
    """Tables of layers one below the other, each row with its layer and its unit.

    Parameters
    ----------
    layers
        Columns by name of each layer, (unit,) each; a column ``"unit"`` numbers the units, else
        they are numbered from 0.
    """
    import pandas

    tables = [pandas.DataFrame(dict(columns)) for columns in layers.values()]
    for table, layer in zip(tables, layers, strict=True):
        if "unit" not in table:
            table.insert(0, "unit", range(len(table)))
        table.insert(0, "layer", layer)
    return pandas.concat(tables, ignore_index=True) if tables else pandas.DataFrame()
