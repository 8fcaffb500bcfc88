"""Files that are whole or absent: temporary name, fsync, rename."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py

from cnnviz.errors import CaptureFormatError
from cnnviz.files import partial_path
from cnnviz.store.guard import check_file

_DELETE = "delete it and run the command again"
_CANNOT = (errno.EINVAL, errno.ENOTSUP, errno.ENOSYS, errno.EBADF)  # no such call there


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path; its file appears as `path` only when the block ends well.

    Writers of one name do not meet: the last one that ends wins.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = partial_path(path)
    try:
        yield partial
        _synchronise(partial)
        partial.replace(path)
        _synchronise(path.parent)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def written(path: Path) -> Iterator[h5py.File]:
    """Open a new HDF5 file that appears under its name only when the block ends well."""
    with replacing(path) as partial, h5py.File(partial, "w") as file:
        yield file


@contextmanager
def opened(path: Path, kind: str, *older: str) -> Iterator[h5py.File]:
    """Open a file for reading; check that it is of a kind, and reaches nowhere else.

    Raises
    ------
    CaptureFormatError
        If the file is missing, is not HDF5 or damaged, is of another kind or version, or holds
        what cnnviz never writes, such as links to other files.
    """
    try:
        with h5py.File(path, "r") as file:
            _check(file, path, (kind, *older))
            yield file
    except FileNotFoundError:
        raise CaptureFormatError(
            f"{path} does not exist; allowed: a file of kind {kind!r}; check the folder of the run"
        ) from None
    except (OSError, RuntimeError) as error:  # also what h5py meets in a damaged file later on
        is_full = getattr(error, "errno", None) in (errno.EMFILE, errno.ENFILE)
        step = "close other files, or raise the limit (ulimit -n)" if is_full else _DELETE
        raise CaptureFormatError(
            f"{path} cannot be read as HDF5 ({error}); allowed: a file of kind {kind!r}; {step}"
        ) from error


def _check(file: h5py.File, path: Path, kinds: tuple[str, ...]) -> None:
    try:
        file_format = file.attrs.get("cnnviz_format", "none")
        if not isinstance(file_format, str) or file_format not in kinds:
            raise CaptureFormatError(
                f"{path} has cnnviz_format={file_format!r}; allowed: {kinds[0]!r}; "
                "run the command that wrote it again"
            )
        check_file(file)
    except (LookupError, TypeError, ValueError) as error:
        raise CaptureFormatError(
            f"{path} is damaged ({error}); allowed: a file of kind {kinds[0]!r}; {_DELETE}"
        ) from error


def _synchronise(path: Path) -> None:
    """Ask the disk to keep a file or, where the system can, the entries of a folder."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:  # folders cannot be opened on Windows
        return
    try:
        os.fsync(descriptor)
    except OSError as error:  # nor synchronised on some file systems; a full disk is told
        if error.errno not in _CANNOT:
            raise
    finally:
        os.close(descriptor)
