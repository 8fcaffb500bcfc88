"""Rules of DeepLIFT, one for each operation: multipliers whose products with differences add up.

The table is the method:

- elementwise functions: m = dy / dx (rescale);
- products, matrix products, squares and variances, which are quadratic: the gradient half-way;
- a / b: a times 1 / b; moments of normalisations, magnitudes and softmax: by their formulas;
- maxima: cross-max (`cnnviz.attribution.propagation.cross_max`);
- linear operations: their own gradient. A tensor or number without a gradient that differs
  between the passes (a mask, an index, something detached) makes them none. That is refused,
  but where it masks or scales one input, which then is an elementwise function.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor

from cnnviz.attribution.propagation import normalizations
from cnnviz.attribution.propagation.cross_max import extreme, pooled
from cnnviz.attribution.propagation.elementwise import ELEMENTWISE
from cnnviz.attribution.propagation.operations import Call, Propagation, depends, ruled
from cnnviz.attribution.propagation.two_passes import TwoPasses, are_same, ratio

_RESCALED = (
    *ELEMENTWISE,
    *("relu", "leaky_relu", "prelu", "rrelu", "sigmoid", "hardsigmoid", "cos", "rpow", "rdiv"),
)
_POOLS = [f"{kind}max_pool{n}d" for kind in ("", "adaptive_") for n in (1, 2, 3)]


def rescaling(passes: TwoPasses) -> Propagation:
    """The mode that answers with these rules, for one of the passes."""
    return Propagation(
        {name: partial(rule, passes) for name, rule in RULES.items()},
        otherwise=partial(_linear, passes),
        method="deeplift",
        is_checked=not passes.is_reference,
    )


def _linear(passes: TwoPasses, call: Call) -> Any:
    """Its own gradient, where all that has none is the same in both passes."""
    constants = call.constants
    met = passes.met(call.name, *constants)
    if met is not None and not are_same(constants, met):
        raise call.refused(
            "it takes a tensor or number without a gradient that differs for silence"
        )
    return call.native()


def _elementwise(passes: TwoPasses, call: Call) -> Tensor:
    """Rescale."""
    (inputs,) = _single(call)
    if inputs.is_complex():
        raise call.refused("of complex numbers it has no rule")
    shape = call.on(inputs.detach()).shape  # larger than that of the input for some limits
    return passes.rescaled(call.name, call.on, inputs.expand(shape))


def _single(call: Call) -> list[Tensor]:
    if len(call.inputs) != 1:
        raise call.refused("only one of its arguments may depend on the input")
    return call.inputs


def _magnitude(passes: TwoPasses, call: Call) -> Tensor:
    """|x|; of a complex number the root of the sum of squares."""
    (inputs,) = _single(call)
    if not inputs.is_complex():
        return passes.rescaled(call.name, call.on, inputs)
    parts = torch.view_as_real(inputs)  # (..., part)
    power = passes.quadratic(call.name, lambda one: one.square().sum(-1), parts)
    return passes.rescaled(call.name, torch.sqrt, power)


def _product(passes: TwoPasses, call: Call) -> Any:
    """Half-way; with a factor that has no gradient linear, or elementwise where that changes."""
    inputs = call.inputs
    if len(inputs) == 2:
        return passes.quadratic(call.name, call.on, *inputs)
    if len(inputs) > 2 or call.name not in ("mul", "div"):
        return _linear(passes, call)
    first, second = call.argument(0, "input"), call.argument(1, "other")
    met = passes.met(call.name, first, second)
    factor = 1 if depends(first) else 0
    if met is None or are_same([(first, second)[factor]], [met[factor]]):
        return call.native()
    return _modulated(call, met, 1 - factor)


def _modulated(call: Call, met: tuple[Any, ...], position: int) -> Tensor:
    """Of x times a tensor that has no gradient and differs for silence: elementwise in x."""
    (inputs,) = call.inputs
    value = call.on(inputs.detach())
    old_value = torch.mul(*met) if call.name == "mul" else torch.div(*met)
    old, change = met[position].expand(value.shape), value - old_value
    inputs = inputs.expand(value.shape)
    slopes = ratio(change, inputs.detach(), old, limit=torch.zeros_like(value))
    return ruled(value, inputs * slopes)


def _quotient(passes: TwoPasses, call: Call) -> Any:
    """The product of a and 1 / b."""
    dividend, divisor = call.argument(0, "input"), call.argument(1, "other")
    if not depends(divisor):
        return _product(passes, call)
    inverse = passes.rescaled("reciprocal", torch.reciprocal, divisor)
    if depends(dividend):
        return passes.quadratic(call.name, torch.mul, dividend, inverse)
    met = passes.met(call.name, dividend)
    if met is not None and not are_same([dividend], met):
        raise call.refused("its dividend has no gradient and differs for silence")
    return inverse * dividend


def _quadratic(passes: TwoPasses, call: Call) -> Tensor:
    """Half-way."""
    return passes.quadratic(call.name, call.on, *call.inputs)


def _deviation(passes: TwoPasses, call: Call) -> Tensor:
    """The root of the variance."""
    (inputs,) = _single(call)
    power = passes.quadratic(
        call.name, lambda one: torch.var(one, *call.args[1:], **call.kwargs), inputs
    )
    return passes.rescaled(call.name, torch.sqrt, power)


def _batch_norm(passes: TwoPasses, call: Call) -> Tensor:  # noqa: ARG001 (of rules)
    """Scale; the shift is the same in both passes."""
    inputs = call.argument(0, "input")
    affine = normalizations.batch_norm(call).along(inputs)
    return ruled(call.on(inputs.detach()), inputs * affine.scale)


def _standardized(passes: TwoPasses, call: Call) -> Tensor:
    """(x - mean) times the inverse root of the variance."""
    inputs = call.argument(0, "input")
    plan = normalizations.standardization(call)
    rows = inputs.reshape(plan.shape)
    centred = rows - rows.mean(-1, keepdim=True)
    power = passes.quadratic(call.name, lambda x: x.square().mean(-1, keepdim=True), centred)
    inverse = passes.rescaled(call.name, lambda x: (x + plan.eps).rsqrt(), power)
    normal = plan.finished(passes.quadratic(call.name, torch.mul, centred, inverse), inputs)
    return normal if plan.bias is None else normal + plan.bias


def _log_softmax(passes: TwoPasses, call: Call) -> Tensor:
    (inputs,) = _single(call)
    return inputs - passes.logsumexp(inputs, normalizations.axes_of(call))


def _softmax(passes: TwoPasses, call: Call) -> Tensor:
    return passes.rescaled(call.name, torch.exp, _log_softmax(passes, call))


def _log_sum_exp(passes: TwoPasses, call: Call) -> Tensor:
    (inputs,) = _single(call)
    value = passes.logsumexp(inputs, normalizations.axes_of(call))
    return value.reshape(call.on(inputs.detach()).shape)


def _where(passes: TwoPasses, call: Call) -> Tensor:
    """The function and the method take the condition in other places."""
    first, second, third = call.argument(0, "condition"), *call.args[1:]
    if first.dtype == torch.bool:
        return _selected(passes, call, first, second, third)
    return _selected(passes, call, second, first, third)


def _masked_fill(passes: TwoPasses, call: Call) -> Tensor:
    mask, value = call.argument(1, "mask"), call.argument(2, "value")
    return _selected(passes, call, mask, value, call.argument(0, "input"))


def _selected(passes: TwoPasses, call: Call, mask: Tensor, first: Any, second: Any) -> Tensor:
    """One branch; where the other was taken for silence, both, in proportion to their changes."""
    one, other = (torch.as_tensor(branch).to(call.inputs[0]) for branch in (first, second))
    result = torch.where(mask, one, other)
    mask, *branches = (tensor.expand(result.shape) for tensor in (mask, one, other))
    met = passes.met(call.name, mask, *branches)
    if met is None:
        return result
    value = result.detach()
    change = value - torch.where(*met)
    moved = [
        (one.detach() - old) * depends(one) for one, old in zip(branches, met[1:], strict=True)
    ]
    power = moved[0].square() + moved[1].square()
    shares = [torch.where(power > 0, change * one / power, 0.0) for one in moved]
    is_same = mask == met[0]
    left = branches[0] * torch.where(is_same, mask.to(value), shares[0])
    right = branches[1] * torch.where(is_same, 1 - mask.to(value), shares[1])
    return ruled(value, left + right)


def _refused(passes: TwoPasses, call: Call) -> Any:  # noqa: ARG001 (of rules)
    raise call.refused("the gates of a recurrent layer are inside one operation")


RULES: Mapping[str, Callable[[TwoPasses, Call], Any]] = MappingProxyType(
    dict.fromkeys(_RESCALED, _elementwise)
    | dict.fromkeys(_POOLS, pooled)
    | dict.fromkeys(("max", "min", "amax", "amin", "maximum", "minimum"), extreme)
    | dict.fromkeys(("mul", "matmul", "mm", "bmm", "einsum", "dot", "mv"), _product)
    | dict.fromkeys(("square", "var"), _quadratic)
    | dict.fromkeys(("layer_norm", "group_norm", "instance_norm"), _standardized)
    | dict.fromkeys(("lstm", "gru", "rnn_tanh", "rnn_relu"), _refused)
    | {
        "abs": _magnitude,
        "batch_norm": _batch_norm,
        "div": _quotient,
        "log_softmax": _log_softmax,
        "logsumexp": _log_sum_exp,
        "masked_fill": _masked_fill,
        "softmax": _softmax,
        "std": _deviation,
        "where": _where,
    }
)
