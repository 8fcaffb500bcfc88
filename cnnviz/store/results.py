"""Results to HDF5 and back, bit by bit.

A frozen dataclass is a group that carries its type name; arrays are datasets; numbers, texts
and None are attributes; tuples of texts or numbers are datasets, tuples of records numbered
groups. Reading builds only the dataclasses of `cnnviz.results` and of what they hold.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass, replace
from functools import cache
from pathlib import Path
from shutil import rmtree
from types import MappingProxyType
from typing import get_origin, get_type_hints

import h5py
import numpy as np

from cnnviz import clips, grid, provenance, registry, results
from cnnviz.errors import CaptureFormatError, ParameterError, ShapeError
from cnnviz.store import head, older
from cnnviz.store.files import opened, try_together, written

PARTS = ".parts"
"""Ending of folders with what is there of single clips before a result is."""
RESULT_FORMAT, OLDER_FORMAT = "cnnviz-result-2", "cnnviz-result-1"
NOT_WHOLE = (
    LookupError, AttributeError, TypeError, ValueError, ArithmeticError, AssertionError,
    MemoryError, ShapeError, ParameterError,
)  # fmt: skip
_TYPE, _KIND = "cnnviz_type", "cnnviz_kind"
_TEXT = h5py.string_dtype()
_PLAIN: Mapping[type, tuple[type, ...]] = MappingProxyType(
    {
        str: (str,),
        bool: (bool,),
        int: (int,),
        float: (int, float),
        tuple: (tuple,),
        np.ndarray: (np.ndarray,),
    }
)
_COMPRESS_ABOVE = 1 << 16  # bytes; below, the chunk's overhead costs more than it saves


def write(result: results.Result, path: Path) -> None:
    """Write a result, whole or not at all; a file of that name is replaced.

    Parameters
    ----------
    result
        Any type of the closed set.
    path
        The file; its folder is made.
    """
    with written(Path(path)) as file:
        file.attrs["cnnviz_format"] = RESULT_FORMAT
        write_record(file, result)
    for parts in Path(path).parent.glob(f"{Path(path).stem}-*{PARTS}"):  # that led to it
        rmtree(parts, ignore_errors=True)


def tried(paths: Sequence[Path]) -> Sequence[Path]:
    """Files of results, once a child process has read them all; `read` then needs none for each."""
    try_together(paths, RESULT_FORMAT, OLDER_FORMAT)
    return paths


def read(path: Path) -> results.Result:
    """Read a result; equal to the written one in every bit. Files of format 1 are upgraded.

    Raises
    ------
    CaptureFormatError
        If the file is not a result, or holds a type or fields this version does not know.
    """
    with opened(Path(path), RESULT_FORMAT, OLDER_FORMAT) as file:
        try:
            is_older = file.attrs["cnnviz_format"] == OLDER_FORMAT
            result = read_record(file, is_older=is_older)
        except NOT_WHOLE as error:
            raise CaptureFormatError(
                f"{path} does not hold a whole result ({error}); allowed: files written by "
                "this version; run the analyzer again"
            ) from error
    if not isinstance(result, results.Result):
        raise CaptureFormatError(f"{path} holds a {type(result).__name__}; allowed: a result")
    if not is_older:
        return result
    provenance = replace(result.provenance, analyzer=Path(path).stem)  # format 1 is named after it
    return replace(result, provenance=provenance)  # type: ignore[type-var]


def write_record(group: h5py.Group, record: object) -> None:
    """Write a dataclass of the closed set into a group."""
    group.attrs[_TYPE] = type(record).__name__
    for field in fields(record):  # type: ignore[arg-type]
        _write_value(group, field.name, getattr(record, field.name))


def read_record(group: h5py.Group, *, is_older: bool = False) -> object:
    """Build the dataclass that a group holds, of today's types or, upgraded, of format 1."""
    name = group.attrs.get(_TYPE)
    if is_older and name in older.UPGRADES:
        keys = [key for key in (*group.attrs, *group) if key not in (_TYPE, "cnnviz_format")]
        return older.UPGRADES[name]({key: _read_value(group, key, is_older) for key in keys})
    records = _records(registry.names(results.__name__))
    if name not in records:
        raise CaptureFormatError(
            f"{group.file.filename} holds the type {name!r}; allowed: "
            f"{', '.join(sorted(records))}; update cnnviz"
        )
    record = records[name]
    names = [field.name for field in fields(record) if _is_held(group, field)]  # type: ignore[arg-type]
    values = {name: _read_value(group, name, is_older) for name in names}
    _check_types(record, values)
    return record(**values)


