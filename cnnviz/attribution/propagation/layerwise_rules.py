"""Rules of layer-wise relevance propagation, one for each operation.

With c the coefficient of a tensor and x c its relevance, a rule says which part of the relevance
y c_y of an output each input gets, x c_x. The table is the method:

- linear layers and convolutions: in proportion to contributions to z + epsilon sign z (epsilon),
  or to the positive contributions alone (plus), those of negative inputs by negative weights
  included; batch normalisation that follows is one operation with them;
- activations with f(0) = 0: whole, c_x = c_y y / x; where f(0) is not 0, as of a sigmoid, f(0)
  is a constant that absorbs its share;
- max pooling: whole, to the cell that won; sums: in proportion to the addends;
- a signal times a gate (sigmoid, softmax): whole, to the signal; other products: half each;
- layer, group and instance normalisation and division: the divisor is taken for constant.

Whatever reaches a constant (a bias, an epsilon, f(0)) is absorbed. Each constant is a leaf of
the graph, so what it absorbs is measured as its value times its gradient.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor

from cnnviz.attribution.propagation import normalizations
from cnnviz.attribution.propagation.elementwise import ELEMENTWISE
from cnnviz.attribution.propagation.layerwise_pass import (
    CONVOLUTIONS,
    TRANSPOSED,
    LayerwisePass,
    batch_norm,
    standardized,
    weighted,
)
from cnnviz.attribution.propagation.linear_steps import origin
from cnnviz.attribution.propagation.operations import Call, Propagation, closed, depends

_GATES = ("sigmoid", "hardsigmoid")
_HOMOGENEOUS = frozenset(  # of degree 1, so that gradient times input is the relevance whole
    (
        *("Relu", "LeakyRelu", "PreluKernel", "Abs", "Max", "Min", "Amax", "Amin", "Maximum"),
        *("Minimum", "MaxPool2DWithIndices", "MaxPool3DWithIndices", "AdaptiveMaxPool2D"),
        *("AdaptiveMaxPool3D", "Std", "LinalgVectorNorm", "Norm", "Topk", "Sort", "Kthvalue"),
        *("RreluWithNoise", "MkldnnMaxPool2D", "MkldnnMaxPool3D"),
    )
)
_REFUSED = {
    "lstm": "the gates of an LSTM are inside one operation, and no rule reaches them",
    "gru": "the gates of a GRU are inside one operation, and no rule reaches them",
    "rnn_tanh": "the steps of a recurrent layer are inside one operation",
    "rnn_relu": "the steps of a recurrent layer are inside one operation",
    "scaled_dot_product_attention": "its softmax is inside one operation",
}
_NEAR_ZERO = 1e-6


def layerwise(rules: LayerwisePass) -> Propagation:
    """The mode that answers with these rules, for one pass."""
    return Propagation(
        {name: partial(rule, rules) for name, rule in RULES.items()},
        otherwise=Call.native,
        method="lrp",
        also_linear=_HOMOGENEOUS,
    )


def _activation(rules: LayerwisePass, call: Call) -> Tensor:
    """Whole, but for the share of f(0)."""
    if len(call.inputs) != 1:
        raise call.refused("only one of its arguments may depend on the input")
    (inputs,) = call.inputs
    softmax = rules.softmaxes.get(origin(inputs))
    if softmax is not None and call.name in ("clamp", "clamp_min", "log"):
        return _of_softmax(rules, call, *softmax)
    if call.name == "var":  # homogeneous of degree 2
        return rules.passed(call.on(inputs.detach()), call.on(inputs) / 2)
    points = inputs.detach().requires_grad_()
    value = call.on(points)
    zero = call.on(torch.zeros_like(points)).detach()
    if not bool(torch.isfinite(zero).all()):
        raise call.refused("relevance is counted from 0, where it is not finite")
    (slopes,) = torch.autograd.grad(value.sum(), points)
    near = points.detach().abs() <= _NEAR_ZERO
    secants = (value - zero).detach() / torch.where(near, 1.0, points.detach())
    slopes = torch.where(near, slopes.nan_to_num(0.0, 0.0, 0.0), secants)
    return rules.passed(value.detach(), inputs * slopes)


def _of_softmax(rules: LayerwisePass, call: Call, softmax: Call, inputs: Tensor) -> Tensor:
    """Take log softmax for one operation; a lower limit under the logarithm changes nothing."""
    value = call.on(*[one.detach() for one in call.inputs])
    if call.name != "log":
        return _as_softmax(rules, call, value, softmax, inputs)
    if value.shape != inputs.shape:
        raise call.refused("a softmax that was reshaped before its logarithm has no rule")
    return rules.passed(value, inputs - _expected(softmax, inputs))


def _log_softmax(rules: LayerwisePass, call: Call) -> Tensor:
    """Of log p = x - sum p x - entropy(p) along the axis: the entropy absorbs its share."""
    (inputs,) = call.inputs
    return rules.passed(call.on(inputs.detach()), inputs - _expected(call, inputs))


def _log_sum_exp(rules: LayerwisePass, call: Call) -> Tensor:
    """Of log sum exp x = sum p x + entropy(p): the entropy absorbs its share."""
    (inputs,) = call.inputs
    value = call.on(inputs.detach())
    return rules.passed(value, _expected(call, inputs).reshape(value.shape))


def _expected(call: Call, inputs: Tensor) -> Tensor:
    """Sum of p x over the axes of a softmax, which are kept."""
    p = (inputs - normalizations.log_sum_exp(call, inputs)).exp().detach()
    return (p * inputs).sum(normalizations.axes_of(call), keepdim=True)


def _gate(rules: LayerwisePass, call: Call) -> Tensor:
    """An activation that is known for a gate."""
    result = _activation(rules, call)
    rules.gates.add(result.grad_fn)
    return result


def _softmax(rules: LayerwisePass, call: Call) -> Tensor:
    """A gate, or part of a log softmax; anything else is refused when relevance gets there."""
    (inputs,) = call.inputs
    return _as_softmax(rules, call, call.on(inputs.detach()), call, inputs)


def _as_softmax(
    rules: LayerwisePass, call: Call, value: Tensor, softmax: Call, inputs: Tensor
) -> Tensor:
    reason = "a softmax that is neither a factor nor under a logarithm has no rule"
    result = closed(value, call.inputs[0], call.refused(reason))
    rules.softmaxes[result.grad_fn] = softmax, inputs
    rules.gates.add(result.grad_fn)
    return result


def _sum(rules: LayerwisePass, call: Call) -> Tensor:
    """Addends in proportion; those that do not depend on the input are constants."""
    like = call.inputs[0]
    first, second = call.argument(0, "input"), call.argument(1, "other")
    addends = [one if depends(one) else _constant(rules, one, like) for one in (first, second)]
    if call.name == "rsub":
        addends.reverse()
    operation = torch.add if call.name == "add" else torch.sub
    return operation(addends[0], addends[1], alpha=call.argument(2, "alpha", 1))


def _constant(rules: LayerwisePass, value: Any, like: Tensor) -> Tensor:
    tensor = torch.as_tensor(value, device=like.device)
    is_real = isinstance(value, Tensor) and tensor.is_floating_point()
    return rules.constant(tensor if is_real else tensor.to(like.dtype))


def _joined(rules: LayerwisePass, call: Call) -> Tensor:
    """Concatenation: each part its own."""
    parts = [
        one if depends(one) else rules.constant(one.to(call.inputs[0]))
        for one in call.argument(0, "tensors")
    ]
    result: Tensor = call.function(parts, *call.args[1:], **call.kwargs)
    return result


def _product(rules: LayerwisePass, call: Call) -> Any:
    """Whole to the signal where the other factor is a gate, else half each."""
    inputs = call.inputs
    if len(inputs) == 1:
        return call.native()
    if len(inputs) > 2:
        raise call.refused("a product of three factors that depend on the input has no rule")
    first, second = inputs
    are_gates = [origin(one) in rules.gates for one in inputs]
    if are_gates[0] and not are_gates[1]:
        return call.on(first.detach(), second)
    if are_gates[1] and not are_gates[0]:
        return call.on(first, second.detach())
    halves = (call.on(first, second.detach()) + call.on(first.detach(), second)) / 2
    return rules.passed(call.on(first.detach(), second.detach()), halves)


def _quotient(rules: LayerwisePass, call: Call) -> Any:  # noqa: ARG001 (of rules)
    """Whole to the dividend."""
    dividend, divisor = call.argument(0, "input"), call.argument(1, "other")
    if not depends(divisor):
        return call.native()
    if call.name != "div" or not depends(dividend):
        raise call.refused("relevance is counted from 0, where a reciprocal is not finite")
    return call.on(dividend, divisor.detach())


def _refused(rules: LayerwisePass, call: Call) -> Any:  # noqa: ARG001 (of rules)
    raise call.refused(_REFUSED[call.name])


RULES: Mapping[str, Callable[[LayerwisePass, Call], Any]] = MappingProxyType(
    dict.fromkeys((*CONVOLUTIONS, *TRANSPOSED, "linear"), weighted)
    | dict.fromkeys((*ELEMENTWISE, "square", "var"), _activation)
    | dict.fromkeys(_GATES, _gate)
    | dict.fromkeys(("layer_norm", "group_norm", "instance_norm"), standardized)
    | dict.fromkeys(("add", "sub", "rsub"), _sum)
    | dict.fromkeys(("cat", "concat", "stack"), _joined)
    | dict.fromkeys(("mul", "matmul", "mm", "bmm", "einsum"), _product)
    | dict.fromkeys(("div", "rdiv"), _quotient)
    | dict.fromkeys(_REFUSED, _refused)
    | {
        "batch_norm": batch_norm,
        "softmax": _softmax,
        "log_softmax": _log_softmax,
        "logsumexp": _log_sum_exp,
    }
)
