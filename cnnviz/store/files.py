"""HDF5 files that are whole or absent: temporary name, fsync, rename."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py

from cnnviz.errors import CaptureFormatError


@contextmanager
def written(path: Path) -> Iterator[h5py.File]:
    """Open a new file that appears under its name only when the block ends well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with h5py.File(partial, "w") as file:
            yield file
        _synchronise(partial)
        partial.replace(path)
        _synchronise(path.parent)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def opened(path: Path, kind: str, *older: str) -> Iterator[h5py.File]:
    """Open a file for reading and check that it is of a kind, or of one older than that.

    Raises
    ------
    CaptureFormatError
        If the file is missing, is not HDF5, or is of another kind or version.
    """
    try:
        file = h5py.File(path, "r")
    except FileNotFoundError:
        raise CaptureFormatError(
            f"{path} does not exist; allowed: a file of kind {kind!r}; check the folder of the run"
        ) from None
    except OSError as error:
        raise CaptureFormatError(
            f"{path} cannot be read as HDF5 ({error}); allowed: a file of kind {kind!r}; "
            "delete it and run the command again"
        ) from error
    with file:
        found = file.attrs.get("cnnviz_format", "none")
        if found not in (kind, *older):
            raise CaptureFormatError(
                f"{path} has cnnviz_format={found!r}; allowed: {kind!r}; "
                "run the command that wrote it again"
            )
        yield file


def _synchronise(path: Path) -> None:
    """Ask the disk to keep a file or, where the system can, the entries of a folder."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:  # folders cannot be opened on Windows
        return
    try:
        os.fsync(descriptor)
    except OSError:  # nor synchronised on some network file systems
        pass
    finally:
        os.close(descriptor)
