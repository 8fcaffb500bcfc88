"""Workers do what nobody is at, and write down why something failed."""

from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from cnnviz.errors import ParameterError
from cnnviz.jobs import Task
from cnnviz.jobs.worker import attempt, work_through
from tests.jobs import tasks


def _ignore(_: str | None) -> None:
    """Announce to nobody."""


def test_each_task_is_announced_done_and_ended(tmp_path: Path) -> None:
    job, announced = tasks.job(tmp_path), []

    work_through(job.tasks, device="cpu", announce=announced.append)

    assert announced == ["task-0", None, "task-1", None, "task-2", None]
    found = [(task.folder / tasks.DONE).read_text() for task in job.tasks]
    assert found == ["0 on cpu", "1 on cpu", "4 on cpu"]


def test_what_is_done_is_not_done_again(tmp_path: Path) -> None:
    task = tasks.task(tmp_path / "a")

    for _ in range(2):
        attempt(task, device="cpu")

    assert len(tasks.begun(task.folder)) == 1


def test_a_failing_task_tells_its_reason_and_stops_no_other(tmp_path: Path) -> None:
    failing, other = tasks.task(tmp_path / "a", "fail", 7), tasks.task(tmp_path / "b")

    work_through([failing, other], device="cpu", announce=_ignore)

    assert (failing.status, other.status) == ("failed", "done")
    assert failing.reason == "ValueError: 7 has no"
    assert "Traceback" in (failing.folder / "error.txt").read_text()


def test_a_task_that_leaves_nothing_has_failed(tmp_path: Path) -> None:
    task = tasks.task(tmp_path / "a", "forget")

    attempt(task, device="cpu")

    assert task.reason == "tests.jobs.tasks:forget ended without writing square.txt"


@pytest.mark.parametrize("function", ["tests.jobs.nowhere:f", "tests.jobs.tasks:nothing"])
def test_a_function_that_is_not_there_is_told_before_anything_begins(
    tmp_path: Path, function: str
) -> None:
    good = tasks.task(tmp_path / "a")
    bad = Task(task_id="b", function=function, folder=tmp_path / "b", done="x")

    with pytest.raises(ParameterError, match=f"function='{function}' cannot be imported"):
        work_through([good, bad], device="cpu", announce=_ignore)

    assert good.status == "pending"


def _work_at_once(barrier: Barrier, tasks: tuple[Task, ...]) -> None:
    barrier.wait()
    work_through(tasks, device="cpu", announce=_ignore)


def test_two_processes_never_do_the_same_task(tmp_path: Path) -> None:
    job, context = tasks.job(tmp_path, n_tasks=20), get_context("spawn")
    arguments = (context.Barrier(2), job.tasks)

    processes = [context.Process(target=_work_at_once, args=arguments) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()

    assert [process.exitcode for process in processes] == [0, 0]
    assert [len(tasks.begun(task.folder)) for task in job.tasks] == [1] * 20
    assert {task.status for task in job.tasks} == {"done"}