def _check_types(record: Callable[..., object], values: Mapping[str, object]) -> None:
    """Refuse a plain field whose value is of another type; containers are checked by name only."""
    hints = _hints(record)
    for name, value in values.items():
        kind = get_origin(hints[name]) or hints[name]
        if kind in _PLAIN and not isinstance(value, _PLAIN[kind]):
            raise TypeError(f"{name} is of type {type(value).__name__}, not {kind.__name__}")


@cache
def _hints(record: Callable[..., object]) -> Mapping[str, type]:
    return get_type_hints(record)


@cache
def _records(names: tuple[str, ...]) -> Mapping[str, Callable[..., object]]:
    """Dataclasses that files may hold, by name."""
    types = (registry.load(results.__name__, name) for name in names)
    return {
        name: value
        for module in (*types, clips, grid, provenance, head)
        for name, value in vars(module).items()
        if isinstance(value, type) and is_dataclass(value)
    }


def _is_held(group: h5py.Group, field: "Field[object]") -> bool:
    """Whether a field is to be read: one that came later takes its default in older files."""
    has_default = field.default is not MISSING or field.default_factory is not MISSING
    return not has_default or field.name in group.attrs or field.name in group


def _write_value(group: h5py.Group, name: str, value: object) -> None:
    if value is None:
        group.attrs[name] = h5py.Empty("f8")
    elif isinstance(value, str):
        group.attrs[name] = _plain(value)
    elif isinstance(value, bool | int | float | np.generic):
        group.attrs[name] = value
    elif isinstance(value, np.ndarray):
        _write_array(group, name, value)
    elif isinstance(value, tuple):
        _write_tuple(group, name, value)
    elif is_dataclass(value):
        write_record(group.create_group(name), value)
    else:
        raise TypeError(f"{name} is a {type(value).__name__}, which results do not hold")


def _write_array(group: h5py.Group, name: str, array: np.ndarray) -> None:
    large = array.nbytes > _COMPRESS_ABOVE
    packing = {"compression": "gzip", "compression_opts": 1, "shuffle": True} if large else {}
    group.create_dataset(name, data=array, **packing)


def _write_tuple(group: h5py.Group, name: str, values: tuple[object, ...]) -> None:
    kinds = {type(value) for value in values}
    if kinds == {str}:
        texts = [str(value) for value in values]
        plain = all(isinstance(_plain(text), str) for text in texts)
        encoded = texts if plain else [text.encode("unicode_escape") for text in texts]
        dataset = group.create_dataset(name, data=encoded, dtype=_TEXT)
        dataset.attrs[_KIND] = "texts" if plain else "escaped"
    elif kinds in ({int}, {float}):
        numbers = np.array(values, dtype=kinds.pop())
        group.create_dataset(name, data=numbers).attrs[_KIND] = "numbers"
    else:
        inner = group.create_group(name)
        inner.attrs[_KIND] = "tuple"
        inner.attrs["length"] = len(values)
        for index, value in enumerate(values):
            _write_value(inner, str(index), value)


def _read_value(group: h5py.Group, name: str, is_older: bool = False) -> object:
    if name in group.attrs:
        return _read_attribute(group.attrs[name])
    node = group[name]
    if isinstance(node, h5py.Dataset):
        return _read_dataset(node)
    if node.attrs.get(_KIND) == "tuple":
        length = int(node.attrs["length"])
        return tuple(_read_value(node, str(i), is_older) for i in range(length))
    return read_record(node, is_older=is_older)


def _read_attribute(value: object) -> object:
    if isinstance(value, h5py.Empty):
        return None
    if isinstance(value, np.ndarray):
        return value.tobytes().decode("utf-8", "surrogatepass")
    return value.item() if isinstance(value, np.generic) else value


def _read_dataset(dataset: h5py.Dataset) -> object:
    kind = dataset.attrs.get(_KIND)
    if kind == "texts":
        return tuple(str(text) for text in dataset.asstr()[()])
    if kind == "json":  # as format 1 kept texts with NUL or lone surrogates
        return tuple(json.loads(text) for text in dataset.asstr()[()])
    if kind == "escaped":
        return tuple(text.decode("unicode_escape") for text in dataset[()])
    if kind == "numbers":
        return tuple(dataset[()].tolist())
    return np.asarray(dataset[()], dtype=dataset.dtype)  # no axes: a scalar of native order


def _plain(text: str) -> str | np.ndarray:
    """A text HDF5 can hold; with NUL or lone surrogates its bytes instead."""
    if "\0" not in text and text.isprintable():
        return text
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return np.frombuffer(text.encode("utf-8", "surrogatepass"), dtype=np.uint8)
    if "\0" in text:
        return np.frombuffer(text.encode("utf-8"), dtype=np.uint8)
    return text
