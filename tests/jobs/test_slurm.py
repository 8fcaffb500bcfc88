"""SLURM through submitit; there is none here, so submitit's own local jobs stand for it."""

from collections import Counter
from pathlib import Path

import pytest

from cnnviz import packages
from cnnviz.errors import CnnvizError, ParameterError
from cnnviz.jobs import Job, Wording
from cnnviz.jobs.executors import slurm
from tests.jobs import tasks

pytest.importorskip("submitit")
LOCAL = (("cluster", "local"), ("timeout_min", "30"))


def _job(tmp_path: Path, **options: object) -> Job:
    return Job(folder=tmp_path / "job", tasks=(), **options)  # type: ignore[arg-type]


def test_a_task_that_is_put_back_into_the_queue_is_the_same_task(tmp_path: Path) -> None:
    submission = slurm.Submission(task=tasks.task(tmp_path / "a").to_json(), device="cuda")

    again = submission.checkpoint()

    assert (again.function, again.args, again.kwargs) == (submission, (), {})


def test_what_is_submitted_does_the_task(tmp_path: Path) -> None:
    task = tasks.task(tmp_path / "a")

    slurm.Submission(task=task.to_json(), device="cuda")()

    assert (task.folder / tasks.DONE).read_text() == "9 on cuda"


def test_machine_without_slurm_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(CnnvizError, match="needs the command sbatch, which is not on this machine"):
        slurm.check(_job(tmp_path))


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ((("cluster", "condor"),), "cluster='condor'; allowed: slurm, or local"),
        ((*LOCAL, ("patrition", "gpu")), "Unknown argument 'patrition'"),
        ((*LOCAL, ("mem_gb", "much")), 'Parameter "mem_gb" expected type'),
    ],
    ids=["cluster", "unknown", "type"],
)
def test_settings_submitit_does_not_know_are_told(
    tmp_path: Path, settings: tuple[tuple[str, str], ...], told: str
) -> None:
    with pytest.raises(ParameterError, match=told):
        slurm.check(_job(tmp_path, slurm=settings))

    assert not (tmp_path / "job").exists()


@pytest.mark.parametrize("name", ["task", "trial"])
def test_part_of_a_gpu_is_refused(tmp_path: Path, name: str) -> None:
    job = _job(tmp_path, slurm=LOCAL, gpus_per_task=0.5, wording=Wording(task=name))

    with pytest.raises(ParameterError, match=rf"gpus_per_{name}=0.5; .*'slurm': whole numbers"):
        slurm.check(job)


def test_slurm_chooses_the_gpu_itself(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="devices=cuda:1; allowed with executor 'slurm': cpu"):
        slurm.check(_job(tmp_path, slurm=LOCAL, devices=("cuda:1",)))


def test_missing_submitit_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packages, "find_spec", lambda name: None)

    with pytest.raises(CnnvizError, match=r"install it: pip install 'cnnviz\[slurm\]'"):
        slurm.check(_job(tmp_path))


class _Dead:
    """What submitit keeps of a job that was killed."""

    state = "OUT_OF_MEMORY"

    class paths:
        stderr = "logs/1.err"

    def stderr(self) -> str:
        return "slurmstepd: oom-kill\n\n"


def test_a_task_whose_jobs_die_is_tried_twice_more_and_then_failed(tmp_path: Path) -> None:
    task, deaths = tasks.task(tmp_path / "a"), Counter[str]()

    again = [slurm._after_death(task, _Dead(), deaths) for _ in range(3)]

    assert again == [[task], [task], []]
    assert task.reason == "its job died 3 times (slurmstepd: oom-kill); see logs/1.err"
