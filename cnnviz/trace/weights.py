"""Convolutions of a bare state dict, found by shape and order."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import torch
from torch import Tensor

from cnnviz.model import WeightsOnly
from cnnviz.trace.records import Convolution

_AXES = (3, 4)  # (filter, channel, time) and (filter, channel, frequency, time)
_NAMES = ("weight", "kernel", "filters", "weight_v", "parametrizations.weight.original1")
_MAGNITUDES = MappingProxyType(
    {
        "weight_v": "weight_g",
        "parametrizations.weight.original1": "parametrizations.weight.original0",
    }
)


def weight_convolutions(network: WeightsOnly) -> tuple[Convolution, ...]:
    """Find the convolutions among tensors without a graph, in file order.

    A floating tensor of three or four axes whose name ends as weights do is a convolution,
    unless a bias of the same shape stands beside it (layer normalisation). Magnitude and
    direction of weight normalisation are multiplied out. A bias that fits the second axis
    and not the first marks a transposed convolution. Stride, dilation and padding are not
    known.

    Returns
    -------
    tuple of Convolution
        Empty when no tensor looks like one.
    """
    convolutions = []
    for name, tensor in network.tensors.items():
        ending = next((end for end in _NAMES if _has_ending(name, end)), None)
        if ending is None or tensor.ndim not in _AXES or not tensor.is_floating_point():
            continue
        stem = name[: -len(ending)]
        bias = network.tensors.get(f"{stem}bias")
        if bias is not None and bias.ndim != 1:
            continue
        weight = _effective_weight(tensor, stem, ending, network.tensors)
        convolutions.append(
            Convolution(
                name=stem.rstrip(".") or ending,
                weight=as_float64(weight),
                bias=None if bias is None else as_float64(bias),
                transposed=_is_transposed(weight, bias),
            )
        )
    return tuple(convolutions)


def as_float64(tensor: Tensor) -> np.ndarray:
    """A read-only float64 copy of a tensor."""
    array = tensor.detach().to("cpu", torch.float64).numpy().copy()
    array.setflags(write=False)
    return array


def _has_ending(name: str, ending: str) -> bool:
    return name == ending or name.endswith(f".{ending}")


def _effective_weight(
    tensor: Tensor, stem: str, ending: str, tensors: Mapping[str, Tensor]
) -> Tensor:
    magnitude = tensors.get(stem + _MAGNITUDES.get(ending, ""))
    if magnitude is None or magnitude.ndim not in (0, tensor.ndim):
        return tensor
    sizes = magnitude.shape or (1,) * tensor.ndim  # a magnitude without axes is one for all
    axes = [axis for axis, n in enumerate(sizes) if n == 1]
    direction = tensor.to(torch.float64)
    norm = torch.linalg.vector_norm(direction, dim=axes, keepdim=True)
    weight: Tensor = magnitude.to(torch.float64) * direction / norm
    return weight


def _is_transposed(weight: Tensor, bias: Tensor | None) -> bool:
    if bias is None:
        return False
    return len(bias) != weight.shape[0] and len(bias) == weight.shape[1]
