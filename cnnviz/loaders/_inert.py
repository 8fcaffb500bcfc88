"""Pickles read as data: nothing they name is imported, nothing they ask for is run.

Tensors become tensors. Every other class or function that a pickle names becomes an inert
placeholder that remembers its name and what was put into it.
"""

import pickle
import sys
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any

import torch
from torch import Tensor

from cnnviz.errors import ModelLoadError
from cnnviz.loaders._files import LEGACY


class Inert:
    """Stands for an object of a class that is not imported; it can only be filled."""

    qualified_name = ""
    args: tuple[object, ...]
    state: object

    def __new__(cls, *args: object, **kwargs: object) -> "Inert":  # noqa: ARG004 (any call of a pickle)
        """Remember the arguments."""
        made = super().__new__(cls)
        made.args = args
        made.state = None
        return made

    def __init__(self, *args: object, **kwargs: object) -> None:
        """Take any arguments; `__new__` has kept them."""

    def __setstate__(self, state: object) -> None:
        self.state = state

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


class Record(dict[Any, Any]):
    """An ordered dict whose attributes, such as ``_metadata``, are dropped."""

    __slots__ = ()

    def __setstate__(self, state: object) -> None:
        """Attributes are not needed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Content:
    """What a file holds: plain types, tensors and `Inert` objects.

    `foreign` lists the classes and functions it names that are not plain data.
    """

    value: object
    foreign: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Storage:
    """Bytes of one storage, uint8 (n_bytes,), and the type of its cells.

    `start` is the cell at which a view of it begins.
    """

    data: Tensor
    dtype: torch.dtype
    start: int = 0


@dataclass(kw_only=True, slots=True)
class _Names:
    """Resolves the globals of one pickle; made anew for each file."""

    foreign: dict[str, type[Inert]] = field(default_factory=dict)

    def find(self, module: str, name: str) -> object:
        """Tensor builders and plain types as themselves, all else inert."""
        if module in ("torch", "torch.storage") and name.endswith("Storage"):
            return _storage_type(name)
        if module == "torch" and isinstance(getattr(torch, name, None), torch.dtype):
            return getattr(torch, name)
        builder = _builders().get(f"{module}.{name}")
        if builder is not None:
            return builder
        key = f"{module}.{name}"
        if key not in self.foreign:
            self.foreign[key] = type("Inert", (Inert,), {"qualified_name": key})
        return self.foreign[key]


def read_inert(path: Path, kind: str) -> Content:
    """Read any file that torch.save or torch.jit.save wrote, as data.

    Parameters
    ----------
    path
        The file.
    kind
        As `kind_of` tells.

    Raises
    ------
    ModelLoadError
        If the file is damaged.
    """
    try:
        return _read_legacy(path) if kind == LEGACY else _read_zip(path)
    except ModelLoadError:
        raise
    except Exception as error:  # a hostile or damaged pickle fails in any way it likes
        raise ModelLoadError(
            f"{path} is truncated or damaged ({type(error).__name__}: {_one_line(error)}); "
            "get a fresh copy"
        ) from error


def _one_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [""])[0][:200]


def _read_zip(path: Path) -> Content:
    with zipfile.ZipFile(path) as archive:
        entry = next(name for name in archive.namelist() if name.endswith("data.pkl"))
        folder = entry[: -len("data.pkl")]
        order = f"{folder}byteorder"
        if order in archive.namelist() and archive.read(order).decode() != sys.byteorder:
            raise ModelLoadError(f"{path} was written on a machine of other byte order; re-save it")
        storages: dict[str, _Storage] = {}

        def persistent(saved: Any) -> _Storage:
            _, dtype, key, _, _ = saved
            if key not in storages:
                data = bytearray(archive.read(f"{folder}data/{key}"))
                storages[key] = _Storage(data=_bytes(data), dtype=dtype)
            return storages[key]

        with archive.open(entry) as file:
            return _unpickled(file, persistent)


def _read_legacy(path: Path) -> Content:
    """Magic, protocol, system, content, storage keys, then the bytes of each storage."""
    storages: dict[str, _Storage] = {}
    most = path.stat().st_size

    def persistent(saved: Any) -> _Storage:
        _, dtype, key, _, n_cells, view = saved
        if key not in storages:
            n_bytes = n_cells * dtype.itemsize
            if not 0 <= n_bytes <= most:
                raise ModelLoadError(f"{path} is truncated or damaged; get a fresh copy")
            storages[key] = _Storage(data=torch.zeros(n_bytes, dtype=torch.uint8), dtype=dtype)
        if view is None:
            return storages[key]
        return replace(storages[key], start=view[1])

    with path.open("rb") as file:
        for _ in range(3):
            _unpickled(file, persistent)
        content = _unpickled(file, persistent)
        keys = _unpickled(file, persistent).value
        for key in keys if isinstance(keys, list) else ():
            n_cells = int.from_bytes(file.read(8), "little", signed=True)
            target = storages[key]
            data = bytearray(file.read(n_cells * target.dtype.itemsize))
            target.data.copy_(_bytes(data))
    return content


def _bytes(data: bytearray) -> Tensor:
    """A uint8 tensor over bytes, also over none."""
    return torch.frombuffer(data, dtype=torch.uint8) if data else torch.empty(0, dtype=torch.uint8)


def _unpickled(file: IO[bytes], persistent: Callable[[Any], _Storage]) -> Content:
    names = _Names()

    class InertUnpickler(pickle.Unpickler):
        """Resolves every global by `_Names`."""

        def find_class(self, module: str, name: str) -> Any:
            return names.find(module, name)

        def persistent_load(self, pid: Any) -> Any:
            if isinstance(pid, tuple) and pid[0] == "module":
                return pid[1]  # the class of a module, saved with its source
            return persistent(pid)

    value = InertUnpickler(file, encoding="utf-8").load()
    return Content(value=value, foreign=tuple(names.foreign))


def _storage_type(name: str) -> torch.dtype:
    types = {
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
    }
    return types[name]


def _builders() -> Mapping[str, Callable[..., object]]:
    """What tensors and plain containers are made with; new objects at each call."""

    def tensor(storage: _Storage, offset: int, size: Any, stride: Any, *rest: Any) -> Tensor:
        size, stride = tuple(size), tuple(stride)
        cells = storage.data
        dtype = next((each for each in rest if isinstance(each, torch.dtype)), storage.dtype)
        offset += storage.start
        last = offset + sum((n - 1) * step for n, step in zip(size, stride, strict=True))
        if 0 not in size and not 0 <= last < cells.numel() // dtype.itemsize:
            raise ValueError(f"tensor of shape {size} reaches beyond its storage")
        return torch.empty(0, dtype=dtype).set_(cells.untyped_storage(), offset, size, stride)

    def first(value: object, *_: object) -> object:
        return value

    def record(*args: Any) -> Record:
        return Record(*args)

    lists = ("build_intlist", "build_tensorlist", "build_doublelist", "build_boollist")
    return {
        "torch._utils._rebuild_tensor": tensor,
        "torch._utils._rebuild_tensor_v2": tensor,
        "torch._utils._rebuild_tensor_v3": tensor,
        "torch._utils._rebuild_parameter": first,
        "torch._utils._rebuild_parameter_with_state": first,
        "torch.nn.parameter.Parameter": first,
        "torch.jit._pickle.restore_type_tag": first,
        **{f"torch.jit._pickle.{name}": first for name in lists},
        "torch.Size": tuple,
        "collections.OrderedDict": record,
        "builtins.set": set,
    }
