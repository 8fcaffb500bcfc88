"""A report on disk is whole or not at all, and the older one stays until then."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from cnnviz.errors import DiskError
from cnnviz.files import this_host
from reports.writing import MANIFEST, write_folder

OLD = {"index.html": b"old", MANIFEST: b"{}", "data/a.csv": b"1"}
NEW = {"index.html": b"new", MANIFEST: b"{ }", "audio/0.wav": bytes(100)}


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def failing_at(name: str, code: int) -> Callable[[Path, bytes], int]:
    """A write that the disk refuses at one of the files, half done."""
    write = Path.write_bytes

    def write_bytes(path: Path, content: bytes) -> int:
        if path.name != name:
            return write(path, content)
        write(path, content[: len(content) // 2])
        raise OSError(code, os.strerror(code))

    return write_bytes


def test_a_report_takes_the_place_of_an_older_one(tmp_path) -> None:
    write_folder(OLD, tmp_path / "report")

    write_folder(NEW, tmp_path / "report")

    assert contents(tmp_path) == {f"report/{name}": content for name, content in NEW.items()}


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT], ids=["full", "quota"])
@pytest.mark.parametrize("name", ["0.wav", "index.html", MANIFEST])
def test_a_disk_that_fills_leaves_the_older_report(tmp_path, monkeypatch, name, code) -> None:
    write_folder(OLD, tmp_path / "report")
    monkeypatch.setattr(Path, "write_bytes", failing_at(name, code))

    with pytest.raises(DiskError, match=r"report cannot be written .*: it needs 106 bytes and .*"):
        write_folder(NEW, tmp_path / "report")

    assert contents(tmp_path) == {f"report/{name}": content for name, content in OLD.items()}


def test_a_report_on_a_full_disk_is_absent(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(Path, "write_bytes", failing_at("index.html", errno.ENOSPC))

    with pytest.raises(DiskError, match="report cannot be written"):
        write_folder(NEW, tmp_path / "report")

    assert list(tmp_path.iterdir()) == []


def test_a_report_that_a_dead_process_began_is_removed(tmp_path) -> None:
    left = tmp_path / f".report.{this_host()}.{2**22 + 1}-1.0a1b2c3d.partial"  # no such process
    (left / "audio").mkdir(parents=True)

    write_folder(NEW, tmp_path / "report")

    assert [path.name for path in tmp_path.iterdir()] == ["report"]
