"""A bank beside its untrained twins: counts in a table, mean modulation in two pictures."""

import numpy as np

from cnnviz.results import Bank, Modulation, Untrained
from reports.parts import Axis, Column, Multiples, Part, Raster, Table

_WIDTH = 320


def twins(bank: Bank) -> tuple[Part, ...]:
    """What the bank is held against; nothing for files of earlier versions."""
    if bank.untrained is None:
        return ()
    table = _table(bank, bank.untrained)
    if bank.modulation is None or bank.untrained.modulation is None:
        return (table,)
    return (table, _modulations(bank.modulation, bank.untrained.modulation, bank.layer))


def _table(bank: Bank, untrained: Untrained) -> Table:
    whose = "untrained twins" if untrained.is_own else "untrained filters"
    return Table(
        name=f"twins-{bank.layer}",
        caption=f"{bank.layer} beside its {whose}: {untrained.null} "
        f"({untrained.n_banks} times the whole layer at most). A filter repeats another from "
        f"|r| = {untrained.least_repeat:.3f} on.",
        columns=(
            Column(name="Of this layer", is_row_name=True),
            Column(name="Here"),
            Column(name="Untrained, from"),
            Column(name="to"),
        ),
        rows=tuple((each.name, each.value, each.low, each.high) for each in untrained.ranges),
        sortable=False,
    )


def _modulations(transfer: Modulation, untrained: np.ndarray, layer: str) -> Multiples:
    """Mean modulation of the filters and of their twins, on one scale of colours."""
    shown = (
        (f"Filters of {layer}, mean", transfer.values.mean(axis=0)),
        ("Untrained twins, mean", untrained),
    )
    return Multiples(
        parts=tuple(_raster(text, values, transfer) for text, values in shown),
        width=_WIDTH,
        caption=f"Modulation transfer re each filter's maximum; {transfer.negative_rates}.",
    )


def _raster(text: str, values: np.ndarray, transfer: Modulation) -> Raster:
    rates, scales = transfer.rates, transfer.scales
    return Raster(
        values=values,
        alt=f"{text}: modulation transfer over rate and scale",
        caption=f"{text}.",
        x=Axis(label="Rate", unit=transfer.rate_unit, start=float(rates[0]), stop=float(rates[-1])),
        y=Axis(
            label="Scale", unit=transfer.scale_unit, start=float(scales[0]), stop=float(scales[-1])
        ),
        unit="",
        lowest=0.0,
        highest=1.0,
        palette="viridis",
        height=160,
    )
