"""Bundles on disk: whole or not at all, and never over files that no report wrote."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from cnnviz.disk import told_when_full
from cnnviz.errors import ParameterError
from cnnviz.exchange import put_in_place, recover
from cnnviz.files import clear_partials, partial_path

MANIFEST = "manifest.json"


def write_folder(files: Mapping[str, bytes], out: Path) -> None:
    """Write files by relative address into `out`, replacing an earlier report as one step.

    Raises
    ------
    DiskError
        If the disk has no room for both.
    ParameterError
        If `out` holds something that no report wrote.
    """
    recover(out)
    check_replaceable(out)
    fresh = partial_path(out)
    with told_when_full(out, sum(map(len, files.values()))):
        out.parent.mkdir(parents=True, exist_ok=True)
        clear_partials(out.parent)
        try:
            for name, content in sorted(files.items()):
                path = fresh / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            put_in_place(fresh, out)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)


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
