"""Rows of an array that lies in several shards, read shard by shard.

An index shows such an array to other programs as a virtual dataset. HDF5 holds all files of a
virtual dataset open, and where it cannot open one it gives fill values without an error.
So nothing is ever read through it here: only its table of files is.
"""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from cnnviz.errors import CaptureFormatError
from cnnviz.store.files import opened
from cnnviz.store.shards import SHARD_FORMAT

AGAIN = "run the same cnnviz capture command again"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Span:
    """Rows `start` to `stop` (one past the last) of an array: all that one shard has of it."""

    file_name: str
    name: str
    start: int
    stop: int


class JoinedArray:
    """An array over the rows of shards, at most one of which is open at a time.

    Parameters
    ----------
    dataset
        A virtual dataset of the index.
    index
        File of the index; the shards are named relative to its folder.
    parts
        Names that shards of this index may have.

    Raises
    ------
    CaptureFormatError
        If the table of files names others, or leaves rows out.
    """

    def __init__(self, dataset: h5py.Dataset, index: Path, parts: Collection[str]) -> None:
        self._index, self.shape, self.dtype = index, dataset.shape, dataset.dtype
        self._spans = _spans(dataset)
        borders = [0, *(span.stop for span in self._spans)]
        starts = [*(span.start for span in self._spans), self.shape[0]]
        if borders != starts or any(span.file_name not in parts for span in self._spans):
            raise CaptureFormatError(
                f"{index} does not say which of its parts hold {dataset.name}; allowed: all of "
                f"its rows in its own parts; {AGAIN}"
            )

    def __len__(self) -> int:
        return int(self.shape[0])

    def __getitem__(self, key: int | slice | tuple[()] | np.ndarray) -> np.ndarray:
        """Rows by position, by slice or by ascending positions; ``[()]`` gives all."""
        wanted = np.arange(len(self))[key]
        rows = np.atleast_1d(wanted)
        found = np.empty((len(rows), *self.shape[1:]), self.dtype)
        for span in self._spans:
            first, last = np.searchsorted(rows, (span.start, span.stop))
            if last > first:
                found[first:last] = self._read(span, rows[first:last] - span.start)
        return found if wanted.ndim else found[0]

    def _read(self, span: _Span, rows: np.ndarray) -> np.ndarray:
        path = self._index.parent / span.file_name
        check_is_there(self._index, span.file_name)
        with opened(path, SHARD_FORMAT) as file:
            dataset = file.get(span.name)
            shape = (span.stop - span.start, *self.shape[1:])
            is_it = isinstance(dataset, h5py.Dataset) and not dataset.is_virtual
            if not is_it or (dataset.shape, dataset.dtype) != (shape, self.dtype):
                raise CaptureFormatError(
                    f"{path} does not hold {span.name} of shape {shape}, which {self._index} "
                    f"takes from it; allowed: the part it was made from; {AGAIN}"
                )
            if len(rows) == shape[0]:
                return np.asarray(dataset[()])
            return np.stack([dataset[int(row)] for row in rows])


def check_is_there(index: Path, file_name: str) -> None:
    """Refuse an index one of whose parts is gone."""
    if not (index.parent / file_name).is_file():
        raise CaptureFormatError(
            f"{index} needs {file_name}, which is gone; {AGAIN} to fill the gap"
        )


def _spans(dataset: h5py.Dataset) -> tuple[_Span, ...]:
    """The table of files of a virtual dataset, in the order of its rows; whole rows only."""
    spans = []
    for source in dataset.virtual_sources():
        first, last = (np.array(ends) for ends in source.vspace.get_select_bounds())
        whole = (first[1:] == 0).all() and (last[1:] + 1 == dataset.shape[1:]).all()
        if whole and source.vspace.get_select_npoints() == np.prod(last - first + 1):
            name = source.dset_name.lstrip("/").replace("%%", "%")  # as it is written there
            span = _Span(
                file_name=source.file_name, name=name, start=int(first[0]), stop=int(last[0]) + 1
            )
            spans.append(span)
    return tuple(sorted(spans, key=lambda span: span.start))
