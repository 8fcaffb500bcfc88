"""Normalisation layers as their formulas, whichever function was called."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from cnnviz.attribution.propagation.operations import Call

_MEAN_FIRST = ("running_mean", "running_var", "weight", "bias")
_WEIGHT_FIRST = ("weight", "bias", "running_mean", "running_var")
Moments = Callable[[Tensor], tuple[Tensor, Tensor]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Affine:
    """y = scale x + shift per channel, (channel,): batch normalisation in evaluation mode."""

    scale: Tensor
    shift: Tensor

    def along(self, tensor: Tensor) -> "Affine":
        """With the axes of a tensor (clip, channel, ...)."""
        shape = (1, -1, *(1,) * (tensor.ndim - 2))
        return Affine(scale=self.scale.reshape(shape), shift=self.shift.reshape(shape))


def batch_norm(call: Call) -> Affine:
    """What batch normalisation does with the statistics it has learned.

    Raises
    ------
    UnsupportedModelError
        If it takes those of the batch, which are a function of the clip.
    """
    is_functional = call.function is functional.batch_norm
    names = _MEAN_FIRST if is_functional else _WEIGHT_FIRST
    given = {name: call.argument(i, name) for i, name in enumerate(names, start=1)}
    if call.argument(5, "training", default=False) or given["running_mean"] is None:
        raise call.refused("batch normalisation by the statistics of the batch has no rule")
    eps = call.argument(7, "eps", 1e-5)
    scale = (given["running_var"] + eps).rsqrt()
    if given["weight"] is not None:
        scale = scale * given["weight"]
    shift = -given["running_mean"] * scale
    return Affine(scale=scale, shift=shift if given["bias"] is None else shift + given["bias"])


@dataclass(frozen=True, kw_only=True, slots=True)
class Standardization:
    """y = weight (x - mean) / sqrt(variance + eps) + bias, with moments over some axes of x.

    Parameters
    ----------
    shape
        That x takes so that the moments are over its last axis.
    weight, bias
        That broadcast with x; None: 1 and 0.
    eps
        Of the variance.
    """

    shape: tuple[int, ...]
    weight: Tensor | None
    bias: Tensor | None
    eps: float

    def finished(self, normal: Tensor, like: Tensor) -> Tensor:
        """Weighted and in the shape of the input, without the bias."""
        normal = normal.reshape(like.shape)
        return normal if self.weight is None else normal * self.weight


def standardization(call: Call) -> Standardization:
    """Read a call of layer, group or instance normalisation."""
    inputs = call.argument(0, "input")
    if call.name == "layer_norm":
        size = tuple(call.argument(1, "normalized_shape"))
        return Standardization(
            shape=(*inputs.shape[: inputs.ndim - len(size)], -1),
            weight=call.argument(2, "weight"),
            bias=call.argument(3, "bias"),
            eps=call.argument(4, "eps", 1e-5),
        )
    if call.name == "group_norm":
        n_groups = call.argument(1, "num_groups")
        weight, bias = call.argument(2, "weight"), call.argument(3, "bias")
        eps = call.argument(4, "eps", 1e-5)
    else:
        is_functional = call.function is functional.instance_norm
        names = _MEAN_FIRST if is_functional else _WEIGHT_FIRST
        if not call.argument(5, "use_input_stats", default=True):
            raise call.refused("instance normalisation by running statistics has no rule")
        weight = call.argument(1 + names.index("weight"), "weight")
        bias = call.argument(1 + names.index("bias"), "bias")
        n_groups, eps = inputs.shape[1], call.argument(7, "eps", 1e-5)
    channels = (1, -1, *(1,) * (inputs.ndim - 2))
    return Standardization(
        shape=(len(inputs), n_groups, -1),
        weight=None if weight is None else weight.reshape(channels),
        bias=None if bias is None else bias.reshape(channels),
        eps=eps,
    )


def log_sum_exp(call: Call, tensor: Tensor) -> Tensor:
    """Take log sum exp of a tensor over the axes of a softmax, which are kept."""
    return torch.logsumexp(tensor, axes_of(call), keepdim=True)


def axes_of(call: Call) -> tuple[int, ...]:
    """Axes of a softmax or a sum of exponentials."""
    axes = call.argument(1, "dim")
    if axes is None:
        raise call.refused("a softmax whose axis is not said has no rule")
    return tuple(axes) if isinstance(axes, tuple | list) else (axes,)
