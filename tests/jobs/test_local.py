"""One machine: workers are replaced when they die, and go when their parent goes."""

import os
from collections import Counter
from dataclasses import replace
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from time import monotonic

import pytest

from cnnviz.errors import CnnvizError, ParameterError
from cnnviz.jobs import Job, Wording
from cnnviz.jobs.executors import local
from tests.jobs import tasks


def test_a_task_that_was_killed_once_is_done_by_the_next_worker(tmp_path: Path) -> None:
    job = tasks.job(tmp_path, "die_once")

    local.execute(job, lambda: None)

    found = [(task.folder / tasks.DONE).read_text() for task in job.tasks]
    assert found == ["0 on cpu", "1 on cpu", "4 on cpu"]
    assert [len(set(tasks.begun(task.folder))) for task in job.tasks] == [2, 2, 2]


def test_a_task_that_is_killed_each_time_fails_and_the_others_go_on(tmp_path: Path) -> None:
    bad, good = tasks.task(tmp_path / "bad", "always_die"), tasks.task(tmp_path / "good")

    local.execute(Job(folder=tmp_path, tasks=(bad, good), devices=("cpu",)), lambda: None)

    assert (bad.status, good.status) == ("failed", "done")
    assert len(tasks.begun(bad.folder)) == 3
    assert bad.reason == (
        "its worker died 3 times (signal 9), as when memory is used up; see logs/worker-0.log"
    )


def test_the_advice_of_a_job_ends_the_reason(tmp_path: Path) -> None:
    job = replace(tasks.job(tmp_path), wording=Wording(advice="try a smaller batch_size"))

    local._record_death(job, _dead_worker("task-1"), Counter({"task-1": 2}))

    assert job.tasks[1].reason.endswith("; see logs/worker-0.log; try a smaller batch_size")


def _dead_worker(task_id: str | None) -> local._Worker:
    context = get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=os._exit, args=(9,))
    process.start()
    process.join()
    sender.send("an earlier one")
    sender.send(task_id)
    sender.close()
    worker = local._Worker(process=process, announced=receiver, device="cpu", name="worker-0")
    worker.read_announcements()
    return worker


def test_a_task_whose_worker_dies_three_times_has_failed(tmp_path: Path) -> None:
    job, deaths = tasks.job(tmp_path), Counter[str | None]()

    reasons = []
    for _ in range(3):
        local._record_death(job, _dead_worker("task-0"), deaths)
        reasons.append(job.tasks[0].reason)

    assert reasons[:2] == ["", ""]
    assert reasons[2].startswith("its worker died 3 times (exit code 9)")


@pytest.mark.parametrize(
    ("wording", "told"),
    [
        (Wording(), r"workers of the job die before they begin a task \(exit code 9\)"),
        (
            Wording(job="sweep", task="trial"),
            r"workers of the sweep die before they begin a trial \(exit code 9\)",
        ),
    ],
    ids=["job", "sweep"],
)
def test_workers_that_cannot_begin_end_the_job(tmp_path: Path, wording: Wording, told: str) -> None:
    job, deaths = Job(folder=tmp_path, tasks=(), wording=wording), Counter[str | None]()

    for _ in range(2):
        local._record_death(job, _dead_worker(None), deaths)
    with pytest.raises(CnnvizError, match=told):
        local._record_death(job, _dead_worker(None), deaths)


@pytest.mark.parametrize("device", ["tpu", "cuda:99"])
def test_devices_that_are_not_here_are_refused(tmp_path: Path, device: str) -> None:
    job = Job(folder=tmp_path, tasks=(), devices=("cpu", device))

    with pytest.raises(ParameterError, match=rf"devices=cpu,{device}; allowed: cpu, and cuda:N"):
        local.check(job)


def test_workers_share_the_devices_in_turn(tmp_path: Path) -> None:
    job = Job(folder=tmp_path, tasks=(), devices=("cpu",), workers=3)

    assert local.devices(job) == ("cpu", "cpu", "cpu")


def announce_much(announced: Connection) -> None:
    """Announce more than a pipe holds."""
    for i in range(5_000):
        announced.send(f"task-{i}")
        announced.send(None)


def test_a_worker_that_announces_much_is_heard_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = []

    def start(job: Job, device: str, name: str, n_workers: int) -> local._Worker:
        context = get_context("spawn")
        receiver, sender = context.Pipe(duplex=False)
        process = context.Process(target=announce_much, args=(sender,), daemon=True)
        process.start()
        started.append(process)
        return local._Worker(process=process, announced=receiver, device=device, name=name)

    monkeypatch.setattr(local, "_start_worker", start)
    end = monotonic() + 100

    def tick() -> None:
        assert monotonic() < end, "it waits for a pipe that nobody reads"

    local.execute(tasks.job(tmp_path, n_tasks=1), tick)

    assert [process.exitcode for process in started] == [0]
