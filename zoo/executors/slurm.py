"""A SLURM cluster, through submitit: an array of jobs, one per trial.

A job that is preempted or runs out of time is put back into the queue and goes on from its
last epoch. The folder of the sweep and the data lie on a file system that all nodes share.
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
from cnnviz.packages import require

from ..sweep.folder import SweepFolder
from ..sweep.job import RETRIES, Job, Tick, check_kind

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
    """Train until all trials are done or failed."""
    submitter = _submitter(job, job.folder.path / "slurm")
    waiting, deaths = list(job.left), Counter[str]()
    width = len(waiting) if _cluster(job) == "slurm" else job.workers or os.cpu_count() or 1
    running: dict[str, Any] = {}
    try:
        while waiting or running:
            chosen = waiting[: width - len(running)]
            waiting = waiting[len(chosen) :]
            running |= _hand_in(submitter, job, chosen)
            ended = [trial_id for trial_id, found in running.items() if found.done()]
            for trial_id in ended:
                if not job.folder.is_finished(trial_id):
                    waiting += _after_death(job, trial_id, running[trial_id], deaths)
                del running[trial_id]
            tick()
            sleep(_PAUSE)
    finally:
        for found in running.values():
            found.cancel(check=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """One trial, as submitit keeps it in a file until a node takes it.

    Parameters
    ----------
    path
        Folder of the sweep.
    trial_id
        Which trial.
    device
        ``"cpu"`` or ``"cuda"``.
    """

    path: str
    trial_id: str
    device: str

    def __call__(self) -> None:
        """Train."""
        from ..sweep.worker import attempt

        attempt(SweepFolder(path=Path(self.path)), self.trial_id, device=self.device)

    def checkpoint(self) -> Any:
        """The same once more: what is put back into the queue when time is up."""
        from submitit.helpers import DelayedSubmission

        return DelayedSubmission(self)


def _hand_in(submitter: Any, job: Job, trial_ids: list[str]) -> dict[str, Any]:
    if not trial_ids:
        return {}
    path, device = str(job.folder.path.resolve()), "cuda" if _gpus(job) else "cpu"
    tasks = [Task(path=path, trial_id=trial_id, device=device) for trial_id in trial_ids]
    return dict(zip(trial_ids, submitter.submit_array(tasks), strict=True))


def _after_death(job: Job, trial_id: str, ended: Any, deaths: Counter[str]) -> list[str]:
    """The trial again, or nothing when it died too often."""
    deaths[trial_id] += 1
    if deaths[trial_id] <= RETRIES:
        return [trial_id]
    lines = [line for line in (ended.stderr() or "").splitlines() if line.strip()]
    reason = f"its job died {deaths[trial_id]} times ({lines[-1] if lines else ended.state})"
    job.folder.fail(trial_id, f"{reason}; see {ended.paths.stderr}", "\n".join(lines))
    return []


def _gpus(job: Job) -> int:
    """GPUs per trial: as asked, else one with ``--devices cuda``."""
    asked = job.gpus_per_trial
    if asked is not None and asked != int(asked):
        raise ParameterError(
            f"gpus_per_trial={asked:g}; allowed with executor 'slurm': whole numbers; give 0 or 1"
        )
    return int(job.devices == ("cuda",)) if asked is None else int(asked)


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
        "cpus_per_task": job.cpus_per_trial or 1,
        "gpus_per_node": _gpus(job),
        "slurm_array_parallelism": job.workers or len(job.trial_ids) or 1,
    }
    for key, value in job.slurm:
        if key != "cluster":
            known = key in AutoExecutor._typed_parameters()  # noqa: SLF001 (nothing public tells)
            settings[key if known else f"slurm_{key}"] = _number(value)
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
