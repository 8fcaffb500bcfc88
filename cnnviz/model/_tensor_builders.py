"""Tensors of stored bytes, as the pickles of torch describe them."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor

_MOST_AXES = 64  # of a tensor, in torch
_MOST_REPEATED = 1 << 24  # cells of a tensor that shows the same stored cells many times
STORAGES = MappingProxyType(
    {
        "DoubleStorage": torch.float64,
        "FloatStorage": torch.float32,
        "HalfStorage": torch.float16,
        "BFloat16Storage": torch.bfloat16,
        "LongStorage": torch.int64,
        "IntStorage": torch.int32,
        "ShortStorage": torch.int16,
        "CharStorage": torch.int8,
        "ByteStorage": torch.uint8,
        "BoolStorage": torch.bool,
        "UntypedStorage": torch.uint8,
        "ComplexFloatStorage": torch.complex64,
        "ComplexDoubleStorage": torch.complex128,
        "QInt8Storage": torch.int8,
        "QUInt8Storage": torch.uint8,
        "QInt32Storage": torch.int32,
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Storage:
    """Bytes of one storage, uint8 (n_bytes,), and the type of its cells.

    `start` is the cell at which a view of it begins.
    """

    data: Tensor
    dtype: torch.dtype
    start: int = 0


def strided(
    data: Tensor, dtype: torch.dtype, start: int, size: tuple[int, ...], stride: tuple[int, ...]
) -> Tensor:
    """View bytes as a tensor, all of whose cells lie inside them.

    Parameters
    ----------
    data
        uint8, (n_bytes,).
    dtype, start, size, stride
        Of the tensor, in cells.

    Raises
    ------
    ValueError
        If a cell lies outside, or few bytes pretend to be a huge tensor.
    """
    if len(size) > _MOST_AXES or not all(0 <= n < 1 << 63 for n in (start, *size, *stride)):
        raise ValueError("tensor of a shape that torch does not have reaches beyond its storage")
    n_stored = data.numel() // dtype.itemsize
    last = start + sum((n - 1) * step for n, step in zip(size, stride, strict=True))
    inside = 0 in size or 0 <= start <= last < n_stored
    if not inside:
        raise ValueError(f"tensor of shape {size} reaches beyond its storage")
    if math.prod(max(n, 1) for n in size) > max(n_stored, _MOST_REPEATED):
        raise ValueError(f"tensor of shape {size} has only {n_stored} stored cells")
    return torch.empty(0, dtype=dtype).set_(data.untyped_storage(), start, size, stride)


def _tensor(storage: Storage, offset: int, size: Any, stride: Any, *rest: Any) -> Tensor:
    dtype = next((each for each in rest if isinstance(each, torch.dtype)), storage.dtype)
    flags = {name for each in rest if isinstance(each, dict) for name in each if each[name]}
    tensor = strided(storage.data, dtype, offset + storage.start, tuple(size), tuple(stride))
    tensor = tensor.conj() if "conj" in flags else tensor
    return torch._neg_view(tensor) if "neg" in flags else tensor  # noqa: SLF001


def _first(value: object = (), *_: object) -> object:
    return value


def _subclass(build: Callable[..., object], _kind: object, args: Any, *_: object) -> object:
    """A tensor with attributes of its own, which are dropped."""
    return build(*args)


_LISTS = ("build_intlist", "build_tensorlist", "build_doublelist", "build_boollist")
BUILDERS: Mapping[str, Callable[..., object]] = MappingProxyType(
    {
        "torch._utils._rebuild_tensor": _tensor,
        "torch._utils._rebuild_tensor_v2": _tensor,
        "torch._utils._rebuild_tensor_v3": _tensor,
        "torch._utils._rebuild_parameter": _first,
        "torch._utils._rebuild_parameter_with_state": _first,
        "torch._tensor._rebuild_from_type_v2": _subclass,
        "torch.nn.parameter.Parameter": _first,
        "torch.jit._pickle.restore_type_tag": _first,
        **{f"torch.jit._pickle.{name}": _first for name in _LISTS},
        "torch.Size": _first,
        "torch.device": _first,
        "builtins.set": _first,
        "__builtin__.set": _first,
        "_codecs.encode": _first,
    }
)
