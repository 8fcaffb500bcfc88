"""One machine: workers are replaced when they die, and go when their parent goes."""

import os
import signal
from collections import Counter
from multiprocessing import get_context
from pathlib import Path
from time import monotonic

import pytest

from cnnviz.errors import CnnvizError, ParameterError
from tests.zoo.executors.processes import WAIT, announce_much, owners, start_sweep, until
from tests.zoo.sweep import small
from zoo.executors import local
from zoo.sweep.folder import SweepFolder
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

    run_sweep(chosen, job, local, tell=kill_the_first)

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


def _dead_worker(trial_id: str | None) -> local._Worker:
    context = get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=os._exit, args=(9,))
    process.start()
    process.join()
    sender.send("an earlier one")
    sender.send(trial_id)
    sender.close()
    worker = local._Worker(process=process, announced=receiver, device="cpu", name="worker-0")
    worker.listen()
    return worker


def test_a_trial_whose_worker_dies_three_times_has_failed(
    tmp_path: Path, tones_folder: Path
) -> None:
    chosen = small.plan(tmp_path / "sweep", tones_folder)
    job = small.job(tmp_path / "sweep", chosen)
    job.folder.prepare(chosen)
    trial_id, deaths = job.trial_ids[0], Counter[str | None]()

    reasons = []
    for _ in range(3):
        local._bury(job, _dead_worker(trial_id), deaths)
        reasons.append(job.folder.reason(trial_id))

    assert reasons[:2] == ["", ""]
    assert reasons[2].startswith("its worker died 3 times (exit code 9)")


def test_workers_that_cannot_begin_end_the_sweep(tmp_path: Path) -> None:
    job, deaths = local.Job(folder=SweepFolder(path=tmp_path), trial_ids=()), Counter[str | None]()

    for _ in range(2):
        local._bury(job, _dead_worker(None), deaths)
    with pytest.raises(CnnvizError, match=r"die before they begin a trial \(exit code 9\)"):
        local._bury(job, _dead_worker(None), deaths)


@pytest.mark.parametrize("device", ["tpu", "cuda:99"])
def test_devices_that_are_not_here_are_refused(tmp_path: Path, device: str) -> None:
    job = local.Job(folder=SweepFolder(path=tmp_path), trial_ids=(), devices=("cpu", device))

    with pytest.raises(ParameterError, match=rf"devices=cpu,{device}; allowed: cpu, and cuda:N"):
        local.check(job)


def test_workers_share_the_devices_in_turn(tmp_path: Path) -> None:
    job = local.Job(folder=SweepFolder(path=tmp_path), trial_ids=(), devices=("cpu",), workers=3)

    assert local.devices(job) == ("cpu", "cpu", "cpu")


def test_a_worker_that_announces_much_is_heard_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    staff = []

    def hire(job: local.Job, device: str, name: str, n_workers: int) -> local._Worker:
        context = get_context("spawn")
        receiver, sender = context.Pipe(duplex=False)
        process = context.Process(target=announce_much, args=(sender,), daemon=True)
        process.start()
        staff.append(process)
        return local._Worker(process=process, announced=receiver, device=device, name=name)

    monkeypatch.setattr(local, "_hire", hire)
    (tmp_path / "trials" / "one").mkdir(parents=True)
    job = local.Job(folder=SweepFolder(path=tmp_path), trial_ids=("one",), devices=("cpu",))

    end = monotonic() + 100

    def tick() -> None:
        assert monotonic() < end, "it waits for a pipe that nobody reads"

    local.execute(job, tick)

    assert [process.exitcode for process in staff] == [0]
