"""Room on a disk: asked for before long work, and told in one line when it runs out."""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cnnviz.errors import DiskError

_UNITS = ("bytes", "kB", "MB", "GB", "TB")
_NO_ROOM = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG)


def in_words(n_bytes: int) -> str:
    """Bytes as people read them, in powers of 1000.

    Examples
    --------
    >>> in_words(16_419_872)
    '16.4 MB'
    """
    value, unit = float(n_bytes), 0
    while value >= 999.95 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{value:.1f} {_UNITS[unit]}" if unit else f"{n_bytes} bytes"


def check_room(folder: Path, n_bytes: int, *, what: str) -> None:
    """Refuse what would fill the disk.

    Parameters
    ----------
    folder
        Where it will be written; it need not be there.
    n_bytes
        At most so many.
    what
        Named in the text.

    Raises
    ------
    DiskError
        If less is free.
    """
    home = _nearest(folder)
    free = shutil.disk_usage(home).free
    if n_bytes > free:
        raise DiskError(
            f"{what} needs up to {in_words(n_bytes)} and {home} has {in_words(free)} free; nothing "
            "was written; make room or name another --out"
        )


@contextmanager
def told_when_full(path: Path, n_bytes: int = 0) -> Iterator[None]:
    """Say how much a file needs and how much is free when its disk has no room for it.

    Parameters
    ----------
    path
        That is written in the block.
    n_bytes
        How large it gets; 0: nobody knows.

    Raises
    ------
    DiskError
        Instead of the error of the system: the disk is full, a quota is used up, or the file
        system can only be read.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in (*_NO_ROOM, errno.EROFS):
            raise
        home = _nearest(path.parent)
        needed = f"it needs {in_words(n_bytes)} and " if n_bytes else ""
        free = f": {needed}{home} has {in_words(shutil.disk_usage(home).free)} free; make room or"
        step = ";" if error.errno == errno.EROFS else free
        raise DiskError(
            f"{path} cannot be written ({error.strerror}){step} name another --out"
        ) from error


def _nearest(folder: Path) -> Path:
    """The folder itself or, where it is not there yet, the nearest above it."""
    path = folder.absolute()
    return next(path for path in (path, *path.parents) if path.is_dir())
