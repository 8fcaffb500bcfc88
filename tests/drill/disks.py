"""Disks that fill: what stood there stays, what is new is whole or absent."""

import os
import random
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.drill import specimens
from tests.drill.judging import Outcome, Setting, judge
from tests.drill.kinds import Kind

_RUN_BYTES = 6_000_000  # more than any of the commands writes


def _commands(folder: Path) -> dict[str, list[str]]:
    network = str(specimens.network(folder))
    return {
        "filters": ["filters", network, "--out", "out/new"],
        "capture": ["capture", network, "clips", "--out", "out/new"],
        "report": ["report", network, "clips", "--out", "out/old", "--explain", "1"],
        "analyze": ["analyze", "pca_embedding", "out/old"],
        "evaluate": ["evaluate", network, "clips", "--out", "out/new"],
    }


def full_disk(seed: int, folder: Path) -> Outcome:
    """A small disk that fills while a command writes, with an older run on it."""
    draw = random.Random(seed)
    room = draw.choice((0, 4096, draw.randrange(_RUN_BYTES)))
    with _small_disk(folder / "out", _RUN_BYTES + _size(specimens.run())) as is_mounted:
        if not is_mounted:
            return Outcome(name=f"full disk {seed}", skipped="no disk can be mounted here")
        _prepare(folder)
        free = shutil.disk_usage(folder / "out").free
        (folder / "out" / "filler").write_bytes(b"1" * max(0, free - room))
        return _judged(f"full disk {seed}", seed, folder, bool)


def long_file(seed: int, folder: Path) -> Outcome:
    """No file may get longer than some bytes, as by a quota."""
    limit = random.Random(seed).choice((50_000, 100_000, 400_000, 1_000_000))

    def bring() -> None:
        sys.dont_write_bytecode = True  # Python would keep compiled modules cut short
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))

    _prepare(folder)
    return _judged(f"long file {seed}", seed, folder, bring)


def _prepare(folder: Path) -> None:
    shutil.copytree(specimens.run(), folder / "out" / "old")
    specimens.clips(folder)


def _judged(name: str, seed: int, folder: Path, bring: Callable[[], object]) -> Outcome:
    commands = _commands(folder)
    kind = list(commands)[seed % len(commands)]
    before = _contents(folder / "out" / "old")
    outcome = judge(f"{name} {kind}", commands[kind], folder, Setting(before=bring))
    if outcome.fault:
        return outcome
    fault = _lost(folder / "out", before) if outcome.code else ""
    return Outcome(name=outcome.name, code=outcome.code, fault=fault, said=outcome.said)


def _lost(out: Path, before: dict[str, bytes]) -> str:
    """What a command that failed took away or left unfinished."""
    after = _contents(out / "old")
    pages = {name for name in before if name.startswith("report/")}
    changed = sorted(name for name in pages if after.get(name) != before[name])
    partial = [path.name for path in out.rglob("*") if ".partial" in path.name]
    missing = sorted(before.keys() - after.keys())
    return f"changed {changed}, missing {missing}, left {partial}" * bool(
        changed + partial + missing
    )


def _contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def _size(folder: Path) -> int:
    """Bytes of a folder, each file in whole pages."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return sum(-(-path.stat().st_size // 4096) * 4096 + 8192 for path in files)


@contextmanager
def _small_disk(folder: Path, n_bytes: int) -> Iterator[bool]:
    """A disk in memory, where the system lets this user mount one."""
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", f"size={n_bytes}", "tmpfs", str(folder)]
    is_mounted = os.name == "posix" and bool(shutil.which("mount")) and not _status(words)
    try:
        yield is_mounted
    finally:
        if is_mounted:
            _status(["umount", "-l", str(folder)])


def _status(words: list[str]) -> int:
    return subprocess.run(words, check=False, capture_output=True).returncode


KINDS = (
    Kind(name="full", group="disk faults", case=full_disk, n_short=5, n_whole=50),
    Kind(name="files cut short", group="disk faults", case=long_file, n_short=5, n_whole=50),
)
