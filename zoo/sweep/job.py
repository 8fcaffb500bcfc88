"""What an executor is given: trials to train, and with what."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from cnnviz.errors import ParameterError

from .folder import SweepFolder

RETRIES = 2  # of a trial whose worker died
Tick = Callable[[], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """Trials to train, and the machines to train them on.

    Parameters
    ----------
    folder
        Of the sweep.
    trial_ids
        Trials that are not done, in the order they are to be tried.
    devices
        ``"cpu"``, ``"cuda"``, ``"cuda:0"`` ...; empty: GPUs where there are any.
    workers
        Trials that are trained at the same time; None: as the executor sees fit.
    cpus_per_trial
        Processor cores a trial may use; None: as the executor sees fit.
    gpus_per_trial
        GPUs, or part of one, that a trial is given; None: as the executor sees fit.
    precision
        ``"32"``, ``"bf16"`` or ``"16"`` in all trials; ``"auto"``: what the sweep was begun with,
        else bf16 where every device is known to multiply it, else 32.
    ray_address
        ``"auto"``, ``"local"`` or ``HOST:PORT``, for Ray.
    slurm
        Settings of submitit's AutoExecutor, for SLURM.
    """

    folder: SweepFolder
    trial_ids: tuple[str, ...]
    devices: tuple[str, ...] = ()
    workers: int | None = None
    cpus_per_trial: int | None = None
    gpus_per_trial: float | None = None
    precision: str = "auto"
    ray_address: str = "auto"
    slurm: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        for name in ("workers", "cpus_per_trial"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ParameterError(f"{name}={value}; allowed: 1 or more; leave it out for all")

    @property
    def left(self) -> tuple[str, ...]:
        """Trials that are neither done nor failed yet."""
        return tuple(name for name in self.trial_ids if not self.folder.is_finished(name))


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
            "the cluster chooses which; see --gpus-per-trial"
        )


class Executor(Protocol):
    """The face of a file in ``zoo/executors/``."""

    def check(self, job: Job) -> None:
        """Refuse what cannot work, before anything starts."""
        ...

    def devices(self, job: Job) -> tuple[str, ...]:
        """One device per worker; empty where they are not known before."""
        ...

    def execute(self, job: Job, tick: Tick) -> None:
        """Train until all trials are done or failed."""
        ...
