"""Zip archives of strangers: how much of one is listed, and how much of it is read."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from cnnviz.budget import Budget
from cnnviz.errors import ModelLoadError

_MOST_LISTED = 8 << 20  # bytes of the list of entries: some 100,000 of them
_MOST_STEPS = 2_000_000  # some 30,000 tensors, or lists of a million numbers
_SPARE_BYTES = 64 << 20
_COPIES = 2  # of a file: an archive may lie in an archive


def budget_of(source: str | Path, n_bytes: int) -> Budget:
    """What reading a model file of so many bytes may cost."""
    return Budget(
        source=str(source),
        n_bytes=_COPIES * n_bytes + _SPARE_BYTES,
        most_steps=_MOST_STEPS,
        advice="save model.state_dict() in a file of its own",
        error=ModelLoadError,
    )


@contextmanager
def open_archive(file: IO[bytes] | Path) -> Iterator[zipfile.ZipFile]:
    """Open an archive whose list of entries has a usual length.

    Raises
    ------
    ValueError
        If the list is longer.
    """
    end = _end_record(file)
    if end is not None and end[zipfile._ECD_SIZE] > _MOST_LISTED:  # type: ignore[attr-defined] # noqa: SLF001
        raise ValueError(f"its list of entries takes over {_MOST_LISTED:,} bytes")
    with zipfile.ZipFile(file) as archive:
        yield archive


def _end_record(file: IO[bytes] | Path) -> list[int] | None:
    """The record that says how long the list of entries is; None: there is none."""
    if isinstance(file, Path):
        with file.open("rb") as opened:
            return _end_record(opened)
    record: list[int] | None = zipfile._EndRecData(file)  # type: ignore[attr-defined] # noqa: SLF001
    return record


def read_entry(archive: zipfile.ZipFile, name: str, budget: Budget) -> bytes:
    """Bytes of one entry, stored as they are, so that a small file cannot become a huge one.

    Raises
    ------
    ValueError
        If the entry is compressed, which torch never does to data.
    """
    entry = archive.getinfo(name)
    if entry.compress_type != zipfile.ZIP_STORED:
        raise ValueError(f"the entry {name[:100]!r} is compressed")
    budget.take(entry.file_size)
    return archive.read(name)
