"""Jobs: the tasks that an executor is given, and the machines to do them on."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, cast

from cnnviz import registry
from cnnviz.errors import ParameterError
from cnnviz.jobs.task import Task

RETRIES = 2  # of a task whose worker died
Tick = Callable[[], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Wording:
    """What people who run a job call things, in its messages.

    Parameters
    ----------
    job, task
        Such as ``"sweep"`` and ``"trial"``; options are named after the task, such as
        ``--gpus-per-trial``.
    advice
        What to try where workers die at a task; empty: nothing.
    """

    job: str = "job"
    task: str = "task"
    advice: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """Tasks, and the machines to do them on.

    Parameters
    ----------
    folder
        For the logs of its workers.
    tasks
        In the order they are to be tried.
    wording
        For messages.
    devices
        ``"cpu"``, ``"cuda"``, ``"cuda:0"`` ...; empty: GPUs where there are any.
    workers
        Tasks that are done at the same time; None: as the executor sees fit.
    cpus_per_task
        Processor cores a task may use; None: as the executor sees fit.
    gpus_per_task
        GPUs, or part of one, that a task is given; None: as the executor sees fit.
    ray_address
        ``"auto"``, ``"local"`` or ``HOST:PORT``, for Ray.
    slurm
        Settings of submitit's AutoExecutor, for SLURM.
    """

    folder: Path
    tasks: tuple[Task, ...]
    wording: Wording = field(default_factory=Wording)
    devices: tuple[str, ...] = ()
    workers: int | None = None
    cpus_per_task: int | None = None
    gpus_per_task: float | None = None
    ray_address: str = "auto"
    slurm: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        cpus = f"cpus_per_{self.wording.task}"
        for name, value in (("workers", self.workers), (cpus, self.cpus_per_task)):
            if value is not None and value < 1:
                raise ParameterError(f"{name}={value}; allowed: 1 or more; leave it out for all")

    @property
    def left(self) -> tuple[Task, ...]:
        """Tasks that are neither done nor failed yet."""
        return tuple(task for task in self.tasks if not task.is_finished)


def check_kind(job: Job, *, executor: str) -> None:
    """Refuse single devices where a cluster chooses which of a kind it is.

    Raises
    ------
    ParameterError
        The text names the kinds.
    """
    if len(job.devices) > 1 or not set(job.devices) <= {"cpu", "cuda"}:
        raise ParameterError(
            f"devices={','.join(job.devices)}; allowed with executor {executor!r}: cpu or cuda; "
            f"the cluster chooses which; see --gpus-per-{job.wording.task}"
        )


class Executor(Protocol):
    """The face of a file in ``cnnviz/jobs/executors/``."""

    def check(self, job: Job) -> None:
        """Refuse what cannot work, before anything starts."""
        ...

    def devices(self, job: Job) -> tuple[str, ...]:
        """One device per worker; empty where they are not known before."""
        ...

    def execute(self, job: Job, tick: Tick) -> None:
        """Work until all tasks are done or failed."""
        ...


def load_executor(name: str) -> Executor:
    """One of the executors.

    Raises
    ------
    UnknownNameError
        If there is none of this name.
    """
    return cast(Executor, registry.load("cnnviz.jobs.executors", name))
