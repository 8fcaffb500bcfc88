"""One process at a time writes into a folder."""

import errno
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path

from cnnviz.disk import told_when_full
from cnnviz.errors import BusyError
from cnnviz.files import clear_partials, is_at_work, process_name, this_host
from cnnviz.provenance import command_line, now

FILE = "lock.json"
_BUSY = (errno.EAGAIN, errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK)

if sys.platform == "win32":
    import msvcrt

    def _claim(file: FileIO) -> None:
        file.seek(1 << 30)  # bytes that are claimed cannot be read: none that is written to
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _claim(file: FileIO) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def one_at_a_time(folder: Path, *, told: Callable[[str], None] | None = None) -> Iterator[None]:
    """Hold a folder while the block writes into it; what dead processes left half-written goes.

    The system gives the lock back when its process ends, however that ends.

    Parameters
    ----------
    folder
        Made where it is not there.
    told
        Called with a sentence when a dead process had not given the folder back.

    Raises
    ------
    BusyError
        If another process holds it; the text says which, and since when.
    DiskError
        If nothing can be written there.
    """
    path = folder / FILE
    with told_when_full(path):
        folder.mkdir(parents=True, exist_ok=True)
        file = _locked(path)
    try:
        owner = _owner(file)
        if owner and told is not None:
            told(f"{_describe(owner)}, ended before it was done with {folder}; this one goes on")
        with told_when_full(path):
            _sign(file)
        clear_partials(folder)
        yield
    finally:
        file.truncate(0)  # what cannot be deleted while it is open names nobody
        with suppress(OSError):
            path.unlink(missing_ok=True)
        file.close()


def _sign(file: FileIO) -> None:
    """Write whose folder it is."""
    file.truncate(0)
    owner = {"process": process_name(), "since": now(), "command": command_line()}
    file.write(json.dumps({"host": this_host(), **owner}).encode())


def _locked(path: Path) -> FileIO:
    """The lock's file, claimed; a file that its last owner deleted meanwhile is opened anew."""
    while True:
        file = path.open("a+b", buffering=0)  # nothing waits that a full disk would refuse
        try:
            _claim(file)
        except OSError as error:
            owner = _owner(file)
            if error.errno in _BUSY or is_at_work(owner.get("host"), owner.get("process")):
                file.close()
                raise _busy(path, owner) from None
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(file.fileno()), path.stat()):
                return file
        file.close()


def _owner(file: FileIO) -> dict[str, str]:
    """Who wrote that the folder is his; empty where nobody did, or not to the end."""
    file.seek(0)
    try:
        values = json.loads(file.read())
        return {name: str(values[name]) for name in ("host", "process", "since", "command")}
    except (ValueError, KeyError, TypeError):
        return {}


def _describe(owner: dict[str, str]) -> str:
    if not owner:
        return "another process"
    number = owner["process"].partition("-")[0]
    by = f"process {number} on {owner['host']} ({owner['command']})"
    return f"{by}, at work since {owner['since']}"


def _busy(path: Path, owner: dict[str, str]) -> BusyError:
    return BusyError(
        f"{path.parent} is being written by {_describe(owner)}; allowed: one process at a time; "
        "wait until it ends, or name another folder with --out"
    )
