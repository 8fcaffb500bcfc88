"""One process at a time writes into a folder; a dead one's lock is taken over."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cnnviz.audio import Clips
from cnnviz.capture import open_capture, prepare, record, record_plan
from cnnviz.errors import BusyError
from cnnviz.files import this_host
from cnnviz.lock import FILE, one_at_a_time
from tests.capture.recordings import contents, tiny_model, write_clips
from tests.capture.test_recording import SMALL

_AT_WORK = """
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
from tests.capture.recordings import clips_of, tiny_model
from tests.capture.test_recording import SMALL
from cnnviz.capture import record

def progress(done, total):
    if done == 3:
        print("at work", flush=True)
        sys.stdin.readline()

record(tiny_model(), clips_of(Path({clips!r})), out=Path({run!r}), choices=SMALL, progress=progress)
"""


@pytest.fixture
def clips(tmp_path) -> Clips:
    return write_clips(tmp_path / "clips", 12)


@pytest.fixture
def other(clips, tmp_path) -> subprocess.Popen:
    """Another process, held in the middle of a shard of the run."""
    root = str(Path(__file__).resolve().parents[1])
    script = _AT_WORK.format(root=root, clips=str(clips.folder), run=str(tmp_path / "run"))
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "at work\n"
    yield process
    process.kill()
    process.communicate()


def partials(run: Path) -> list[str]:
    return sorted(path.name for path in (run / "capture").glob(".*.partial"))


@pytest.mark.parametrize("overwrite", [False, True], ids=["again", "overwrite"])
def test_a_second_process_is_told_who_is_at_work_and_harms_nothing(
    overwrite, other, clips, tmp_path
) -> None:
    run = tmp_path / "run"
    before = partials(run)

    with pytest.raises(BusyError) as refused:
        record(tiny_model(), clips, out=run, choices=SMALL, overwrite=overwrite)
    during = partials(run)
    other.communicate("\n")

    folder, by = run / "capture", f"process {other.pid} on {this_host()} (-c)"
    said = f"{folder} is being written by {by}, at work since 2"
    assert str(refused.value).startswith(said)
    assert str(refused.value).endswith("wait until it ends, or name another folder with --out")
    assert len(before) == 1
    assert f".{this_host()}.{other.pid}-" in before[0]
    assert during == before
    assert (other.returncode, partials(run), (run / "capture" / FILE).exists()) == (0, [], False)
    with (
        open_capture(run) as found,
        record(tiny_model(), clips, out=tmp_path / "whole", choices=SMALL) as whole,
    ):
        one, two = contents(found), contents(whole)
    assert all(np.array_equal(one[name], two[name]) for name in two)


def test_a_run_of_a_killed_process_is_taken_over_and_it_is_said(other, clips, tmp_path) -> None:
    run = tmp_path / "run"
    other.kill()
    other.communicate()
    left = partials(run)
    said = []

    record_plan(prepare(tiny_model(), clips, SMALL), out=run, told=said.append).close()

    assert other.returncode == -signal.SIGKILL
    assert len(left) == 1
    assert (partials(run), (run / "capture" / FILE).exists()) == ([], False)
    (sentence,) = said
    assert sentence.startswith(f"process {other.pid} on {this_host()} (-c), at work since 2")
    assert sentence.endswith(f"ended before it was done with {run / 'capture'}; this one goes on")


def test_a_run_is_held_against_the_same_process_too(tmp_path) -> None:
    with (
        one_at_a_time(tmp_path),
        pytest.raises(BusyError, match=rf"process {os.getpid()} on "),
        one_at_a_time(tmp_path),
    ):
        pass


def test_a_run_is_free_after_a_failure(tmp_path) -> None:
    said = []

    with pytest.raises(ZeroDivisionError), one_at_a_time(tmp_path):
        raise ZeroDivisionError

    with one_at_a_time(tmp_path, told=said.append):
        owner = json.loads((tmp_path / FILE).read_text())
    assert (owner["host"], owner["process"].split("-")[0]) == (this_host(), str(os.getpid()))
    assert (said, (tmp_path / FILE).exists()) == ([], False)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"host": 1}'])
def test_a_lock_that_names_nobody_is_no_lock(tmp_path, content) -> None:
    (tmp_path / FILE).write_text(content)
    said = []

    with one_at_a_time(tmp_path, told=said.append):
        held = json.loads((tmp_path / FILE).read_text())

    assert held.keys() == {"host", "process", "since", "command"}
    assert said == []
