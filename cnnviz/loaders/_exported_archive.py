"""torch.export archives read as data: the program is JSON, the weights are raw bytes.

`torch.export.load` is not used: it unpickles payloads that say so (``weights_only=False``),
evaluates guard and shape expressions as Python, and resolves operators by any dotted name.
"""

import io
import json
import warnings
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from cnnviz.errors import ModelLoadError

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
        with zipfile.ZipFile(path) as archive:
            if any(
                name.endswith("serialized_exported_program.json") for name in archive.namelist()
            ):
                return _read_old(archive)
            return _read_new(archive)
    except ModelLoadError:
        raise
    except Exception as error:  # a hostile or damaged archive fails in any way it likes
        reason = (str(error).strip().splitlines() or [""])[0][:200]
        raise ModelLoadError(
            f"{path} cannot be read as a torch.export program ({type(error).__name__}: {reason}); "
            "export it again with torch.export.save"
        ) from error


def _read_new(archive: zipfile.ZipFile) -> Archive:
    """Layout since torch 2.8: models/NAME.json, data/weights, data/constants."""
    entry = next(name for name in archive.namelist() if "/models/" in f"/{name}")
    root, _, file = entry.rpartition("models/")
    name = file.removesuffix(".json")
    return Archive(
        program=json.loads(archive.read(entry)),
        tensors=_payloads(archive, f"{root}data/weights/", f"{name}_weights_config.json", name),
        constants=_payloads(
            archive, f"{root}data/constants/", f"{name}_constants_config.json", name
        ),
    )


def _read_old(archive: zipfile.ZipFile) -> Archive:
    """Layout up to torch 2.7: JSON and pickles at the top, tensors as torch.save wrote them."""
    names = {name.rpartition("/")[2]: name for name in archive.namelist()}
    parts = []
    for part in ("state_dict", "constants"):
        entry = names.get(f"serialized_{part}.pt") or names.get(f"serialized_{part}.json")
        parts.append(
            _safe(archive.read(entry)) if entry and archive.getinfo(entry).file_size else {}
        )
    return Archive(
        program=json.loads(archive.read(names["serialized_exported_program.json"])),
        tensors=parts[0],
        constants=parts[1],
    )


def _payloads(archive: zipfile.ZipFile, folder: str, config: str, name: str) -> dict[str, Tensor]:
    """Tensors of one folder of the archive, by name."""
    if f"{folder}{name}.pt" in archive.namelist():
        return _safe(archive.read(f"{folder}{name}.pt"))
    if f"{folder}{config}" not in archive.namelist():
        return {}
    entries = json.loads(archive.read(f"{folder}{config}"))["config"]
    return {key: _payload(archive, folder, meta) for key, meta in entries.items()}


def _payload(archive: zipfile.ZipFile, folder: str, meta: Mapping[str, Any]) -> Tensor:
    data = archive.read(f"{folder}{meta['path_name']}")
    if meta["use_pickle"]:
        return _safe(data)["value"]
    shape = meta["tensor_meta"]
    dtype = DTYPES[shape["dtype"]]
    if dtype is None:
        raise ModelLoadError(f"tensor {meta['path_name']!r} has a type that torch no longer has")
    sizes = [_whole(size) for size in shape["sizes"]]
    strides = [_whole(stride) for stride in shape["strides"]]
    start = _whole(shape["storage_offset"])
    if 0 in sizes:
        return torch.zeros(sizes, dtype=dtype)
    flat = torch.frombuffer(bytearray(data), dtype=dtype)
    return flat.as_strided(sizes, strides, start).clone()  # as_strided refuses to reach beyond


def _whole(value: Mapping[str, Any]) -> int:
    return int(value["as_int"])


def _safe(data: bytes) -> dict[str, Tensor]:
    """Tensors of bytes that torch.save wrote; a single one is called ``value``."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except Exception as error:  # refused or damaged
        raise ModelLoadError(
            "the program holds objects that only unpickling code could restore; allowed: plain "
            "tensors; export it again, or export its state dict"
        ) from error
    found = value if isinstance(value, dict) else {"value": value}
    return {str(name): tensor for name, tensor in found.items() if isinstance(tensor, Tensor)}


def read_exported_tensors(path: Path) -> Mapping[str, Tensor]:
    """Parameters and buffers of a ``.pt2`` file, by name.

    Raises
    ------
    ModelLoadError
        If the file is damaged.
    """
    return read_archive(path).tensors
