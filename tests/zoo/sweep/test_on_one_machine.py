"""Sweeps on one machine: killed, they go on, and the table is that of an uninterrupted one."""

import os
import signal
from pathlib import Path

import pytest

from cnnviz.jobs.executors import local
from tests.zoo.sweep import small
from tests.zoo.sweep.processes import WAIT, owners, start_sweep, until
from zoo.sweep.run import run_sweep


def test_a_killed_worker_is_replaced_and_the_table_is_the_same(
    tmp_path: Path, tones_folder: Path, finished_sweep: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    folder, chosen = tmp_path / "sweep", small.plan(tmp_path / "sweep", tones_folder)
    job, killed = small.job(folder, chosen), []

    def kill_the_first(_: object) -> None:
        if not killed and (pids := owners(folder)):
            killed.append(pids.pop())
            os.kill(killed[0], signal.SIGKILL)

    run_sweep(chosen, job, local, precision=small.PRECISION, tell=kill_the_first)

    assert len(killed) == 1
    assert small.rows(folder) == small.rows(finished_sweep)


def test_a_sweep_killed_twice_ends_with_the_table_of_an_uninterrupted_one(
    tmp_path: Path, tones_folder: Path, finished_sweep: Path
) -> None:
    folder = tmp_path / "sweep"

    first = start_sweep(folder, tones_folder, "--devices", "cpu")
    until(lambda: list(folder.glob("trials/*/last.ckpt")), first)
    os.kill(first.pid, signal.SIGKILL)  # the parent alone: its worker goes by itself
    first.wait()
    done_before = len(list(folder.glob("trials/*/card.json")))
    second = start_sweep(folder, tones_folder, "--devices", "cpu")
    until(lambda: len(list(folder.glob("trials/*/card.json"))) > done_before, second)
    os.killpg(second.pid, signal.SIGKILL)  # parent and worker at once
    second.wait()
    finished = {path: path.stat().st_mtime_ns for path in folder.glob("trials/*/card.json")}
    last = start_sweep(folder, tones_folder, "--devices", "cpu")

    assert last.wait(WAIT) == 0
    assert 0 < len(finished) < 4
    assert finished == {path: path.stat().st_mtime_ns for path in finished}
    assert small.rows(folder) == small.rows(finished_sweep)


def test_ctrl_c_stops_the_workers_and_leaves_what_can_be_resumed(
    tmp_path: Path, tones_folder: Path
) -> None:
    folder = tmp_path / "sweep"
    process = start_sweep(folder, tones_folder, "--devices", "cpu", "--limit", "2")
    until(lambda: owners(folder), process)

    os.kill(process.pid, signal.SIGINT)

    assert process.wait(WAIT) == 1
    assert "0 of 2 trials are done" in folder.with_suffix(".log").read_text()
    statuses = [row["status"] for row in small.rows(folder)]
    assert statuses == ["pending", "pending"]
    assert (folder / "results.sqlite").is_file()
