"""Tensor operations as steps of a chain of filters."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from torch import Tensor

from cnnviz.dsp.composite import Affine, Kernel, Nonlinearity, Pad, Pool, Step
from cnnviz.trace.operation import Operation
from cnnviz.trace.weights import as_copy, as_float64
from cnnviz.trace.windows import per_axis

_NONLINEAR = frozenset(
    [
        *("relu", "gelu", "silu", "sigmoid", "tanh", "elu", "leaky_relu", "hardtanh", "relu6"),
        *("hardswish", "hardsigmoid", "softplus", "mish", "selu", "celu", "_prelu_kernel", "abs"),
        *("clamp", "clamp_min", "pow", "log", "log1p", "sqrt", "threshold", "softsign", "square"),
        *("log_sigmoid_forward", "hardshrink", "softshrink", "rrelu_with_noise", "exp"),
        *("log2", "log10", "rsqrt", "sign"),
    ]
)
_IDENTITIES = frozenset(
    [
        *("unsqueeze", "squeeze", "view", "_unsafe_view", "reshape", "clone", "detach", "alias"),
        *("contiguous", "_to_copy", "to", "dropout", "native_dropout", "lift_fresh", "expand"),
    ]
)
REORDERING = frozenset(["permute", "transpose", "t", "swapaxes"])
"""Operations that give the axes another order and leave the values."""
_NORMS = frozenset(
    [
        *("native_batch_norm", "_native_batch_norm_legit_no_training", "batch_norm"),
        *("cudnn_batch_norm", "miopen_batch_norm"),
    ]
)


def steps_of(op: Operation) -> tuple[Step, ...] | None:
    """What an operation does to a chain: no step where it only renames axes, None unknown."""
    if op.name in _IDENTITIES:
        same = _long_axes(tuple(op.tensors[0].shape)) == _long_axes(op.shape)
        return () if same else None
    if op.name in _NONLINEAR:
        return (Nonlinearity(name=_function_name(op)),)
    if "pool" in op.name and "kernel_size" in op.arguments:
        return _pool(op)
    rule = _RULES.get(op.name)
    return None if rule is None else rule(op)


def _function_name(op: Operation) -> str:
    """Name of a function; ReLU6 arrives as a hard tangent from 0 to 6."""
    limits = (op.arguments.get("min_val"), op.arguments.get("max_val"))
    is_relu6 = op.name == "hardtanh" and limits == (0, 6)
    return "relu6" if is_relu6 else op.name.strip("_").removesuffix("_kernel")


def trimmed(steps: tuple[Step, ...], n_axes: int) -> tuple[Step, ...]:
    """Sizes for the last `n_axes` axes: one-dimensional pooling runs as two-dimensional."""
    return tuple(_trim(step, n_axes) for step in steps)


def _trim(step: Step, n_axes: int) -> Step:
    if isinstance(step, Pool):
        return Pool(
            kind=step.kind,
            kernel=step.kernel[-n_axes:],
            stride=step.stride[-n_axes:],
            padding=step.padding[-n_axes:],
            dilation=step.dilation[-n_axes:],
        )
    if isinstance(step, Pad):
        zeros = (0,) * n_axes
        return Pad(
            left=(*zeros, *step.left)[-n_axes:],
            right=(*zeros, *step.right)[-n_axes:],
        )
    return step


def _long_axes(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(n for n in shape if n != 1)


def _normalisation(op: Operation) -> tuple[Step, ...] | None:
    """Batch normalisation with running statistics: y = (x - mean) / sqrt(var + eps) w + b."""
    values = op.arguments
    mean, variance = values.get("running_mean"), values.get("running_var")
    if values.get("training") or mean is None or variance is None:
        return None
    eps = float(values.get("eps", values.get("epsilon", 1e-5)))
    weight, bias = values.get("weight"), values.get("bias")
    scale = 1 / np.sqrt(as_float64(variance) + eps)
    if weight is not None:
        scale = scale * as_float64(weight)
    shift = -as_float64(mean) * scale + (0.0 if bias is None else as_float64(bias))
    return (Affine(scale=scale, shift=shift),)


def _pool(op: Operation) -> tuple[Step, ...] | None:
    """Windows, of which an average divides by its own size."""
    kernel = tuple(op.arguments["kernel_size"])
    dilation = per_axis(op.arguments.get("dilation"), len(kernel), 1)
    if op.arguments.get("divisor_override"):
        return None
    pool = Pool(
        kind="max" if "max" in op.name else "avg",
        kernel=kernel,
        stride=per_axis(op.arguments.get("stride") or list(kernel), len(kernel), 1),
        padding=per_axis(op.arguments.get("padding"), len(kernel), 0),
        dilation=dilation if any(n != 1 for n in dilation) else (),
    )
    return (pool,)


def _padding(op: Operation) -> tuple[Step, ...] | None:
    """Zeros around the axes behind the channels."""
    pads = list(op.arguments["pad"])
    if op.arguments.get("value") or any(pads[2 * (len(op.shape) - 2) :]):
        return None
    return (Pad(left=tuple(pads[-2::-2]), right=tuple(pads[-1::-2])),)


def _slice(op: Operation) -> tuple[Step, ...] | None:
    """Cells cut off at the ends of one axis, and every n-th of the rest."""
    n_axes = len(op.shape) - 2
    axis = op.arguments["dim"] % len(op.shape) - 2
    n_in, n_out = op.tensors[0].shape[axis + 2], op.shape[axis + 2]
    if n_in == n_out:
        return ()
    if axis < 0:
        return None
    bounds = slice(op.arguments["start"], op.arguments["end"])
    start, stop, _ = bounds.indices(n_in)
    step = op.arguments["step"]
    crop = Pad(
        left=_at(axis, -start, n_axes, other=0), right=_at(axis, stop - n_in, n_axes, other=0)
    )
    ones, stride = (1,) * n_axes, _at(axis, step, n_axes, other=1)
    every = Pool(kind="avg", kernel=ones, stride=stride, padding=(0,) * n_axes)
    return (crop, every) if step > 1 else (crop,)


def _at(axis: int, value: int, n_axes: int, *, other: int) -> tuple[int, ...]:
    return tuple(value if i == axis else other for i in range(n_axes))


def _clip_normalisation(op: Operation) -> tuple[Step, ...] | None:
    """Group normalisation, and layer normalisation over time: a gain that depends on the clip."""
    weight, bias = op.arguments.get("weight"), op.arguments.get("bias")
    if op.name == "native_layer_norm":
        over_time = len(op.arguments["normalized_shape"]) == 1 and len(op.shape) == 3
        return (Nonlinearity(name="layer-norm"),) if over_time and weight is None else None
    scale = np.ones(1) if weight is None else as_float64(weight)
    shift = np.zeros_like(scale) if bias is None else as_float64(bias)
    return (Nonlinearity(name="group-norm"), Affine(scale=scale, shift=shift))


_ARITHMETIC: Mapping[str, Any] = MappingProxyType(
    {
        "add": lambda value: (np.ones_like(value), value),
        "sub": lambda value: (np.ones_like(value), -value),
        "mul": lambda value: (value, np.zeros_like(value)),
        "div": lambda value: (1 / value, np.zeros_like(value)),
    }
)


def _arithmetic(op: Operation) -> tuple[Step, ...] | None:
    """A constant per channel, or one for all, that is added or multiplied."""
    if op.arguments.get("self") is not op.tensors[0] or op.arguments.get("rounding_mode"):
        return None
    value = _per_channel(op.arguments["other"], op)
    if value is None:
        return None
    alpha = op.arguments.get("alpha", 1)
    scale, shift = _ARITHMETIC[op.name](value * alpha if op.name in ("add", "sub") else value)
    return (Affine(scale=scale, shift=shift),)


def _per_channel(other: object, op: Operation) -> np.ndarray | None:
    if isinstance(other, complex) or (isinstance(other, Tensor) and other.is_complex()):
        return None
    if not isinstance(other, Tensor):
        return np.array([float(other)])  # type: ignore[arg-type]
    if other.numel() == 1:
        return as_float64(other.reshape(1))
    shape = (1,) * (len(op.shape) - other.ndim) + tuple(other.shape)
    is_per_channel = all(n == 1 for i, n in enumerate(shape) if i != 1)
    return as_float64(other.reshape(-1)) if is_per_channel and len(shape) > 2 else None


def _correlation(op: Operation) -> tuple[Step, ...] | None:
    values = op.arguments
    if values["transposed"] or len(op.tensors) != 1:
        return None
    weight: Tensor = values["weight"]
    n_axes = weight.ndim - 2
    bias = values.get("bias")
    return (
        Kernel(
            taps=as_copy(weight),
            bias=None if bias is None else as_float64(bias),
            stride=per_axis(values["stride"], n_axes, 1),
            dilation=per_axis(values["dilation"], n_axes, 1),
            padding=per_axis(values["padding"], n_axes, 0),
            groups=int(values["groups"]),
        ),
    )


_RULES: Mapping[str, Callable[[Operation], tuple[Step, ...] | None]] = MappingProxyType(
    {
        **dict.fromkeys(_NORMS, _normalisation),
        **dict.fromkeys(("add", "sub", "mul", "div"), _arithmetic),
        **dict.fromkeys(("convolution", "_convolution"), _correlation),
        **dict.fromkeys(("native_group_norm", "native_layer_norm"), _clip_normalisation),
        "slice": _slice,
        "constant_pad_nd": _padding,
    }
)
