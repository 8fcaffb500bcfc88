"""Maxima in DeepLIFT: the cell that wins for the clip, and the one that wins for silence.

With y = max x, won by cell i, and y' = max x', won by cell j, the larger of y and y' lies between
the two changes (cross-max): where y rose, x_i rose from x'_i <= y' to y, and i gets all of
y - y'; where y fell, x'_j fell from y' to x_j <= y, and j gets it. So multipliers lie between 0
and 1, and a cell whose input did not change gets nothing.

References
----------
Lundberg and Lee's ``shap`` gives max pooling the same rule in its DeepExplainer.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from cnnviz.attribution.propagation.operations import Call, ruled
from cnnviz.attribution.propagation.two_passes import TwoPasses, ratio

_POOL_ARGUMENTS = ("kernel_size", "stride", "padding", "dilation", "ceil_mode")


def cross_max(inputs: Tensor, old: Tensor, index: Tensor, old_index: Tensor) -> Tensor:
    """Maxima of cells along the last axis, with the multipliers above.

    Parameters
    ----------
    inputs, old
        Of the clip and of silence, (..., cell).
    index, old_index
        Cells that win for each, (..., maximum).
    """
    now = inputs.detach()
    value, old_value = now.gather(-1, index), old.gather(-1, old_index)  # (..., maximum)
    rose = value >= old_value
    change = value - old_value
    winner = ratio(change, value, old.gather(-1, index), limit=torch.ones_like(change))
    loser = ratio(change, now.gather(-1, old_index), old_value, limit=torch.ones_like(change))
    shares = torch.where(rose, winner, 0.0), torch.where(rose, 0.0, loser)
    return ruled(
        value, inputs.gather(-1, index) * shares[0] + inputs.gather(-1, old_index) * shares[1]
    )


def pooled(passes: TwoPasses, call: Call) -> Tensor | tuple[Tensor, Tensor]:
    """Max pooling over windows, adaptive or not, in one to three dimensions."""
    inputs = call.argument(0, "input")
    met = passes.met(call.name, inputs)
    if met is None:
        return call.native()  # type: ignore[no-any-return]
    n_axes = int(call.name[-2])
    value, index = _windows(call, inputs.detach())
    _, old_index = _windows(call, met[0])
    cells = [one.flatten(-n_axes) for one in (inputs, met[0], index, old_index)]
    result = cross_max(*cells).reshape(value.shape)
    asks = 2 if call.name.startswith("adaptive") else 6
    return (result, index) if call.argument(asks, "return_indices", default=False) else result


def _windows(call: Call, inputs: Tensor) -> tuple[Tensor, Tensor]:
    """Maxima and where they are, as `torch.nn.functional` gives them."""
    if call.name.startswith("adaptive"):
        options = {"output_size": call.argument(1, "output_size")}
    else:
        given = {k: call.argument(i, k) for i, k in enumerate(_POOL_ARGUMENTS, start=1)}
        options = {k: v for k, v in given.items() if v is not None and v != []}
    value, index = getattr(functional, call.name)(inputs, **options, return_indices=True)
    return value, index


def extreme(passes: TwoPasses, call: Call) -> object:
    """Largest or smallest along axes or of two tensors."""
    sign = -1 if "min" in call.name else 1
    inputs, second = call.argument(0, "input"), call.argument(1, "other")
    if isinstance(second, Tensor):
        shape = torch.maximum(inputs.detach(), second.detach()).shape
        both = torch.stack([inputs.expand(shape), second.expand(shape)], -1)
        return sign * _along(passes, call, sign * both)[0][..., 0]
    axes = call.argument(1, "dim")
    every = axes is None or axes == ()
    chosen = range(inputs.ndim) if every else (axes if isinstance(axes, tuple | list) else [axes])
    value, index = _reduced(passes, call, sign, {axis % inputs.ndim for axis in chosen})
    if call.name in ("max", "min") and not every:
        kind = torch.return_types.max if call.name == "max" else torch.return_types.min
        return kind((value, index))
    return value


def _reduced(passes: TwoPasses, call: Call, sign: int, axes: set[int]) -> tuple[Tensor, Tensor]:
    """Largest of sign x over some axes, times the sign, and where it is."""
    inputs, keeps = call.argument(0, "input"), call.argument(2, "keepdim", default=False)
    rest = [axis for axis in range(inputs.ndim) if axis not in axes]
    cells = inputs.permute(*rest, *sorted(axes)).flatten(len(rest))  # (..., cell)
    value, index = _along(passes, call, sign * cells)
    kept = [
        1 if axis in axes else n for axis, n in enumerate(inputs.shape) if keeps or axis not in axes
    ]
    return (sign * value).reshape(kept), index.reshape(kept)


def _along(passes: TwoPasses, call: Call, cells: Tensor) -> tuple[Tensor, Tensor]:
    """Largest cell along the last axis, which is kept, and where it is."""
    met = passes.met(call.name, cells)
    index = cells.detach().argmax(-1, keepdim=True)
    if met is None:
        return cells.gather(-1, index), index
    return cross_max(cells, met[0], index, met[0].argmax(-1, keepdim=True)), index
