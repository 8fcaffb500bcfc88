"""Tasks travel as JSON, and their folder says how far they are."""

import json
from pathlib import Path

import pytest

from cnnviz.errors import ParameterError
from cnnviz.files import write_whole
from cnnviz.jobs import Task
from cnnviz.jobs.claim import Claim
from cnnviz.jobs.task import task_from_json
from tests.jobs import tasks


def test_a_task_comes_back_from_json(tmp_path: Path) -> None:
    arguments = {"layers": ["conv1", "conv2"], "rate": 0.5, "target": None}
    task = Task(task_id="a", function="m.n:f", folder=tmp_path, done="x.h5", arguments=arguments)

    assert task_from_json(task.to_json()) == task


def test_a_folder_travels_with_its_whole_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    task = Task(task_id="a", function="m:f", folder=Path("run"), done="x")

    assert json.loads(task.to_json())["folder"] == str(tmp_path / "run")


@pytest.mark.parametrize(
    "arguments",
    [{"layers": ("conv1",)}, {"folder": Path("run")}, {"rate": float("nan")}, {1: "one"}],
    ids=["tuple", "path", "nan", "number as a name"],
)
def test_arguments_that_json_would_change_are_refused(arguments: dict[str, object]) -> None:
    with pytest.raises(ParameterError, match="allowed: what JSON gives back as it was; turn"):
        Task(task_id="a", function="m:f", folder=Path("run"), done="x", arguments=arguments)


@pytest.mark.parametrize("function", ["print", "os.path.join", "m:f()"])
def test_what_names_no_function_is_refused(function: str) -> None:
    with pytest.raises(ParameterError, match=r"function='.*'; allowed: 'package.module:name'"):
        Task(task_id="a", function=function, folder=Path("run"), done="x")


def test_a_task_is_pending_running_failed_or_done(tmp_path: Path) -> None:
    task = tasks.task(tmp_path)
    claim, found = Claim(tmp_path), [task.status]

    claim.take(wait=False)
    found.append(task.status)
    claim.release()
    task.fail("no\nluck", "Traceback ...")
    found.append(task.status)
    write_whole(tmp_path / tasks.DONE, "9")
    found.append(task.status)

    assert found == ["pending", "running", "failed", "done"]


def test_a_failure_is_one_line_and_its_traceback(tmp_path: Path) -> None:
    task = tasks.task(tmp_path)

    task.fail("no\nluck", "Traceback ...\n")

    assert (tmp_path / "error.txt").read_text() == "no luck\n\nTraceback ...\n"
    assert task.reason == "no luck"
    task.forget_failure()
    assert (task.reason, task.status) == ("", "pending")


def test_a_task_that_was_done_after_it_failed_has_no_reason(tmp_path: Path) -> None:
    task = tasks.task(tmp_path)

    task.fail("power cut")
    write_whole(tmp_path / tasks.DONE, "9")

    assert task.reason == ""
