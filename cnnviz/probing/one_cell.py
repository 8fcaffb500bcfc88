"""One cell of a layer, and sounds placed in its receptive field."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import takewhile

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from cnnviz.dsp.composite import Affine
from cnnviz.grid import ReceptiveField
from cnnviz.model import AudioModel
from cnnviz.probing.listening import Listener, listening, takes
from cnnviz.probing.unit_layers import UnitLayer


@dataclass(frozen=True, kw_only=True, slots=True)
class OneCell:
    """A cell that sees audio samples `first` to `first + size` of sounds of `n_samples`.

    Parameters
    ----------
    listener
        With gradients, of one layer.
    layer
        Whose cell it is.
    cell
        Index along time; None: the cell of the largest response, as the field is not known.
    first, size
        Of the receptive field.
    n_samples
        Of the sounds that the network hears; silent but in the field.
    jump
        Audio samples between two cells; 1 where not known.
    """

    listener: Listener
    layer: UnitLayer
    cell: int | None
    first: int
    size: int
    n_samples: int
    jump: int

    def excite(self, sounds: Tensor, units: Tensor, shift: int = 0) -> Tensor:
        """Activation of unit `units[k]` by the k-th sound (sound, size), (sound,)."""
        return torch.cat(
            [
                _picked(self._at_cell(sounds[part], shift), units[part])
                for part in self._batches(len(sounds))
            ]
        )

    def answers(self, sounds: np.ndarray) -> np.ndarray:
        """Activations of all units by sounds (sound, size), float64 (sound, unit)."""
        parts = torch.from_numpy(np.ascontiguousarray(sounds, np.float32))
        with torch.no_grad():
            found = [self._at_cell(parts[part], 0) for part in self._batches(len(parts))]
        return np.asarray(torch.cat(found).double().cpu().numpy())

    def _batches(self, n_sounds: int) -> list[slice]:
        size = self.listener.batch_size
        return [slice(start, start + size) for start in range(0, n_sounds, size)]

    def _at_cell(self, sounds: Tensor, shift: int) -> Tensor:
        """Activations (sound, unit); along frequency the cell of the largest response."""
        before = min(max(self.first + shift, 0), self.n_samples - self.size)
        placed = F.pad(sounds, (before, self.n_samples - self.size - before))
        maps = self.listener.hear(placed)[self.layer.name]  # (sound, channel, [frequency,] time)
        maps = maps.amax(-1) if self.cell is None else maps[..., self.cell]
        return maps.flatten(2).amax(2) if maps.ndim > 2 else maps


def before_activation(layer: UnitLayer) -> UnitLayer:
    """The layer read before its activation function, where no unit is cut off at zero."""
    steps = takewhile(lambda step: isinstance(step, Affine), layer.followers)
    return replace(layer, followers=tuple(steps))


@contextmanager
def one_cell(model: AudioModel, layer: UnitLayer) -> Iterator[OneCell]:
    """Hold a model to a cell of a layer whose receptive field lies inside a sound."""
    known = layer.known_field
    whole = model.n_samples or model.sample_rate
    # a jump of room for shifts on both sides, one for where the cells lie
    n_samples = whole if known is None else int(np.ceil(known.size + 3 * known.jump)) + 1
    with listening(model, [layer], gradients=True, n_samples=n_samples) as listener:
        is_taken = known is None or takes(listener, n_samples)
        n_samples = n_samples if is_taken else whole
        cells = _n_cells(listener, layer, n_samples)
        cell, first, size = _placed(known, cells, n_samples)
        yield OneCell(
            listener=replace(listener, n_samples=n_samples),
            layer=layer,
            cell=cell,
            first=first,
            size=size,
            n_samples=n_samples,
            jump=1 if known is None else max(1, round(known.jump)),
        )


def _n_cells(listener: Listener, layer: UnitLayer, n_samples: int) -> int:
    with torch.no_grad():
        return int(listener.hear(torch.zeros(1, n_samples))[layer.name].shape[-1])


def _placed(
    field: ReceptiveField | None, n_cells: int, n_samples: int
) -> tuple[int | None, int, int]:
    """The cell nearest to the middle of a sound, and what of the sound it sees."""
    if field is None:
        return None, 0, n_samples
    cell = int(np.argmin(np.abs(field.centres(n_cells) - (n_samples - 1) / 2)))
    start, stop = field.span(cell)
    start, stop = max(start, 0), min(stop, n_samples)
    return cell, start, stop - start


def _picked(activations: Tensor, units: Tensor) -> Tensor:
    """Of each sound (sound, unit) the activation of its own unit."""
    return activations.gather(1, units.to(activations.device)[:, None])[:, 0]
