"""Periods of units: cells in one, and the units of layers each at its own cell and best tone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from cnnviz.probing.best_tones import BestTones
from cnnviz.probing.listening import Activations
from cnnviz.probing.periodic import Room, at_bands, period_cells
from cnnviz.probing.unit_layers import UnitLayer


def one_period(
    layer: UnitLayer,
    heard: Activations,
    best: Mapping[str, BestTones],
    *,
    room: Room,
    period: int,
) -> np.ndarray:
    """One period of each unit, float64 (sound, unit, cell)."""
    activations = heard[layer.name]
    n_samples = room.length(period)
    where = period_cells(
        layer, activations.shape[-1], n_samples=n_samples, room=room, period=period
    )
    cells: np.ndarray = (
        at_bands(activations[..., where], best[layer.name].band).double().cpu().numpy()
    )
    return cells


def best_in_use(best: Mapping[str, BestTones], layers: Sequence[UnitLayer]) -> np.ndarray:
    """Tones that are the best of some unit, numbers on the grid."""
    used = np.unique(np.concatenate([best[layer.name].index for layer in layers]))
    return np.asarray(used[used >= 0])


def cells_in_period(layer: UnitLayer, period: int) -> int:
    """Cells of a layer in a period; 0 where they are not a whole number."""
    count = period / layer.field.jump
    return int(count) if count == int(count) else 0
