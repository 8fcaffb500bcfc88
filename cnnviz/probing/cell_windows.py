"""Which audio samples each cell of a layer sees, and which cell stands for a unit's band."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from torch import Tensor

from cnnviz.probing.unit_layers import UnitLayer


@dataclass(frozen=True, kw_only=True, slots=True)
class CellWindows:
    """Cells of a layer that see no padding, and what each sees.

    Parameters
    ----------
    cells
        Of the layer along time, (cell,).
    starts
        First audio sample that each sees, (cell,).
    size
        Audio samples that each sees.
    is_known
        Whether that is the receptive field; otherwise it is the whole sound, of one cell.
    """

    cells: np.ndarray
    starts: np.ndarray
    size: int
    is_known: bool

    def thinned(self, step: int) -> CellWindows:
        """Every `step`-th cell."""
        return replace(self, cells=self.cells[::step], starts=self.starts[::step])


def windows_of(layer: UnitLayer, n_cells: int, n_samples: int) -> CellWindows:
    """Cells of a layer on sounds of `n_samples` without ramps.

    Parameters
    ----------
    layer
        Of `n_cells` along time on such sounds.
    n_cells, n_samples
        Lengths.
    """
    inside, is_known = layer.interior(n_cells, n_samples=n_samples, ramp=0)
    cells = np.arange(n_cells)[inside]
    field = layer.known_field
    if is_known and field is not None:
        exact = field.offset + cells * field.jump
        starts = np.floor(exact).astype(int)
        size = int(np.ceil(exact + field.size - starts).max())
        fits = starts + size <= n_samples
        if fits.any():
            return CellWindows(cells=cells[fits], starts=starts[fits], size=size, is_known=True)
    middle = cells[len(cells) // 2 : len(cells) // 2 + 1]
    return CellWindows(cells=middle, starts=np.zeros(1, int), size=n_samples, is_known=False)


def shortest_sound(layer: UnitLayer) -> int | None:
    """Audio samples that let one cell see no padding; None where the field is not known."""
    field = layer.known_field
    if field is None:
        return None
    first = max(int(np.ceil(-field.offset / field.jump)), 0)
    return int(np.ceil(field.offset + first * field.jump + field.size))


def loudest_bands(activations: Tensor, cells: np.ndarray) -> np.ndarray | None:
    """Cell along frequency that varies most of each unit, (unit,); None without such an axis.

    Parameters
    ----------
    activations
        (sound, unit, [frequency,] time).
    cells
        Along time, (cell,).
    """
    if activations.ndim == 3:
        return None
    spread = activations[..., cells].detach().double().var(dim=(0, 3), correction=0)
    return np.asarray(spread.argmax(1).cpu().numpy())


def of_bands(activations: Tensor, bands: np.ndarray | None) -> Tensor:
    """Activations (sound, unit, time), at each unit's cell along frequency."""
    if bands is None:
        return activations
    return activations[:, np.arange(activations.shape[1]), bands]
