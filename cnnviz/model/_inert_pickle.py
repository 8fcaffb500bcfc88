"""An unpickler that imports nothing and calls nothing but its own builders of tensors."""

import math
import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import IO, Any, ClassVar

import torch
from torch import Tensor

_MOST_REPEATED = 1 << 24  # cells of a tensor that shows the same stored cells many times
_STORAGES = MappingProxyType(
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


class Inert:
    """Stands for an object of a class that is not imported; it can only be filled."""

    qualified_name = ""
    args: tuple[object, ...]
    state: object

    def __new__(cls, *args: object, **kwargs: object) -> "Inert":  # noqa: ARG004 (any call of a pickle)
        """Remember the arguments."""
        placeholder = super().__new__(cls)
        placeholder.args = args
        placeholder.state = None
        return placeholder

    def __init__(self, *args: object, **kwargs: object) -> None:
        """Take any arguments; `__new__` has kept them."""

    def __setitem__(self, key: object, value: object) -> None:
        """Entries of a foreign mapping are kept in `state`."""
        if not isinstance(self.state, dict):
            self.state = {}
        self.state[key] = value

    def append(self, value: object) -> None:
        """Items of a foreign list are dropped."""

    def extend(self, values: object) -> None:
        """Items of a foreign list are dropped."""

    def add(self, value: object) -> None:
        """Items of a foreign set are dropped."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Storage:
    """Bytes of one storage, uint8 (n_bytes,), and the type of its cells.

    `start` is the cell at which a view of it begins.
    """

    data: Tensor
    dtype: torch.dtype
    start: int = 0


@dataclass(kw_only=True, slots=True)
class GlobalNames:
    """Resolves the globals of one pickle; made anew for each file."""

    foreign: dict[str, type[Inert]] = field(default_factory=dict)

    def find(self, module: str, name: str) -> object:
        """Tensor builders and plain types as themselves, all else inert."""
        key = f"{module}.{name}"
        if module in ("torch", "torch.storage") and name in _STORAGES:
            return _STORAGES[name]
        if module == "torch" and isinstance(vars(torch).get(name), torch.dtype):
            return vars(torch)[name]
        if key in _BUILDERS:
            return _BUILDERS[key]
        if key not in self.foreign:
            self.foreign[key] = type("Inert", (Inert,), {"qualified_name": key})
        return self.foreign[key]


class _IdentityTuple(tuple[Any, ...]):
    """A tuple with the hash of an object: that of nested tuples overflows the stack of C."""

    __slots__ = ()
    __hash__ = object.__hash__


def _as_identity_tuple(load: Callable[[Any], None]) -> Callable[[Any], None]:
    def load_tuple(unpickler: Any) -> None:
        load(unpickler)
        unpickler.stack[-1] = _IdentityTuple(unpickler.stack[-1])

    return load_tuple


class InertUnpickler(pickle._Unpickler):  # noqa: SLF001
    """The unpickler of the standard library that is written in Python.

    Its memo is a dict, so that no index in a file makes it fill the memory.

    Parameters
    ----------
    file
        Stands at the start of a pickle; afterwards at its end.
    persistent
        Makes a storage of the tuple that a file names it by.
    """

    dispatch: ClassVar[dict[int, Callable[[Any], None]]] = dict(pickle._Unpickler.dispatch)  # noqa: SLF001
    stack: list[Any]

    def __init__(self, file: IO[bytes], persistent: Callable[[Any], Storage]) -> None:
        super().__init__(file, encoding="utf-8")
        self.global_names = GlobalNames()
        self.persistent = persistent

    def find_class(self, module: str, name: str) -> Any:
        """Resolve every global by `GlobalNames`."""
        return self.global_names.find(module, name)

    def persistent_load(self, pid: Any) -> Any:
        """A storage, or the class of a module that was saved with its source."""
        if isinstance(pid, tuple) and pid[0] == "module":
            return pid[1]
        return self.persistent(pid)

    def load_build(self) -> None:
        """Attributes are kept for inert objects; those of others are dropped."""
        state = self.stack.pop()
        if isinstance(self.stack[-1], Inert):
            self.stack[-1].state = state

    dispatch[pickle.BUILD[0]] = load_build
    for _code in (pickle.TUPLE, pickle.TUPLE1, pickle.TUPLE2, pickle.TUPLE3):
        dispatch[_code[0]] = _as_identity_tuple(dispatch[_code[0]])


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
    n_stored = data.numel() // dtype.itemsize
    last = start + sum((n - 1) * step for n, step in zip(size, stride, strict=True))
    inside = 0 in size or 0 <= start <= last < n_stored
    if not inside or min((0, *size, *stride)) < 0:
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


def _first(value: object, *_: object) -> object:
    return value


def _subclass(build: Callable[..., object], _kind: object, args: Any, *_: object) -> object:
    """A tensor with attributes of its own, which are dropped."""
    return build(*args)


_LISTS = ("build_intlist", "build_tensorlist", "build_doublelist", "build_boollist")
_BUILDERS: Mapping[str, Callable[..., object]] = MappingProxyType(
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
        "torch.Size": tuple,
        "torch.device": _first,
        "collections.OrderedDict": dict,
        "builtins.set": set,
        "__builtin__.set": set,
        "_codecs.encode": _first,
    }
)
