"""A folder takes the place of another, and one of them is always there."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cnnviz import exchange
from cnnviz.errors import DiskError
from cnnviz.exchange import put_in_place, recover

ROOT = Path(__file__).resolve().parents[1]
_DIES_BETWEEN = """
import os, signal, sys
from pathlib import Path
from cnnviz import exchange
exchange._exchange = lambda one, other: False
replace = Path.replace
def once(path, target):
    replace(path, target)
    os.kill(os.getpid(), signal.SIGKILL)
Path.replace = once
exchange.put_in_place(Path(sys.argv[1]), Path(sys.argv[2]))
"""
_ALWAYS_THERE = """
import os, sys
missing = 0
sys.stdout.write("\\n"); sys.stdout.flush()
while not os.path.exists(sys.argv[2]):
    try:
        os.stat(sys.argv[1])
    except FileNotFoundError:
        missing += 1
print(missing)
"""


def folder(path: Path, text: str) -> Path:
    path.mkdir()
    (path / "index.html").write_text(text)
    return path


@pytest.fixture
def no_exchange(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a file system that cannot exchange two names."""
    monkeypatch.setattr(exchange, "_exchange", lambda one, other: False)


@pytest.fixture(params=["exchange", "two steps"])
def way(request: pytest.FixtureRequest) -> str:
    if request.param == "two steps":
        request.getfixturevalue("no_exchange")
    return request.param


def test_a_folder_takes_the_place_of_another(way, tmp_path) -> None:
    fresh, place = folder(tmp_path / "fresh", "new"), folder(tmp_path / "place", "old")

    put_in_place(fresh, place)

    assert (place / "index.html").read_text() == "new"
    assert list(tmp_path.iterdir()) == [place]


def test_a_folder_takes_a_place_that_is_free(way, tmp_path) -> None:
    put_in_place(folder(tmp_path / "fresh", "new"), tmp_path / "place")

    assert (tmp_path / "place" / "index.html").read_text() == "new"
    assert list(tmp_path.iterdir()) == [tmp_path / "place"]


@pytest.mark.skipif(sys.platform != "linux", reason="exchanging names is of Linux")
def test_somebody_who_looks_all_the_time_always_finds_a_folder(tmp_path) -> None:
    place, end = folder(tmp_path / "place", "old"), tmp_path / "end"
    watcher = subprocess.Popen(
        [sys.executable, "-c", _ALWAYS_THERE, str(place), str(end)],
        stdout=subprocess.PIPE,
        text=True,
    )
    watcher.stdout.readline()
    for k in range(100):
        put_in_place(folder(tmp_path / "fresh", str(k)), place)
    end.touch()

    assert watcher.communicate()[0] == "0\n"


def test_a_folder_that_a_killed_process_left_aside_comes_back(tmp_path) -> None:
    fresh, place = folder(tmp_path / "fresh", "new"), folder(tmp_path / "place", "old")
    killed = subprocess.run(
        [sys.executable, "-c", _DIES_BETWEEN, str(fresh), str(place)], cwd=ROOT, check=False
    )
    between = place.exists()

    recover(tmp_path / "pla")  # a name that begins alike
    recover(place)

    assert (killed.returncode, between) == (-signal.SIGKILL, False)
    assert (place / "index.html").read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fresh", "place"]


def test_what_a_living_process_put_aside_is_left_to_it(tmp_path, no_exchange, monkeypatch) -> None:
    fresh, place = folder(tmp_path / "fresh", "new"), folder(tmp_path / "place", "old")
    replace, seen = Path.replace, []

    def look(path: Path, target: Path) -> None:
        if path == fresh:
            recover(place)
            seen.append(place.exists())
        replace(path, target)

    monkeypatch.setattr(Path, "replace", look)
    put_in_place(fresh, place)

    assert seen == [False]
    assert (place / "index.html").read_text() == "new"


@pytest.mark.parametrize("code", [errno.EXDEV, errno.EPERM, errno.ENOTEMPTY])
@pytest.mark.parametrize("step", ["old", "new"])
def test_a_file_system_that_renames_no_folders_keeps_the_old_one(
    tmp_path, no_exchange, monkeypatch, code, step
) -> None:
    fresh, place = folder(tmp_path / "fresh", "new"), folder(tmp_path / "place", "old")
    replace = Path.replace

    def refuse(path: Path, target: Path) -> None:
        if path == (place if step == "old" else fresh):
            raise OSError(code, os.strerror(code))
        replace(path, target)

    monkeypatch.setattr(Path, "replace", refuse)

    with pytest.raises(DiskError, match=r"place cannot be replaced \(.*\); what was there stays"):
        put_in_place(fresh, place)

    assert (place / "index.html").read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fresh", "place"]
