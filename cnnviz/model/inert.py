"""Model files read as data: nothing they name is imported, nothing they ask for is run.

Tensors become tensors. Every other class or function that a pickle names becomes an inert
placeholder that remembers its name and what was put into it. All of it is read in Python: no
reader in C or C++ sees the bytes.
"""

import io
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

import torch
from torch import Tensor

from cnnviz.archive import budget_of, open_archive, read_entry
from cnnviz.budget import Budget
from cnnviz.errors import ModelLoadError
from cnnviz.model._inert_pickle import Inert, InertUnpickler
from cnnviz.model._tensor_builders import Storage, strided

__all__ = ["Content", "Inert", "as_bytes", "read_inert", "read_zip", "strided", "weigh"]


_TENSOR_STEPS = 40  # what looking at one costs later
_VIEWS = 8  # of the same bytes: as in several state dicts of one network


@dataclass(frozen=True, kw_only=True, slots=True)
class Content:
    """What a file holds: plain types, tensors and `Inert` objects.

    `foreign` lists the classes and functions it names that are not plain data.
    """

    value: object
    foreign: tuple[str, ...] = ()


def read_inert(path: Path) -> Content:
    """Read any file that torch.save or torch.jit.save wrote, as data.

    Raises
    ------
    ModelLoadError
        If the file is damaged, or asks for more time or memory than a file of its size may.
    """
    try:
        budget = budget_of(path, path.stat().st_size)
        with path.open("rb") as file:
            is_zip = file.read(4) == b"PK\x03\x04"
            file.seek(0)
            return read_zip(file, budget) if is_zip else _read_legacy(file, budget)
    except ModelLoadError:
        raise
    except Exception as error:  # a hostile or damaged pickle fails in any way it likes
        reason = (str(error).strip().splitlines() or [""])[0][:200]
        raise ModelLoadError(
            f"{path} is truncated or damaged ({type(error).__name__}: {reason}); get a fresh copy"
        ) from error


def weigh(tensors: Iterable[Tensor], path: Path) -> None:
    """Refuse tensors of a file that are very many, or show the same bytes over and over.

    Raises
    ------
    ModelLoadError
        With how much they ask for.
    """
    budget = budget_of(path, _VIEWS * path.stat().st_size)
    for tensor in tensors:
        budget.step(_TENSOR_STEPS)
        budget.take(tensor.nbytes)


def as_bytes(data: bytes) -> Tensor:
    """A writable uint8 tensor over bytes, also over none."""
    buffer = bytearray(data)
    return (
        torch.frombuffer(buffer, dtype=torch.uint8) if buffer else torch.empty(0, dtype=torch.uint8)
    )


def read_zip(file: IO[bytes], budget: Budget) -> Content:
    """Read the archive that torch.save writes since 1.6, and torch.jit.save."""
    with open_archive(file) as archive:
        entry = next(name for name in archive.namelist() if name.endswith("data.pkl"))
        folder = entry[: -len("data.pkl")]
        order = f"{folder}byteorder"
        orders = [read_entry(archive, order, budget)] if order in archive.namelist() else []
        if orders and orders[0].decode() != sys.byteorder:
            raise ModelLoadError(
                f"{getattr(file, 'name', 'the file')} was written on a machine of other byte "
                "order; re-save it"
            )
        storages: dict[str, Storage] = {}

        def persistent(saved: Any) -> Storage:
            _, dtype, key, _, _ = saved
            if not isinstance(key, str):
                raise TypeError(f"a storage is named by a {type(key).__name__}")
            if key not in storages:
                data = as_bytes(read_entry(archive, f"{folder}data/{key}", budget))
                storages[key] = Storage(data=data, dtype=dtype)
            return storages[key]

        return _unpickled(io.BytesIO(read_entry(archive, entry, budget)), persistent, budget)


def _read_legacy(file: IO[bytes], budget: Budget) -> Content:
    """Magic, protocol, system, content, storage keys, then the bytes of each storage."""
    storages: dict[str, Storage] = {}

    def persistent(saved: Any) -> Storage:
        _, dtype, key, _, n_cells, view = saved
        if key not in storages:
            n_bytes = n_cells * dtype.itemsize
            budget.take(n_bytes)
            storages[key] = Storage(data=torch.zeros(n_bytes, dtype=torch.uint8), dtype=dtype)
        if view is None:
            return storages[key]
        return replace(storages[key], start=view[1])

    for _ in range(3):
        _unpickled(file, persistent, budget)
    content = _unpickled(file, persistent, budget)
    keys = _unpickled(file, persistent, budget).value
    for key in keys if isinstance(keys, list) else ():
        n_cells = int.from_bytes(file.read(8), "little", signed=True)
        target = storages[key]
        target.data.copy_(as_bytes(file.read(n_cells * target.dtype.itemsize)))
    return content


def _unpickled(file: IO[bytes], persistent: Callable[[Any], Storage], budget: Budget) -> Content:
    unpickler = InertUnpickler(file, persistent, budget)
    value = unpickler.load()
    return Content(value=value, foreign=tuple(unpickler.global_names.foreign))
