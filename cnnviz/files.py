"""Files that are written whole or not at all, and who writes them."""

import os
import re
import shutil
import socket
from pathlib import Path
from secrets import token_hex

from cnnviz.disk import told_when_full

_PARTIAL = re.compile(r"\..*?(?:\.(?P<host>[^.]+)\.(?P<process>\d+-\d*))?\.[0-9a-f]{8}\.partial")
_NAME_KEPT = 40  # characters: any name of a file leaves room for the rest


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file beside its place, then put it there; its folder is made.

    Processes that write the same file, also on other machines, do not meet: the last one wins.

    Raises
    ------
    DiskError
        If the disk has no room for it.
    """
    data = content.encode() if isinstance(content, str) else content
    partial = partial_path(path)
    with told_when_full(path, len(data)):
        path.parent.mkdir(parents=True, exist_ok=True)
        clear_partials(path.parent)
        try:
            with partial.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise


def partial_path(path: Path) -> Path:
    """Name beside a file for its unfinished content: machine, process and chance stand in it."""
    owner = f"{this_host()}.{process_name()}"
    return path.with_name(f".{path.name[:_NAME_KEPT]}.{owner}.{token_hex(4)}.partial")


def clear_partials(folder: Path, *, nameless: bool = False) -> None:
    """Remove what dead processes left half-written; what may still be written to stays.

    Of a process on another machine nobody here knows whether it lives.

    Parameters
    ----------
    folder
        Not those below it.
    nameless
        Whether those that name no process go too, as earlier versions wrote them: in folders
        that are cnnviz's own, for other programs may call their files so.
    """
    for path in folder.glob(".*.partial"):
        match = _PARTIAL.fullmatch(path.name)
        if match is None or not (nameless or match["process"]):
            continue
        if not is_at_work(match["host"], match["process"]):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def this_host() -> str:
    """Name of this machine, in letters that may stand between the dots of a file name."""
    return re.sub(r"[^A-Za-z0-9_-]", "-", socket.gethostname())[:_NAME_KEPT] or "-"


def process_name() -> str:
    """Number of this process and when it began: numbers are given again."""
    return f"{os.getpid()}-{_birth(os.getpid())}"


def is_at_work(host: str | None, process: str | None) -> bool:
    """Whether a process may live, by its machine and `process_name`; None: not one of today."""
    if host is None or process is None:
        return False
    if host != this_host():
        return True
    number, _, birth = process.partition("-")
    return number.isdecimal() and _is_alive(int(number)) and birth == _birth(int(number))


def _is_alive(process: int) -> bool:
    if os.name == "nt":  # where open files cannot be deleted anyway
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _birth(process: int) -> str:
    """When a process began, in ticks of the clock; empty where nobody tells, or it has ended."""
    try:
        status = Path(f"/proc/{process}/stat").read_text()
    except (OSError, UnicodeDecodeError):
        return ""
    fields = status.rpartition(")")[2].split()  # the name in field 2 may hold blanks
    return "" if fields[0] in "ZX" else fields[19]  # field 22; Z, X: ended, but not waited for
