"""Jobs refuse what cannot be, in the words of those who run them."""

from dataclasses import replace
from pathlib import Path

import pytest

from cnnviz.errors import CnnvizError, ParameterError
from cnnviz.jobs import Wording, load_executor
from tests.jobs import tasks


def test_what_is_left_is_neither_done_nor_failed(tmp_path: Path) -> None:
    job = tasks.job(tmp_path)

    (job.tasks[0].folder / tasks.DONE).write_text("0")
    job.tasks[2].fail("power cut")

    assert job.left == job.tasks[1:2]


@pytest.mark.parametrize(
    ("wording", "told"),
    [(Wording(), "cpus_per_task=0"), (Wording(task="trial"), "cpus_per_trial=0")],
    ids=["task", "trial"],
)
def test_no_cores_are_refused(tmp_path: Path, wording: Wording, told: str) -> None:
    with pytest.raises(ParameterError, match=f"{told}; allowed: 1 or more; leave it out for all"):
        replace(tasks.job(tmp_path), wording=wording, cpus_per_task=0)


def test_unknown_executor_gives_those_there_are() -> None:
    with pytest.raises(
        CnnvizError, match="'condor' is not one of the executors: local, ray, slurm"
    ):
        load_executor("condor")
