"""SLURM through submitit; there is none here, so submitit's own local jobs stand for it."""

from collections import Counter
from pathlib import Path

import pytest

from cnnviz import packages
from cnnviz.errors import CnnvizError, ParameterError
from tests.zoo.sweep import small
from zoo.executors import slurm
from zoo.sweep.folder import SweepFolder
from zoo.sweep.job import Job
from zoo.sweep.run import run_sweep

pytest.importorskip("submitit")
LOCAL = (("cluster", "local"), ("timeout_min", "30"))


def _job(tmp_path: Path, **options: object) -> Job:
    return Job(folder=SweepFolder(path=tmp_path / "sweep"), trial_ids=(), **options)  # type: ignore[arg-type]


def test_jobs_of_submitit_give_the_same_table(
    tmp_path: Path, tones_folder: Path, finished_sweep: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    folder, chosen = tmp_path / "sweep", small.plan(tmp_path / "sweep", tones_folder, limit=2)
    job = small.job(folder, chosen, slurm=LOCAL, workers=2)

    counts = run_sweep(chosen, job, slurm, tell=lambda counts: None)

    assert counts.done == 2
    assert small.rows(folder) == small.rows(finished_sweep)[:2]


def test_a_task_that_is_put_back_into_the_queue_is_the_same_task() -> None:
    task = slurm.Task(path="/shared/sweep", trial_id="abc", device="cuda")

    again = task.checkpoint()

    assert (again.function, again.args, again.kwargs) == (task, (), {})


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

    assert not (tmp_path / "sweep").exists()


def test_part_of_a_gpu_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=r"gpus_per_trial=0.5; .*'slurm': whole numbers"):
        slurm.check(_job(tmp_path, slurm=LOCAL, gpus_per_trial=0.5))


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


def test_a_trial_whose_jobs_die_is_tried_twice_more_and_then_failed(
    tmp_path: Path, tones_folder: Path
) -> None:
    folder = tmp_path / "sweep"
    chosen = small.plan(folder, tones_folder, limit=1)
    job, trial_id = small.job(folder, chosen), chosen.trials[0].trial_id
    job.folder.prepare(chosen)
    deaths: Counter[str] = Counter()

    again = [slurm._after_death(job, trial_id, _Dead(), deaths) for _ in range(3)]

    assert again == [[trial_id], [trial_id], []]
    reason = "its job died 3 times (slurmstepd: oom-kill); see logs/1.err"
    assert job.folder.reason(trial_id) == reason
