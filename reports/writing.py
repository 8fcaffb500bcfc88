"""Bundles on disk: whole or not at all, and never over files that no report wrote."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from cnnviz.errors import ParameterError

MANIFEST = "manifest.json"


def write_folder(files: Mapping[str, bytes], out: Path) -> None:
    """Write files by relative address into `out`, replacing an earlier report as one step.

    Raises
    ------
    ParameterError
        If `out` holds something that no report wrote.
    """
    check_replaceable(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    fresh = out.with_name(f".{out.name}.tmp{os.getpid()}")
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        for name, content in sorted(files.items()):
            path = fresh / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        _swap(fresh, out)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def write_file(content: bytes, out: Path) -> None:
    """Write one file through a temporary name beside it."""
    out.parent.mkdir(parents=True, exist_ok=True)
    fresh = out.with_name(f".{out.name}.tmp{os.getpid()}")
    try:
        with fresh.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        fresh.replace(out)
    finally:
        fresh.unlink(missing_ok=True)


def check_replaceable(folder: Path) -> None:
    """Raise ParameterError unless `folder` is absent, empty or an earlier report."""
    if not folder.exists():
        return
    if folder.is_dir() and ((folder / MANIFEST).is_file() or not any(folder.iterdir())):
        return
    raise ParameterError(
        f"{folder} holds files that no report wrote; allowed: a new or empty folder or an earlier "
        "report; choose another --out"
    )


def _swap(fresh: Path, out: Path) -> None:
    """Put `fresh` in the place of `out`; the old folder comes back if that fails."""
    old = out.with_name(f".{out.name}.old{os.getpid()}")
    if out.exists():
        out.replace(old)
    try:
        fresh.replace(out)
    except OSError:
        if old.exists():
            old.replace(out)
        raise
    shutil.rmtree(old, ignore_errors=True)
