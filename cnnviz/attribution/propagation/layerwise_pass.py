"""One pass of layer-wise relevance propagation: its constants, and its linear layers.

Whatever reaches a constant (a bias, the shift of a norm, an epsilon) is absorbed. Each constant
is a leaf of the graph, so what it absorbs is measured as its value times its gradient.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from cnnviz.attribution.propagation import normalizations
from cnnviz.attribution.propagation.operations import Call, depends, ruled

if TYPE_CHECKING:
    from torch.autograd.graph import Node

CONVOLUTIONS = ("conv1d", "conv2d", "conv3d")
TRANSPOSED = ("conv_transpose1d", "conv_transpose2d", "conv_transpose3d")


@dataclass(frozen=True, kw_only=True, slots=True)
class Weighted:
    """A linear layer or convolution as it was called; `version` tells whether x is the same."""

    inputs: Tensor
    weight: Tensor
    bias: Tensor | None
    of: Callable[[Tensor, Tensor, Tensor | None], Tensor]
    is_convolution: bool
    version: int


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerwisePass:
    """What one pass meets: constants, gates, and layers that others are one with.

    Parameters
    ----------
    rule
        ``"epsilon"`` or ``"epsilon_plus"``.
    epsilon
        Share of the root mean square of a layer's outputs.
    constants
        Leaves of the graph, one for each constant that was met.
    gates, layers, softmaxes
        By the step of the graph that made them: gates, linear layers as they were called, and
        the calls of a softmax with their input.
    """

    rule: str
    epsilon: float
    constants: list[Tensor] = field(default_factory=list)
    gates: set[Node | None] = field(default_factory=set)
    layers: dict[Node | None, Weighted] = field(default_factory=dict)
    softmaxes: dict[Node | None, tuple[Call, Tensor]] = field(default_factory=dict)

    def constant(self, value: Tensor) -> Tensor:
        """A leaf of the graph that absorbs what reaches it."""
        leaf = value.detach().clone().requires_grad_()
        self.constants.append(leaf)
        return leaf

    def passed(self, value: Tensor, surrogate: Tensor) -> Tensor:
        """`value`: relevance goes to the surrogate's inputs, and to a constant for the rest."""
        rest = (value - surrogate).detach()
        return ruled(value, surrogate + self.constant(rest))

    def explained(self, score: Tensor, waveforms: Tensor) -> tuple[Tensor, float]:
        """Coefficients of the waveforms, and what all constants absorb."""
        leaves = [waveforms, *self.constants]
        with torch.backends.mkldnn.flags(enabled=False, allow_tf32=None):
            first, *rest = torch.autograd.grad(score.sum(), leaves, materialize_grads=True)
        pairs = zip(self.constants, rest, strict=True)
        return first, sum(float((leaf.detach().double() * part).sum()) for leaf, part in pairs)


def weighted(rules: LayerwisePass, call: Call) -> Tensor:
    """Convolutions and linear layers."""
    inputs, weight = call.argument(0, "input"), call.argument(1, "weight")
    if depends(weight):
        raise call.refused("weights that depend on the input have no rule")
    rest = {k: v for k, v in call.kwargs.items() if k not in ("input", "weight", "bias")}
    layer = Weighted(
        inputs=inputs,
        weight=weight,
        bias=call.argument(2, "bias"),
        of=lambda x, w, b: call.function(x, w, b, *call.args[3:], **rest),
        is_convolution=call.name != "linear",
        version=inputs._version,  # noqa: SLF001 (the only way to see in-place changes)
    )
    result = _share(rules, layer, layer.of(inputs.detach(), weight, layer.bias))
    if call.name not in TRANSPOSED:
        rules.layers[result.grad_fn] = layer
    return result


def _share(rules: LayerwisePass, layer: Weighted, value: Tensor) -> Tensor:
    """Relevance in proportion to contributions, all or the positive ones."""
    inputs, weight, bias = layer.inputs, layer.weight, layer.bias
    if rules.rule == "epsilon_plus" and layer.is_convolution:
        constant = None if bias is None else rules.constant(bias.clamp(min=0))
        given = layer.of(inputs.clamp(min=0), weight.clamp(min=0), constant)
        if bool((inputs < 0).any()):
            given = given + layer.of(inputs.clamp(max=0), weight.clamp(max=0), None)
    else:
        given = layer.of(inputs, weight, None if bias is None else rules.constant(bias))
    return rules.passed(value, given * _ratio(value, given.detach(), rules.epsilon))


def _ratio(value: Tensor, given: Tensor, epsilon: float) -> Tensor:
    """Quotient value / (given + epsilon sign(given)), 0 where nothing is given."""
    size = given.square().mean().sqrt()
    stable = given + epsilon * size * torch.where(given < 0, -1.0, 1.0)
    nothing = given.abs() <= torch.finfo(given.dtype).tiny
    return torch.where(nothing, 0.0, value / torch.where(nothing, 1.0, stable))


def batch_norm(rules: LayerwisePass, call: Call) -> Tensor:
    """One operation with the layer before it, else scale and shift."""
    inputs = call.argument(0, "input")
    affine = normalizations.batch_norm(call)
    layer = rules.layers.get(inputs.grad_fn)
    value = call.on(*[one.detach() for one in call.inputs])
    if layer is None or layer.version != layer.inputs._version:  # noqa: SLF001 (as above)
        along = affine.along(inputs)
        return rules.passed(value, inputs * along.scale)
    scale = affine.scale.reshape(-1, *(1,) * (layer.weight.ndim - 1))
    bias = affine.shift if layer.bias is None else affine.shift + layer.bias * affine.scale
    return _share(rules, replace(layer, weight=layer.weight * scale, bias=bias), value)


def standardized(rules: LayerwisePass, call: Call) -> Tensor:
    """The deviation is taken for constant."""
    inputs = call.argument(0, "input")
    plan = normalizations.standardization(call)
    rows = inputs.reshape(plan.shape)
    centred = rows - rows.mean(-1, keepdim=True)
    deviation = (centred.detach().square().mean(-1, keepdim=True) + plan.eps).sqrt()
    value = call.on(*[one.detach() for one in call.inputs])
    return rules.passed(value, plan.finished(centred / deviation, inputs))
