"""The machine at hand: one process per device, each decoding the data once.

A process that dies is replaced; the trial it had goes on from its last epoch, and counts as
failed after two such retries.
"""

import os
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing import connection, get_context, parent_process
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from cnnviz.errors import CnnvizError, ParameterError

from ..sweep.job import RETRIES, Job, Tick

if TYPE_CHECKING:
    from ..sweep.folder import SweepFolder

_PAUSE = 0.5  # seconds
_FRUITLESS = 3  # deaths in a row without a trial begun that end a sweep


def check(job: Job) -> None:
    """Refuse devices that are not here.

    Raises
    ------
    ParameterError
        The text names those that are.
    """
    devices(job)


def devices(job: Job) -> tuple[str, ...]:
    """One device per worker.

    Raises
    ------
    ParameterError
        If one is not here; the text names those that are.
    """
    import torch

    n_gpus = torch.cuda.device_count()
    here = ("cpu", "cuda", *(f"cuda:{i}" for i in range(n_gpus)))
    chosen = job.devices or tuple(f"cuda:{i}" for i in range(n_gpus)) or ("cpu",)
    for device in chosen:
        if device not in here or (device == "cuda" and not n_gpus):
            raise ParameterError(
                f"devices={','.join(chosen)}; allowed: cpu, and cuda:N with N below {n_gpus}, "
                "the number of CUDA devices here; try --devices cpu"
            )
    n_workers = job.workers or len(chosen)
    return tuple(chosen[i % len(chosen)] for i in range(n_workers))


def execute(job: Job, tick: Tick) -> None:
    """Train until all trials are done or failed.

    Raises
    ------
    CnnvizError
        If workers die before they begin a trial.
    """
    chosen = devices(job)[: len(job.left)]
    staff = [_hire(job, device, f"worker-{i}", len(chosen)) for i, device in enumerate(chosen)]
    deaths: Counter[str | None] = Counter()
    try:
        while staff:
            connection.wait([worker.process.sentinel for worker in staff], timeout=_PAUSE)
            gone = [worker for worker in staff if not worker.process.is_alive()]
            staff = [worker for worker in staff if worker not in gone]
            for worker in (*staff, *gone):
                if worker.listen():
                    deaths[None] = 0
            for worker in gone:
                if worker.process.exitcode != 0:
                    _bury(job, worker, deaths)
                    staff.append(_hire(job, worker.device, worker.name, len(chosen)))
            tick()
    finally:
        for worker in staff:
            worker.process.kill()
        for worker in staff:
            worker.process.join()


@dataclass(kw_only=True, slots=True)
class _Worker:
    """A process, and the trial it is at; None between trials."""

    process: BaseProcess
    announced: Connection
    device: str
    name: str
    current: str | None = None

    def listen(self) -> bool:
        """Read what it announced, so that the pipe is never full; whether it began a trial."""
        began = False
        try:
            while self.announced.poll():
                self.current = self.announced.recv()
                began |= self.current is not None
        except EOFError:
            pass
        return began


def _hire(job: Job, device: str, name: str, n_workers: int) -> _Worker:
    context = get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    log = job.folder.path / "logs" / f"{name}.log"
    log.parent.mkdir(exist_ok=True)
    cores = job.cpus_per_trial or max(1, (os.cpu_count() or 1) // n_workers)
    chosen = job.cpus_per_trial is not None
    arguments = (job.folder, job.left, device, sender, log, cores, chosen)
    process = context.Process(target=_work, args=arguments, name=name, daemon=True)
    process.start()
    sender.close()  # the child's copy stays: its death is the end of the pipe
    return _Worker(process=process, announced=receiver, device=device, name=name)


def _bury(job: Job, worker: _Worker, deaths: "Counter[str | None]") -> None:
    """Count the death for the trial it was at, and give that up after some."""
    trial_id, code = worker.current, worker.process.exitcode or 0
    deaths[trial_id] += 1
    how = f"signal {-code}" if code < 0 else f"exit code {code}"
    log = job.folder.path / "logs" / f"{worker.name}.log"
    if trial_id is None and deaths[None] >= _FRUITLESS:
        raise CnnvizError(
            f"workers of the sweep die before they begin a trial ({how}); their output is in "
            f"{log}; mend that and run the same command"
        )
    if trial_id is not None and deaths[trial_id] > RETRIES:
        job.folder.fail(
            trial_id,
            f"its worker died {deaths[trial_id]} times ({how}), as when memory is used up; "
            f"see {log.relative_to(job.folder.path)}; try a smaller batch_size",
        )


def _work(  # noqa: PLR0917 (what a process is started with)
    folder: "SweepFolder",
    trial_ids: Sequence[str],
    device: str,
    announced: Connection,
    log: Path,
    cores: int,
    chosen: bool,
) -> None:
    """Be a worker: quiet, gone with its parent, alone on its device."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends this one
    Thread(target=_leave_with_parent, daemon=True).start()
    _write_to(log)
    kind, _, index = device.partition(":")
    if index:
        visible = os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")
        known = visible[int(index)] if len(visible) > int(index) and visible[0] else index
        os.environ["CUDA_VISIBLE_DEVICES"] = known
    if chosen or "OMP_NUM_THREADS" not in os.environ:
        os.environ["OMP_NUM_THREADS"] = str(cores)
        import torch

        torch.set_num_threads(cores)
    from ..sweep.worker import take_turns

    take_turns(folder, trial_ids, device=kind, announce=announced.send)


def _leave_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _write_to(log: Path) -> None:
    """Send everything this process prints, libraries in C included, to a file."""
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)
