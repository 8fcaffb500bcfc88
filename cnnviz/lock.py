"""One process at a time records a run."""

import errno
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from cnnviz.errors import BusyError
from cnnviz.files import is_at_work, process_name, this_host
from cnnviz.provenance import now
from cnnviz.store.shards import FOLDER

FILE = f"{FOLDER}/lock.json"
_BUSY = (errno.EAGAIN, errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK)

if sys.platform == "win32":
    import msvcrt

    def _claim(file: TextIO) -> None:
        file.seek(1 << 30)  # bytes that are claimed cannot be read: none that is written to
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _claim(file: TextIO) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def one_at_a_time(run: Path, *, told: Callable[[str], None] | None = None) -> Iterator[None]:
    """Hold a run folder while the block records into it.

    The system gives the lock back when its process ends, however that ends.

    Parameters
    ----------
    run
        Run folder.
    told
        Called with a sentence when a dead process had not given the folder back.

    Raises
    ------
    BusyError
        If another process holds it; the text says which, and since when.
    """
    path = run / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    file = _locked(path)
    try:
        owner = _owner(file)
        if owner and told is not None:
            told(f"{_describe(owner)}, ended before it had recorded {run}; this one goes on")
        file.truncate(0)
        json.dump({"host": this_host(), "process": process_name(), "since": now()}, file)
        file.flush()
        yield
    finally:
        file.truncate(0)  # what cannot be deleted while it is open names nobody
        with suppress(OSError):
            path.unlink(missing_ok=True)
        file.close()


def _locked(path: Path) -> TextIO:
    """The lock's file, claimed; a file that its last owner deleted meanwhile is opened anew."""
    while True:
        file = path.open("a+", encoding="utf-8")
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


def _owner(file: TextIO) -> dict[str, str]:
    """Who wrote that the run is his; empty where nobody did, or not to the end."""
    file.seek(0)
    try:
        values = json.loads(file.read())
        return {name: str(values[name]) for name in ("host", "process", "since")}
    except (ValueError, KeyError, TypeError):
        return {}


def _describe(owner: dict[str, str]) -> str:
    if not owner:
        return "another process"
    number = owner["process"].partition("-")[0]
    return f"process {number} on {owner['host']}, at work since {owner['since']}"


def _busy(path: Path, owner: dict[str, str]) -> BusyError:
    return BusyError(
        f"{path.parent.parent} is being recorded by {_describe(owner)}; allowed: one process at "
        "a time; wait until it ends, or name another folder with --out"
    )
