"""torch.export archives read as data: the program is JSON, the weights are raw bytes.

`torch.export.load` is not used: it unpickles payloads that say so (``weights_only=False``),
evaluates guard and shape expressions as Python, and resolves operators by any dotted name.
"""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from cnnviz.archive import budget_of, open_archive, read_entry
from cnnviz.budget import Budget, parse_json
from cnnviz.errors import ModelLoadError
from cnnviz.model.inert import Inert, as_bytes, read_zip, strided, weigh

DTYPES: tuple[torch.dtype | None, ...] = (
    None,
    torch.uint8,
    torch.int8,
    torch.int16,
    torch.int32,
    torch.int64,
    torch.float16,
    torch.float32,
    torch.float64,
    None,
    torch.complex64,
    torch.complex128,
    torch.bool,
    torch.bfloat16,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Archive:
    """What a ``.pt2`` file holds: its program as JSON and its tensors by name."""

    program: Mapping[str, Any]
    tensors: Mapping[str, Tensor]
    constants: Mapping[str, Tensor]


def read_archive(path: Path) -> Archive:
    """Read a ``.pt2`` file without running anything in it.

    Raises
    ------
    ModelLoadError
        If it is damaged, or a tensor in it can only be had by unpickling code.
    """
    try:
        budget = budget_of(path, path.stat().st_size)
        with open_archive(path) as zipped:
            names = zipped.namelist()
            is_old = any(name.endswith("serialized_exported_program.json") for name in names)
            archive = (_read_old if is_old else _read_new)(zipped, budget)
        weigh((*archive.tensors.values(), *archive.constants.values()), path)
    except ModelLoadError:
        raise
    except Exception as error:  # a hostile or damaged archive fails in any way it likes
        reason = (str(error).strip().splitlines() or [""])[0][:200]
        raise ModelLoadError(
            f"{path} cannot be read as a torch.export program ({type(error).__name__}: {reason}); "
            "export it again with torch.export.save"
        ) from error
    return archive


def _read_new(archive: zipfile.ZipFile, budget: Budget) -> Archive:
    """Layout since torch 2.8: models/NAME.json, data/weights, data/constants."""
    entry = next(name for name in archive.namelist() if "/models/" in f"/{name}")
    root, _, file = entry.rpartition("models/")
    name = file.removesuffix(".json")
    return Archive(
        program=_json(archive, entry, budget),
        tensors=_payloads(archive, f"{root}data/weights/", f"{name}_weights", budget),
        constants=_payloads(archive, f"{root}data/constants/", f"{name}_constants", budget),
    )


def _read_old(archive: zipfile.ZipFile, budget: Budget) -> Archive:
    """Layout up to torch 2.7: JSON and pickles at the top, tensors as torch.save wrote them."""
    names = {name.rpartition("/")[2]: name for name in archive.namelist()}
    parts = []
    for part in ("state_dict", "constants"):
        entry = names.get(f"serialized_{part}.pt") or names.get(f"serialized_{part}.json")
        parts.append(
            _saved_tensors(read_entry(archive, entry, budget), budget)
            if entry and archive.getinfo(entry).file_size
            else {}
        )
    return Archive(
        program=_json(archive, names["serialized_exported_program.json"], budget),
        tensors=parts[0],
        constants=parts[1],
    )


def _json(archive: zipfile.ZipFile, entry: str, budget: Budget) -> dict[str, Any]:
    """An entry of JSON that holds an object."""
    values = parse_json(read_entry(archive, entry, budget))
    if not isinstance(values, dict):
        raise TypeError(f"{entry} holds no object")
    return values


def _payloads(
    archive: zipfile.ZipFile, folder: str, title: str, budget: Budget
) -> dict[str, Tensor]:
    """Tensors of one folder of the archive, by name."""
    pickled, config = f"{folder}{title.rpartition('_')[0]}.pt", f"{folder}{title}_config.json"
    if pickled in archive.namelist():
        return _saved_tensors(read_entry(archive, pickled, budget), budget)
    if config not in archive.namelist():
        return {}
    entries = _json(archive, config, budget)["config"]
    paths = dict.fromkeys(meta["path_name"] for meta in entries.values())
    payloads = {path: as_bytes(read_entry(archive, f"{folder}{path}", budget)) for path in paths}
    return {
        key: _payload(payloads[meta["path_name"]], meta, budget) for key, meta in entries.items()
    }


def _payload(data: Tensor, meta: Mapping[str, Any], budget: Budget) -> Tensor:
    """One tensor of its bytes, which several may share."""
    budget.step()
    if meta["use_pickle"]:
        budget.take(data.nbytes)
        return _saved_tensors(data.numpy().tobytes(), budget)["value"]
    shape = meta["tensor_meta"]
    dtype = DTYPES[shape["dtype"]]
    if dtype is None:
        raise ModelLoadError(f"tensor {meta['path_name']!r} has a type that torch no longer has")
    sizes = tuple(_as_int(size) for size in shape["sizes"])
    strides = tuple(_as_int(stride) for stride in shape["strides"])
    return strided(data, dtype, _as_int(shape["storage_offset"]), sizes, strides)


def _as_int(value: Mapping[str, Any]) -> int:
    return int(value["as_int"])


def _saved_tensors(data: bytes, budget: Budget) -> dict[str, Tensor]:
    """Tensors of bytes that torch.save wrote; a single one is called ``value``."""
    value = read_zip(io.BytesIO(data), budget).value
    items = value if isinstance(value, dict) else {"value": value}
    if any(isinstance(item, Inert) for item in items.values()):
        raise ModelLoadError(
            "the program holds objects that only unpickling code could restore; allowed: plain "
            "tensors; export it again, or export its state dict"
        )
    return {str(name): item for name, item in items.items() if isinstance(item, Tensor)}


def read_exported_tensors(path: Path) -> Mapping[str, Tensor]:
    """Parameters and buffers of a ``.pt2`` file, by name.

    Raises
    ------
    ModelLoadError
        If the file is damaged.
    """
    return read_archive(path).tensors
