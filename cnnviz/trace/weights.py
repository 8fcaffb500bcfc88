"""Convolutions of a bare state dict, found by shape and order."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
import torch
from torch import Tensor

from cnnviz.dsp.fourier import fourier_frequencies
from cnnviz.model import WeightsOnly
from cnnviz.trace.records import Convolution

_AXES = (3, 4)  # (filter, channel, time) and (filter, channel, frequency, time)
_NAMES = (
    *("weight", "kernel", "filters", "weight_v", "parametrizations.weight.original1"),
    *("forward_basis", "forward_basis_buffer", "_filters", "torch_filters", "wcos", "wsin"),
)
"""Last parts of the names of weights, and of Fourier kernels in packages for speech and music."""
_MAGNITUDES = MappingProxyType(
    {
        "weight_v": "weight_g",
        "parametrizations.weight.original1": "parametrizations.weight.original0",
    }
)


def weight_convolutions(network: WeightsOnly) -> tuple[Convolution, ...]:
    """Find the convolutions among tensors without a graph, in the order that channels allow.

    File order stands unless a layer would read channels that only a later one gives.

    A floating tensor of three or four axes, none empty, whose name ends as weights do is a
    convolution, unless a bias of the same shape stands beside it (layer normalisation).
    Weights share the memory of the network's tensors.
    Magnitude and direction of weight normalisation are multiplied out. A bias that fits the
    second axis and not the first marks a transposed convolution. Stride, dilation and padding
    are not known.

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
        if not tensor.numel():
            continue
        stem = name[: -len(ending)]
        bias = network.tensors.get(f"{stem}bias")
        if bias is not None and bias.ndim != 1:
            continue
        weight = _effective_weight(tensor, stem, ending, network.tensors)
        convolutions.append(
            Convolution(
                name=(stem.rstrip(".") if ending in _NAMES[:5] else name) or ending,
                weight=as_array(weight),
                bias=None if bias is None else as_float64(bias),
                transposed=_is_transposed(weight, bias),
                is_fourier=_is_fourier(weight),
            )
        )
    return tuple(_in_order(convolutions))


def _in_order(convolutions: Sequence[Convolution]) -> list[Convolution]:
    """Take again and again the first layer whose input is one channel, or is there already.

    The first in the file reads the input, too, unless another layer gives its channels.
    """
    waiting, ordered, given = list(convolutions), list[Convolution](), {1}
    if waiting:
        n_read = _channels(waiting[0])[0]
        given |= set() if any(n_read in _given(each) for each in waiting[1:]) else {n_read}
    while waiting:
        fitting = (each for each in waiting if _channels(each)[0] in given)
        following = next(fitting, waiting[0])
        waiting.remove(following)
        ordered.append(following)
        given |= _given(following)
    return ordered


def _channels(convolution: Convolution) -> tuple[int, int]:
    """Channels that a convolution reads and gives, as far as its shape tells."""
    n_first, n_second = convolution.weight.shape[:2]
    return (n_first, n_second) if convolution.transposed else (n_second, n_first)


def _given(convolution: Convolution) -> set[int]:
    """Channels that are there behind a layer; of cosines and sines also the magnitudes."""
    n_channels = _channels(convolution)[1]
    return {n_channels, n_channels // 2} if convolution.is_fourier else {n_channels}


def as_float64(tensor: Tensor) -> np.ndarray:
    """A read-only float64 copy of a tensor."""
    array = tensor.detach().to("cpu", torch.float64).numpy().copy()
    array.setflags(write=False)
    return array


def as_array(tensor: Tensor) -> np.ndarray:
    """A tensor as a read-only array that shares its memory where it can.

    float32 where that holds all its digits, else float64.
    """
    is_narrow = tensor.is_floating_point() and tensor.itemsize <= 4
    kind = torch.float32 if is_narrow else torch.float64
    array = tensor.detach().to("cpu", kind).numpy().view()
    array.setflags(write=False)
    return array


def as_copy(tensor: Tensor) -> np.ndarray:
    """A read-only copy of a tensor, as narrow as `as_array`."""
    array = as_array(tensor).copy()
    array.setflags(write=False)
    return array


def _is_fourier(weight: Tensor) -> bool:
    if weight.ndim != 3 or weight.shape[1] != 1:
        return False
    return fourier_frequencies(as_float64(weight)[:, 0]) is not None


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
