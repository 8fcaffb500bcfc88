"""Units of a layer held at one value while a network runs: the cause beside the correlation.

A unit's value is set as later layers see it. Where normalisation and an activation function
follow, the layer's own output is set to what becomes that value behind them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from cnnviz.capture.hearing import as_heard
from cnnviz.errors import UnsupportedModelError
from cnnviz.hooks import split_call
from cnnviz.probing.unit_layers import UnitLayer
from cnnviz.trace import LayerCall

_N_HALVINGS = 60


@dataclass(kw_only=True, slots=True)
class Replacement:
    """What the next forward pass replaces, and what it saw.

    Parameters
    ----------
    mask
        Units to replace in each row of the batch, bool (row, unit); None: nothing. Rows that
        follow stay as they are.
    values
        Own output of each replaced unit, (unit,).
    output
        The layer's own output of the last pass, before anything was replaced.
    """

    mask: Tensor | None = None
    values: Tensor | None = None
    output: Tensor | None = None


class RunningMeans:
    """Mean of units as later layers see them, and the own output that becomes that mean."""

    def __init__(self, layer: UnitLayer) -> None:
        self._layer, self._count = layer, 0
        self._sum: np.ndarray = np.zeros(layer.n_units)
        self._ends = np.full((2, 2, layer.n_units), np.nan)  # (lowest and highest, (seen, own))

    def add(self, arranged: Tensor) -> None:
        """Add activations (clip, unit, [frequency,] time), the layer's own output."""
        own = arranged.to("cpu", torch.float64).transpose(0, 1).flatten(1)  # (unit, cell)
        seen = self._seen(own)
        self._sum += seen.sum(1).numpy()
        self._count += own.shape[1]
        for end, place in enumerate((seen.argmin(1), seen.argmax(1))):
            found = [one.gather(1, place[:, None])[:, 0].numpy() for one in (seen, own)]
            kept = self._ends[end, 0]
            further = found[0] < kept if end == 0 else found[0] > kept
            self._ends[end] = np.where(np.isnan(kept) | further, found, self._ends[end])

    @property
    def means(self) -> np.ndarray:
        """As later layers see the units, (unit,)."""
        return np.asarray(self._sum / max(self._count, 1))

    def own_values(self) -> np.ndarray:
        """Own output that is seen as the mean, (unit,): between those seen lowest and highest."""
        low, high = self._ends[0, 1].copy(), self._ends[1, 1].copy()
        for _ in range(_N_HALVINGS):
            middle = (low + high) / 2
            is_less = self._seen(torch.from_numpy(middle)[:, None])[:, 0].numpy() < self.means
            low, high = np.where(is_less, middle, low), np.where(is_less, high, middle)
        return np.asarray(high)

    def _seen(self, own: Tensor) -> Tensor:
        """Own output (unit, cell) as later layers see it."""
        return as_heard(own.T[..., None], self._layer.followers)[..., 0].T


@contextmanager
def replacing(network: nn.Module, layer: UnitLayer) -> Iterator[Replacement]:
    """Hold units of a layer at values while a network runs.

    Parameters
    ----------
    network
        Held by `cnnviz.hooks.borrowed`.
    layer
        Whose units.

    Raises
    ------
    UnsupportedModelError
        In a pass where the layer gives no tensor with a row per clip.
    """
    modules = dict(network.named_modules(remove_duplicate=False))
    name, mark = split_call(layer.name, modules)
    wanted, plan, n_calls = int(mark[1:] or 0), Replacement(), 0

    def start(module: nn.Module, inputs: object) -> None:  # noqa: ARG001 (signature of torch)
        nonlocal n_calls
        n_calls = 0

    def hook(module: nn.Module, inputs: object, output: object) -> Tensor | None:  # noqa: ARG001
        nonlocal n_calls
        n_calls += 1
        if n_calls - 1 != wanted:
            return None
        if not isinstance(output, Tensor) or output.shape[1:] != layer.call.output_shape:
            raise UnsupportedModelError(
                f"layer {layer.name!r} gives no tensor of one shape, so its units cannot be "
                "replaced; allowed: a convolution; choose another --layer"
            )
        plan.output = output
        if plan.mask is None or plan.values is None:
            return None
        return _replaced(output, layer.call, plan.mask, plan.values)

    handles = [
        network.register_forward_pre_hook(start),
        modules[name].register_forward_hook(hook),
    ]
    try:
        yield plan
    finally:
        for handle in handles:
            handle.remove()


def _replaced(output: Tensor, call: LayerCall, mask: Tensor, values: Tensor) -> Tensor:
    """An output with units of some rows at one value; rows beyond the mask stay."""
    last = [axis + 1 for axis in (call.frequency_axis, call.time_axis) if axis is not None]
    order = [0, *(axis for axis in range(1, output.ndim) if axis not in last), *last]
    back = tuple(int(axis) for axis in np.argsort(order))
    sizes = [output.shape[axis] for axis in order[1 : len(order) - len(last)]]
    whole = torch.zeros(len(output), mask.shape[1], dtype=torch.bool, device=output.device)
    whole[: len(mask)] = mask.to(output.device)
    ones = [1] * len(last)
    shaped = whole.reshape(len(output), *sizes, *ones).permute(back)
    held = values.to(output).reshape(1, *sizes, *ones).permute(back)
    return torch.where(shaped, held, output)
