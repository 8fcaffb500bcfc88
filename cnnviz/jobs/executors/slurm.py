"""A SLURM cluster, through submitit: an array of SLURM's jobs, one per task.

What is preempted or runs out of time is put back into the queue. The folders of the tasks lie
on a file system that all nodes share.
"""

import os
import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import sleep
from typing import Any

from cnnviz.errors import CnnvizError, ParameterError
from cnnviz.jobs.job import RETRIES, Job, Tick, check_kind
from cnnviz.jobs.task import Task, task_from_json
from cnnviz.jobs.worker import attempt
from cnnviz.packages import require

_PAUSE = 1.0  # seconds
_MINUTES = 24 * 60  # of a job, unless said otherwise


def check(job: Job) -> None:
    """Refuse a missing package, a missing ``sbatch``, or settings submitit does not know.

    Raises
    ------
    CnnvizError
        If submitit is not installed or there is no SLURM here.
    ParameterError
        If a setting is unknown or malformed.
    """
    require("submitit", needed_by="executor 'slurm'", extra="slurm")
    check_kind(job, executor="slurm")
    cluster = _cluster(job)
    if cluster not in ("slurm", "local"):
        raise ParameterError(
            f"cluster={cluster!r}; allowed: slurm, or local to try submitit on this machine"
        )
    if cluster == "slurm" and shutil.which("sbatch") is None:
        raise CnnvizError(
            "executor 'slurm' needs the command sbatch, which is not on this machine; run it on "
            "a login node of the cluster, or try --slurm cluster=local"
        )
    with TemporaryDirectory() as nothing_stays:
        _submitter(job, Path(nothing_stays))


def devices(job: Job) -> tuple[str, ...]:  # noqa: ARG001 (the face of an executor)
    """None that is known here: the cluster chooses."""
    return ()


def execute(job: Job, tick: Tick) -> None:
    """Work until all tasks are done or failed."""
    submitter = _submitter(job, job.folder / "slurm")
    waiting, deaths = list(job.left), Counter[str]()
    width = len(waiting) if _cluster(job) == "slurm" else job.workers or os.cpu_count() or 1
    running: list[tuple[Task, Any]] = []
    try:
        while waiting or running:
            started = waiting[: width - len(running)]
            waiting = waiting[len(started) :]
            running += _submit(submitter, job, started)
            ended = [pair for pair in running if pair[1].done()]
            running = [pair for pair in running if pair not in ended]
            for task, submitted in ended:
                if not task.is_finished:
                    waiting += _after_death(task, submitted, deaths)
            tick()
            sleep(_PAUSE)
    finally:
        for _, submitted in running:
            submitted.cancel(check=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Submission:
    """A task, as submitit keeps it in a file until a node takes it.

    Parameters
    ----------
    task
        As JSON.
    device
        ``"cpu"`` or ``"cuda"``.
    """

    task: str
    device: str

    def __call__(self) -> None:
        """Do the task."""
        attempt(task_from_json(self.task), device=self.device)

    def checkpoint(self) -> Any:
        """The same once more: what is put back into the queue when time is up."""
        from submitit.helpers import DelayedSubmission

        return DelayedSubmission(self)


def _submit(submitter: Any, job: Job, tasks: list[Task]) -> list[tuple[Task, Any]]:
    if not tasks:
        return []
    device = "cuda" if _gpus(job) else "cpu"
    submissions = [Submission(task=task.to_json(), device=device) for task in tasks]
    return list(zip(tasks, submitter.submit_array(submissions), strict=True))


def _after_death(task: Task, ended: Any, deaths: Counter[str]) -> list[Task]:
    """The task again, or nothing when it died too often."""
    deaths[task.task_id] += 1
    if deaths[task.task_id] <= RETRIES:
        return [task]
    lines = [line for line in (ended.stderr() or "").splitlines() if line.strip()]
    reason = f"its job died {deaths[task.task_id]} times ({lines[-1] if lines else ended.state})"
    task.fail(f"{reason}; see {ended.paths.stderr}", "\n".join(lines))
    return []


def _gpus(job: Job) -> int:
    """GPUs per task: as given, else one with ``--devices cuda``."""
    n_gpus = job.gpus_per_task
    if n_gpus is not None and n_gpus != int(n_gpus):
        raise ParameterError(
            f"gpus_per_{job.wording.task}={n_gpus:g}; allowed with executor 'slurm': whole "
            "numbers; give 0 or 1"
        )
    return int(job.devices == ("cuda",)) if n_gpus is None else int(n_gpus)


def _cluster(job: Job) -> str:
    return dict(job.slurm).get("cluster", "slurm")


def _submitter(job: Job, folder: Path) -> Any:
    """A submitit executor with the settings of the job, which keeps its files in a folder.

    Raises
    ------
    ParameterError
        If submitit does not know a setting.
    """
    from submitit import AutoExecutor

    settings: dict[str, Any] = {
        "name": "cnnviz",
        "timeout_min": _MINUTES,
        "cpus_per_task": job.cpus_per_task or 1,
        "gpus_per_node": _gpus(job),
        "slurm_array_parallelism": job.workers or len(job.tasks) or 1,
    }
    for key, value in job.slurm:
        if key != "cluster":
            is_own = key in AutoExecutor._typed_parameters()  # noqa: SLF001 (nothing public tells)
            settings[key if is_own else f"slurm_{key}"] = _number(value)
    submitter = AutoExecutor(folder, cluster=_cluster(job))
    try:
        submitter.update_parameters(**settings)
    except (NameError, ValueError, AssertionError) as error:
        raise ParameterError(f"--slurm: {' '.join(str(error).split())}") from error
    return submitter


def _number(value: str) -> int | float | str:
    for kind in (int, float):
        try:
            return kind(value)
        except ValueError:
            continue
    return value
