"""Files that are whole or absent: temporary name, fsync, rename."""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import h5py

from cnnviz.disk import told_when_full
from cnnviz.errors import CaptureFormatError
from cnnviz.files import clear_partials, partial_path
from cnnviz.store.guard import check_file, read_heaps
from cnnviz.trial import fault_in_child

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

_DELETE = "delete it and run the command again"
_SECONDS, _SPARE_BYTES = 5, 1 << 30  # that the attributes and texts of a file may take
_Identity = tuple[Path, tuple[str, ...], int, int, int, int]
_SOUND = set[_Identity]()
"""Files that a child process has read to their end."""
_CHECKED = set[_Identity]()
"""Files that reach nowhere else, as this process has seen."""
_REFUSALS = (OSError, RuntimeError, LookupError, TypeError, ValueError)  # by h5py, of damage
_CANNOT = (errno.EINVAL, errno.ENOTSUP, errno.ENOSYS, errno.EBADF)  # no such call there


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path; its file appears as `path` only when the block ends well.

    Writers of one name do not meet: the last one that ends wins.

    Raises
    ------
    DiskError
        If the disk has no room for it.
    """
    partial = partial_path(path)
    with told_when_full(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        clear_partials(path.parent)
        try:
            yield partial
            with told_when_full(path, partial.stat().st_size):
                _synchronise(partial)
                partial.replace(path)
                _synchronise(path.parent)
        finally:
            partial.unlink(missing_ok=True)


@contextmanager
def written(path: Path) -> Iterator[h5py.File]:
    """Open a new HDF5 file that appears under its name only when the block ends well.

    Raises
    ------
    DiskError
        If the disk has no room for it.
    """
    with replacing(path) as partial, _Disk(partial, "w+") as disk:
        try:
            with h5py.File(disk, "w") as file:
                yield file
        finally:
            with told_when_full(path, disk.n_bytes):
                disk.check()


class _Disk(io.FileIO):
    """What HDF5 writes to. It would crash if a write failed, so that the error waits for the end.

    What could not be written reads as zeros, for a file that nobody will see.
    """

    def __init__(self, path: Path, mode: str) -> None:
        super().__init__(path, mode)
        self._error: OSError | None = None
        self.n_bytes = 0  # that the file has, or would have

    def check(self) -> None:
        """Raise the error of the first write that failed."""
        if self._error is not None:
            raise self._error

    def write(self, content: ReadableBuffer) -> int:
        """Write all of it, where the disk still takes anything."""
        rest = memoryview(content).cast("B")
        n_bytes = len(rest)
        self.n_bytes = max(self.n_bytes, self.tell() + n_bytes)
        self._attempt(lambda: self._write_all(rest))
        return n_bytes

    def truncate(self, size: int | None = None) -> int:
        """Set the length."""
        self._attempt(lambda: super(_Disk, self).truncate(size))
        return size or 0

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill all of the buffer, with zeros behind the end."""
        rest = memoryview(buffer).cast("B")
        n_bytes = len(rest)
        while rest and (n_read := super().readinto(rest)):
            rest = rest[n_read:]
        rest[:] = bytes(len(rest))
        return n_bytes

    def _write_all(self, rest: memoryview) -> None:
        while rest:
            rest = rest[super().write(rest) :]

    def _attempt(self, change: Callable[[], object]) -> None:
        """Change the file, until that fails once."""
        if self._error is None:
            try:
                change()
            except OSError as error:
                self._error = error


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
        identity = _try(path, (kind, *older))
        with h5py.File(path, "r") as file:
            if identity not in _CHECKED:
                _check(file, path, (kind, *older))
                _CHECKED.add(identity)
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


def try_together(paths: Sequence[Path], *kinds: str) -> None:
    """Let one child process read files of a kind, so that `opened` needs none for each.

    Where that goes wrong nothing is kept, and `opened` finds out which file it was.
    """
    with suppress(OSError):  # of a link that leads nowhere
        new = {one: path for path in paths if (one := _identity(path, kinds)) not in _SOUND}
        if len(new) > 1 and not _fault_of_heaps(tuple(new.values()), kinds):
            _SOUND.update(new)


def _try(path: Path, kinds: tuple[str, ...]) -> _Identity:
    """Let a child process read a file that this one has not read yet."""
    identity = _identity(path, kinds)
    if identity not in _SOUND:
        if fault := _fault_of_heaps((path,), kinds):
            raise OSError(fault)
        _SOUND.add(identity)
    return identity


def _identity(path: Path, kinds: tuple[str, ...]) -> _Identity:
    status = path.stat()
    return (path, kinds, status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


def _fault_of_heaps(paths: tuple[Path, ...], kinds: tuple[str, ...]) -> str:
    """What goes wrong when attributes and texts of files are read in a child process.

    In a damaged file HDF5 can search for them without end, where no signal reaches Python.
    """

    def read() -> None:
        for path in paths:
            _read_alone(path, kinds)

    n_bytes = sum(path.stat().st_size for path in paths)
    return fault_in_child(read, n_bytes=n_bytes, n_spare=_SPARE_BYTES, seconds=_SECONDS)


def _read_alone(path: Path, kinds: tuple[str, ...]) -> None:
    try:
        file = h5py.File(path, "r")
        _check(file, path, kinds)
    except (CaptureFormatError, *_REFUSALS):
        return  # the caller meets it too, and says it
    read_heaps(file)


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
