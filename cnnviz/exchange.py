"""A folder that takes the place of another, so that one of them is always there."""

import ctypes
import os
import shutil
import sys
from glob import escape
from pathlib import Path
from secrets import token_hex

from cnnviz.errors import DiskError
from cnnviz.files import is_at_work, process_name, this_host

_HERE, _EXCHANGE = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of linux/fs.h
_ASIDE = ".aside"


def put_in_place(fresh: Path, place: Path) -> None:
    """Give a folder the name of another, which is removed.

    Where the system exchanges two names (Linux, most file systems) that is one step. Elsewhere
    the old folder stands aside in between, and `recover` puts it back when the process dies there.

    Raises
    ------
    DiskError
        If the file system refuses it; the old folder is then where it was.
    """
    try:
        if not place.exists() or not _exchange(fresh, place):
            _replace(fresh, place)
    except OSError as error:
        raise DiskError(
            f"{place} cannot be replaced ({error.strerror}); what was there stays; remove it, or "
            "name another --out"
        ) from error
    shutil.rmtree(fresh, ignore_errors=True)


def recover(place: Path) -> None:
    """Put back a folder that a dead process left aside; remove those that were replaced."""
    for aside in place.parent.glob(f".{escape(place.name)}.*{_ASIDE}"):
        name, host, process, _, _ = aside.name[1:].rsplit(".", 4)
        if name != place.name or is_at_work(host, process):
            continue
        if place.exists():
            shutil.rmtree(aside, ignore_errors=True)
        else:
            aside.replace(place)


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two names in one step; False where the system or the file system cannot."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None) if _is_linux() else None
    if rename is None:
        return False
    return int(rename(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE)) == 0


def _is_linux() -> bool:
    return sys.platform == "linux"


def _replace(fresh: Path, place: Path) -> None:
    """The same in two steps; the old folder comes back if the second fails."""
    if not place.exists():
        fresh.replace(place)
        return
    owner = f"{this_host()}.{process_name()}.{token_hex(4)}"
    aside = place.with_name(f".{place.name}.{owner}{_ASIDE}")
    place.replace(aside)
    try:
        fresh.replace(place)
    except OSError:
        aside.replace(place)
        raise
    shutil.rmtree(aside, ignore_errors=True)
