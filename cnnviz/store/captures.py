"""The index of a capture: one file that joins its shards.

What is small is copied into it. Maps and waveforms stay in the shards: virtual datasets name
these relative to the index, so that a run can be moved. Axes are named by dimension scales, so
that h5dump shows and xarray opens them with their names.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import h5py
import numpy as np

from cnnviz.errors import CaptureFormatError
from cnnviz.store.files import opened, written
from cnnviz.store.guard import PART_NAME
from cnnviz.store.head import CaptureHead
from cnnviz.store.joined import AGAIN, JoinedArray, check_is_there
from cnnviz.store.results import NOT_WHOLE, read_record, write_record
from cnnviz.store.shards import SHARD_FORMAT, Part, list_arrays

CAPTURE_FORMAT, OLDER_FORMAT = "cnnviz-capture-2", "cnnviz-capture-1"


@dataclass(frozen=True, kw_only=True, slots=True)
class Axis:
    """Coordinates of one axis: its name, values and unit."""

    name: str
    values: np.ndarray
    unit: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """Arrays that share axes: a group of the index.

    Parameters
    ----------
    name
        Path of the group.
    axes
        Coordinates of each axis that appears in it.
    joined
        Names of arrays that the shards hold under the same path, and of their axes.
    copied
        The same, for arrays that are small: their rows are copied into the index.
    own
        Arrays that live in the index itself, and the names of their axes.
    attributes
        Of each array.
    """

    name: str
    axes: tuple[Axis, ...]
    joined: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    copied: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    own: Mapping[str, tuple[np.ndarray, tuple[str, ...]]] = field(default_factory=dict)
    attributes: Mapping[str, str | float | int] = field(default_factory=dict)


def write_index(
    path: Path, head: CaptureHead, tables: Sequence[Table], parts: tuple[Path, ...]
) -> None:
    """Write the index of a capture, whole or not at all.

    Parameters
    ----------
    path
        ``capture.h5`` of the run.
    head
        Small tables about model and clips.
    tables
        What the index shows.
    parts
        Shard files in order of their clips.
    """
    arrays = list_arrays(parts)
    with written(path) as file:
        file.attrs["cnnviz_format"] = CAPTURE_FORMAT
        write_record(file.create_group("head"), head)
        relative = [part.relative_to(path.parent).as_posix() for part in parts]
        file.create_dataset("parts", data=relative, dtype=h5py.string_dtype())
        for table in tables:
            _write_table(file, table, arrays, path.parent)
        names = [f"{table.name}/{name}" for table in tables for name in table.copied]
        _copy_rows(file, [name for name in names if name in arrays], parts)


def _write_table(
    file: h5py.File, table: Table, arrays: Mapping[str, list[Part]], folder: Path
) -> None:
    group = file.create_group(table.name)
    for axis in table.axes:
        scale = group.create_dataset(axis.name, data=axis.values)
        scale.make_scale(axis.name)
        scale.attrs["units"] = axis.unit
    for name, axes in (*table.joined.items(), *table.copied.items()):
        found = arrays.get(f"{table.name}/{name}", [])
        if found:
            dataset = (_join if name in table.joined else _reserve)(group, name, found, folder)
            _describe(group, dataset, axes, table.attributes)
    for name, (values, axes) in table.own.items():
        _describe(group, group.create_dataset(name, data=values), axes, table.attributes)


def _join(group: h5py.Group, name: str, parts: list[Part], folder: Path) -> h5py.Dataset:
    """One virtual dataset over the rows of all shards; NaN where a shard is gone."""
    layout = h5py.VirtualLayout(_joined_shape(parts), parts[0].dtype)
    source_name = f"{group.name}/{name}".replace("%", "%%")  # HDF5 takes %b for a number
    first = 0
    for part in parts:
        relative = part.path.relative_to(folder).as_posix()
        source = h5py.VirtualSource(relative, source_name, part.shape, part.dtype)
        layout[first : first + part.shape[0]] = source
        first += part.shape[0]
    filled = np.nan if parts[0].dtype.kind == "f" else None
    return group.create_virtual_dataset(name, layout, fillvalue=filled)


def _reserve(group: h5py.Group, name: str, parts: list[Part], _: Path) -> h5py.Dataset:
    """Room for the rows of all shards."""
    return group.create_dataset(name, _joined_shape(parts), parts[0].dtype)


def _joined_shape(parts: list[Part]) -> tuple[int, ...]:
    return (sum(part.shape[0] for part in parts), *parts[0].shape[1:])


def _copy_rows(file: h5py.File, names: Sequence[str], parts: tuple[Path, ...]) -> None:
    """Fill reserved arrays, each shard opened once."""
    filled = dict.fromkeys(names, 0)
    for part in parts:
        with opened(part, SHARD_FORMAT) as shard:
            for name in (name for name in names if name in shard):
                rows = shard[name][()]
                file[name][filled[name] : filled[name] + len(rows)] = rows
                filled[name] += len(rows)


def _describe(
    group: h5py.Group,
    dataset: h5py.Dataset,
    axes: tuple[str, ...],
    attributes: Mapping[str, str | float | int],
) -> None:
    for position, axis in enumerate(axes):
        dataset.dims[position].label = axis
        dataset.dims[position].attach_scale(group[axis])
    for name, value in attributes.items():
        dataset.attrs[name] = value


def _check_positions(head: CaptureHead) -> None:
    """Positions of clips ascend and are those of clips; the lists of layers are of one length."""
    for index in (head.map_index, head.audio_index):
        if index.dtype != np.int64 or index.ndim != 1:
            raise ValueError("positions of clips are no list of whole numbers")
        ends = np.concatenate([[-1], index, [len(head.clips)]])
        if (np.diff(ends) <= 0).any():
            raise ValueError(f"positions of clips are not between 0 and {len(head.clips) - 1}")
    if len(head.layers) != len(head.grids):
        raise ValueError(f"{len(head.layers)} layers have {len(head.grids)} grids")


class CaptureFile:
    """An open index, read lazily."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._context = opened(path, CAPTURE_FORMAT, OLDER_FORMAT)
        self._file = self._context.__enter__()
        try:
            is_older = self._file.attrs["cnnviz_format"] == OLDER_FORMAT
            self.head = cast(CaptureHead, read_record(self._file["head"], is_older=is_older))
            self._parts = tuple(self._file["parts"].asstr()[()])
            for name in self._parts:
                if not PART_NAME.fullmatch(name):
                    raise ValueError(f"{name!r} is no part of it")
                check_is_there(path, name)
            _check_positions(self.head)
        except (*NOT_WHOLE, OSError, RuntimeError) as error:
            self.close()
            raise CaptureFormatError(f"{path} is not a whole capture ({error}); {AGAIN}") from error
        except CaptureFormatError:
            self.close()
            raise

    def array(self, name: str) -> h5py.Dataset | JoinedArray | None:
        """An array by its path, read by rows or ``[()]``; None where the capture has none."""
        dataset = self._file.get(name)
        if not isinstance(dataset, h5py.Dataset):
            return None
        return JoinedArray(dataset, self._path, self._parts) if dataset.is_virtual else dataset

    def attributes(self, name: str) -> dict[str, object]:
        """Attributes of a dataset by name."""
        return {key: value for key, value in self._file[name].attrs.items() if key.islower()}

    def close(self) -> None:
        """Close the file; a second time does nothing."""
        self._context.__exit__(None, None, None)
