"""Files are written whole or not at all."""

import os
import subprocess
from pathlib import Path

import pytest

from cnnviz.errors import DiskError
from cnnviz.files import clear_partials, is_at_work, partial_path, this_host, write_whole


def test_a_file_is_written_with_its_folder_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b.txt"

    write_whole(path, "ü")
    write_whole(path, b"two")

    assert path.read_bytes() == b"two"
    assert list(path.parent.iterdir()) == [path]


def test_a_write_that_fails_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "file.txt"
    path.write_text("old")
    monkeypatch.setattr(os, "fsync", fail)

    with pytest.raises(
        DiskError, match=r"\(No space left on device\): it needs 3 bytes and .* free"
    ):
        write_whole(path, "new")

    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_partial_file_names_machine_and_process_and_fits_any_name(tmp_path: Path) -> None:
    path = tmp_path / ("ü" * 125 + ".h5")  # 253 bytes: the longest that file systems take

    partial = partial_path(path)

    partial.write_bytes(b"half")
    assert f".{this_host()}.{os.getpid()}-" in partial.name
    assert partial_path(path) != partial


def test_only_what_dead_processes_left_half_written_is_removed(tmp_path: Path) -> None:
    here, elsewhere = this_host(), "another-machine"
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as living:
        dead = subprocess.Popen(["true"])
        dead.wait()
        own = partial_path(tmp_path / "own.h5").name
        birth = own.rsplit(".", 3)[1].partition("-")[2]
        kept = [own, f".a.h5.{elsewhere}.{dead.pid}-1.0a1b2c3d.partial", ".film.partial"]
        removed = [
            f".a.h5.{here}.{dead.pid}-{birth}.0a1b2c3d.partial",
            f".a.h5.{here}.{living.pid}-1.0a1b2c3d.partial",  # the number was given again
            ".a.h5.0a1b2c3d.partial",  # as earlier versions named them
        ]
        for name in (*kept, *removed):
            (tmp_path / name).touch()
        removed_folder = tmp_path / f".report.{here}.{dead.pid}-{birth}.0a1b2c3d.partial"
        (removed_folder / "data").mkdir(parents=True)

        clear_partials(tmp_path, nameless=True)

        living.kill()

    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(kept)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_process_that_ended_but_was_not_waited_for_is_not_at_work() -> None:
    process = os.fork()
    if not process:
        os._exit(0)
    os.waitid(os.P_PID, process, os.WEXITED | os.WNOWAIT)
    began = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[19]

    answer = is_at_work(this_host(), f"{process}-{began}")

    os.waitpid(process, 0)
    assert not answer


def test_a_file_that_is_written_takes_what_dead_processes_left_beside_it_along(
    tmp_path: Path,
) -> None:
    others = tmp_path / ".film.mkv.12345678.partial"  # of another program, say
    for path in (others, tmp_path / f".a.h5.{this_host()}.{2**22 + 1}-1.0a1b2c3d.partial"):
        path.touch()  # no process has such a number

    write_whole(tmp_path / "b.txt", "")

    assert sorted(path.name for path in tmp_path.iterdir()) == [others.name, "b.txt"]
