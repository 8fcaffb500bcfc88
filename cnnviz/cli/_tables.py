"""Filters as text: rows for the terminal, CSV and JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.csv_text import inert
from cnnviz.dsp.shapes import NOT_PEAKIER

if TYPE_CHECKING:
    from cnnviz.results import Bank, FilterResponses, Untrained

_SHORT = MappingProxyType({NOT_PEAKIER: "not peakier"})
"""Shapes that are too long for a terminal."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """A column of the terminal's table: title with unit, cells, and whether they are numbers."""

    title: str
    cells: tuple[str, ...]
    is_number: bool = True


def columns(bank: Bank) -> tuple[Column, ...]:
    """Columns of one bank in the order of display; what holds no value for it is left out."""
    table, order = bank.table, bank.order
    numbers = [
        ("centre Hz", table.centre_hz, ",.0f"),
        ("-3 dB Hz", table.bandwidth_3db_hz, ",.0f"),
        ("ERB Hz", table.erb_hz, ",.0f"),
        ("Q", table.q_3db, ".1f"),
        ("peak dB", table.peak_gain_db, "+.1f"),
        *_modulation_columns(bank),
    ]
    number_columns = [
        Column(title=title, cells=tuple(_cell(values[i], form) for i in order))
        for title, values, form in numbers
        if np.isfinite(values).any()
    ]
    index = Column(title="#", cells=tuple(str(i) for i in order))
    shapes = tuple(_SHORT.get(shape, shape) for shape in table.shape)
    words = [("shape", shapes), ("note", table.notes)]
    texts = [Column(title=t, cells=tuple(w[i] for i in order), is_number=False) for t, w in words]
    return (index, *number_columns, *texts)


def to_csv(responses: FilterResponses) -> str:
    """One row per filter, sorted as displayed; empty cells are not defined or not known."""
    text: str = (
        responses.to_dataframe()
        .map(inert)
        .to_csv(index=False, float_format="%.10g", lineterminator="\n")
    )
    return text


def to_json(responses: FilterResponses) -> str:
    """Banks with findings and filters; null is not defined or not known."""
    content = {
        "provenance": asdict(responses.provenance),
        "layers": [_bank(bank) for bank in responses.banks],
    }
    return json.dumps(content, indent=1, allow_nan=False) + "\n"


def _modulation_columns(bank: Bank) -> list[tuple[str, np.ndarray, str]]:
    if bank.modulation is None:
        return []
    table = bank.table
    in_hz = bank.modulation.rate_unit == "Hz"
    in_octaves = bank.modulation.is_over_frequency
    rate = table.rate_hz if in_hz else table.rate_cycles_per_frame
    scale = table.scale_cycles_per_octave if in_octaves else table.scale_cycles_per_channel
    hertz = bank.modulation.reference_hz
    where = "" if hertz is None or not in_octaves else f" at {hertz:,.0f} Hz"
    return [
        ("rate Hz" if in_hz else "rate cyc/frame", rate, ".1f" if in_hz else ".3f"),
        (
            f"scale cyc/oct{where}" if in_octaves else "scale cyc/ch",
            scale,
            ".2f" if in_octaves else ".3f",
        ),
        ("direction", table.direction, "+.2f"),
    ]


def _cell(value: float, form: str) -> str:
    """Number as text, - where there is none; what rounds to zero has no sign."""
    if not np.isfinite(value):
        return "-"
    text = format(float(value), form)
    return text if text.strip("+-0.") else text.lstrip("+-")


def _bank(bank: Bank) -> dict[str, object]:
    return {
        "layer": bank.layer,
        "description": bank.description,
        "policy": bank.policy,
        "sample_rate": bank.sample_rate,
        "findings": [asdict(finding) for finding in bank.findings],
        "untrained": None if bank.untrained is None else _untrained(bank.untrained),
        "filters": [
            {"filter": int(i)}
            | {name: _plain(column[i]) for name, column in bank.columns().items()}
            for i in bank.order
        ],
    }


def _untrained(untrained: Untrained) -> dict[str, object]:
    """The twins without their mean modulation."""
    ranges = [{k: _plain(v) for k, v in asdict(each).items()} for each in untrained.ranges]
    names = ("null", "is_own", "n_banks", "least_repeat")
    return {name: getattr(untrained, name) for name in names} | {"ranges": ranges}


def _plain(value: object) -> object:
    """A value as JSON knows it: null for what is not finite."""
    if isinstance(value, np.bool_ | bool):
        return bool(value)
    if isinstance(value, np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return float(value) if np.isfinite(value) else None
    return value
