"""Shards of a capture: the part of the clips one file holds, never reopened for writing.

A shard holds any number of arrays whose first axis counts clips, such as
``layers/conv1/mean``. `capture.h5` joins them (see `cnnviz.store.captures`).
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import h5py
import numpy as np

from cnnviz.store.files import opened, try_together, written

SHARD_FORMAT = "cnnviz-capture-part-1"
FOLDER = "capture"
PACKINGS: Mapping[str, Mapping[str, object]] = MappingProxyType(
    {
        "none": MappingProxyType({}),
        "lzf": MappingProxyType({"compression": "lzf", "shuffle": True}),
        "gzip": MappingProxyType({"compression": "gzip", "compression_opts": 1, "shuffle": True}),
    }
)
_CHUNK_CHANNELS = 8
_PACK_ABOVE = 1 << 12  # bytes of one clip; smaller rows are stored as they are


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """Shape and type of one array in one shard file."""

    path: Path
    shape: tuple[int, ...]
    dtype: np.dtype


class ShardWriter:
    """Fills arrays of a shard from the front, batch by batch."""

    def __init__(self, file: h5py.File, packing: str) -> None:
        self._file, self._packing = file, packing
        self._stops: dict[str, int] = {}  # rows that are written, from the front

    def put(self, name: str, first: int, values: np.ndarray, n_rows: int) -> None:
        """Write rows of an array.

        Parameters
        ----------
        name
            Path of the array in the shard.
        first
            Position of the first row.
        values
            (clip, ...).
        n_rows
            Rows the array has when the shard is whole.
        """
        if name not in self._file:
            self._create(name, n_rows, values)
        self._file[name][first : first + len(values)] = values
        self._stops[name] = max(self._stops.get(name, 0), first + len(values))

    def end(self, skipped: Mapping[int, str]) -> None:
        """Keep why clips are not in the shard, by their position; cut the rows left for them."""
        if not skipped:
            return
        self._file.attrs["skipped"] = json.dumps({str(k): v for k, v in skipped.items()})
        for name, stop in self._stops.items():
            rows = self._file[name][:stop]
            if stop < len(self._file[name]):
                del self._file[name]
                self._create(name, stop, rows)
                self._file[name][:] = rows

    def _create(self, name: str, n_rows: int, values: np.ndarray) -> None:
        row = values.shape[1:]
        large = values.itemsize * int(np.prod(row)) > _PACK_ABOVE
        packing = PACKINGS[self._packing] if large else {}
        chunks = _chunks(row) if packing else None
        self._file.create_dataset(name, (n_rows, *row), values.dtype, chunks=chunks, **packing)


@contextmanager
def writing_shard(
    path: Path, identity: Mapping[str, object], *, packing: str
) -> Iterator[ShardWriter]:
    """Write one shard, whole or not at all.

    Parameters
    ----------
    path
        The file.
    identity
        What the shard was computed from, in plain types; kept as JSON.
    packing
        ``"none"``, ``"lzf"`` (read by h5py) or ``"gzip"`` (read by all of HDF5).
    """
    with written(path) as file:
        file.attrs["cnnviz_format"] = SHARD_FORMAT
        file.attrs["identity"] = json.dumps(dict(identity), sort_keys=True)
        yield ShardWriter(file, packing)


def read_identity(path: Path) -> dict[str, object]:
    """What a shard was computed from.

    Raises
    ------
    CaptureFormatError
        If the file is not a shard.
    """
    with opened(path, SHARD_FORMAT) as file:
        identity: dict[str, object] = json.loads(file.attrs["identity"])
        return identity


def tried(paths: tuple[Path, ...]) -> tuple[Path, ...]:
    """Shards, once a child process has read them all; reading one then needs none for each."""
    try_together(paths, SHARD_FORMAT)
    return paths


def read_skipped(path: Path) -> dict[int, str]:
    """Why clips of a shard are not in it, by their position in the run."""
    with opened(path, SHARD_FORMAT) as file:
        return {int(k): str(v) for k, v in json.loads(file.attrs.get("skipped", "{}")).items()}


def read_rows(path: Path, name: str) -> np.ndarray:
    """One array of a shard; empty where the shard has none of it."""
    with opened(path, SHARD_FORMAT) as file:
        return np.asarray(file[name][()]) if name in file else np.empty(0)


def list_arrays(paths: tuple[Path, ...]) -> dict[str, list[Part]]:
    """Arrays of several shards by name, in the order of the files."""
    arrays: dict[str, list[Part]] = {}
    for path in paths:
        with opened(path, SHARD_FORMAT) as file:

            def visit(name: str, node: object, path: Path = path) -> None:
                if isinstance(node, h5py.Dataset):
                    part = Part(path=path, shape=node.shape, dtype=node.dtype)
                    arrays.setdefault(name, []).append(part)

            file.visititems(visit)
    return arrays


def shard_path(run: Path, index: int) -> Path:
    """File of the shard at a position."""
    return run / FOLDER / f"part-{index:05d}.h5"


def _chunks(row: tuple[int, ...]) -> tuple[int, ...]:
    """One clip and a few channels: one map is read without its neighbours."""
    if len(row) == 1:
        return (1, row[0])
    return (1, min(_CHUNK_CHANNELS, row[0]), *row[1:])
