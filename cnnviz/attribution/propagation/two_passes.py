"""A network that runs for silence and then for a clip, operation by operation.

An operation of the second pass meets what the same operation met in the first, and what DeepLIFT
needs follows from the two: multipliers m of its inputs with

    sum of m dx = dy,

dx and dy the differences between the passes. No batch axis is needed, so that a network may do
with its axes what it likes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from cnnviz.attribution.propagation.operations import ruled
from cnnviz.errors import UnsupportedModelError

Function = Callable[..., Tensor]


@dataclass(kw_only=True, slots=True)
class TwoPasses:
    """What the operations of the pass of silence met, and multipliers from both passes.

    Parameters
    ----------
    is_reference
        Whether the pass of silence is running.
    records
        Name and arguments of each operation of that pass.
    position
        Records that the second pass has met again.
    """

    is_reference: bool = True
    records: list[tuple[str, tuple[Any, ...]]] = field(default_factory=list)
    position: int = 0

    def met(self, name: str, *values: Any) -> tuple[Any, ...] | None:
        """What the same operation met for silence; None while that is running.

        Raises
        ------
        UnsupportedModelError
            If the passes differ in their operations.
        """
        if self.is_reference:
            self.records.append((name, tuple(map(_kept, values))))
            return None
        is_over = self.position >= len(self.records)
        earlier, kept = ("nothing", ()) if is_over else self.records[self.position]
        if earlier != name or list(map(_shape, kept)) != list(map(_shape, values)):
            raise UnsupportedModelError(
                f"the network does {name!r} for the clip where it does {earlier!r} for silence; "
                "allowed: the same operations, of the same shapes; use integrated_gradients"
            )
        self.records[self.position] = ("", ())  # frees memory
        self.position += 1
        return kept

    def rescaled(self, name: str, function: Function, inputs: Tensor) -> Tensor:
        """An elementwise function: m = dy / dx, and its derivative where dx is nearly 0."""
        if self.is_reference:
            value = function(inputs)
            self.met(name, inputs, value)
            return value
        points = inputs.detach().requires_grad_()
        value = function(points)
        (slopes,) = torch.autograd.grad(value.sum(), points)
        old_inputs, old_value = self.met(name, inputs, value) or ()
        pair = points.detach(), old_inputs
        return ruled(value, inputs * ratio(value.detach() - old_value, *pair, limit=slopes))

    def quadratic(self, name: str, function: Function, *inputs: Tensor) -> Tensor:
        """A function of degree 2: its gradient half-way between the two points."""
        old_inputs = self.met(name, *inputs)
        if old_inputs is None:
            return function(*inputs)
        value = function(*[one.detach() for one in inputs])
        pairs = list(zip(inputs, old_inputs, strict=True))
        return ruled(value, function(*[now + (old - now.detach()) / 2 for now, old in pairs]))

    def logsumexp(self, inputs: Tensor, axes: tuple[int, ...]) -> Tensor:
        """Take log sum exp over axes, which are kept: a rescaled exp, a sum and a rescaled log."""
        value = inputs.logsumexp(axes, keepdim=True)
        old = self.met("logsumexp", inputs, value)
        if old is None:
            return value
        pair = inputs.detach(), old[0]
        largest = torch.maximum(*pair).amax(axes, keepdim=True)
        powers, old_powers = ((one - largest).exp() for one in pair)
        totals = [one.sum(axes, keepdim=True) for one in (powers, old_powers)]
        inner = ratio(powers - old_powers, *pair, limit=powers)
        outer = ratio(value.detach() - old[1], totals[0], totals[1], limit=1 / totals[0])
        return ruled(value, (inputs * (inner * outer)).sum(axes, keepdim=True))


def ratio(difference: Tensor, now: Tensor, old: Tensor, *, limit: Tensor) -> Tensor:
    """Give difference / (now - old); where the two are nearly equal the limit, if it is finite."""
    # rounding spoils a small difference by eps / size, the derivative misses it by its size
    size = torch.finfo(now.dtype).eps ** 0.5
    is_near = (now - old).abs() <= size * now.abs().maximum(old.abs())
    quotient = difference / torch.where(is_near, 1.0, now - old)
    return torch.where(is_near, limit.nan_to_num(0.0, 0.0, 0.0), quotient)


def are_same(values: Iterable[Any], others: Iterable[Any]) -> bool:
    """Whether arguments without a gradient are equal in both passes."""
    return all(
        one is other or (torch.equal(one, other) if isinstance(one, Tensor) else bool(one == other))
        for one, other in zip(values, others, strict=True)
    )


def _kept(value: Any) -> Any:
    """A value as it is now; weights do not change."""
    changes = isinstance(value, Tensor) and not isinstance(value, nn.Parameter)
    return value.detach().clone() if changes else value


def _shape(value: Any) -> object:
    return value.shape if isinstance(value, Tensor) else type(value)
