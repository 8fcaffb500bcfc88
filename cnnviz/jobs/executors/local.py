"""The machine at hand: one process per device, which does one task after another.

A process that dies is replaced; the task it had is tried again, and counts as failed after two
such retries.
"""

import os
import sys
from collections import Counter
from dataclasses import dataclass
from multiprocessing import connection, get_context, parent_process
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Thread

from cnnviz.errors import CnnvizError, ParameterError
from cnnviz.jobs.job import RETRIES, Job, Tick
from cnnviz.jobs.worker import work_through

_PAUSE = 0.5  # seconds
_DEATHS = 3  # in a row without a task begun that end a job


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
    names = job.devices or tuple(f"cuda:{i}" for i in range(n_gpus)) or ("cpu",)
    for device in names:
        if device not in here or (device == "cuda" and not n_gpus):
            raise ParameterError(
                f"devices={','.join(names)}; allowed: cpu, and cuda:N with N below {n_gpus}, "
                "the number of CUDA devices here; try --devices cpu"
            )
    n_workers = job.workers or len(names)
    return tuple(names[i % len(names)] for i in range(n_workers))


def execute(job: Job, tick: Tick) -> None:
    """Work until all tasks are done or failed.

    Raises
    ------
    CnnvizError
        If workers die before they begin a task.
    """
    names = devices(job)[: len(job.left)]
    workers = [
        _start_worker(job, device, f"worker-{i}", len(names)) for i, device in enumerate(names)
    ]
    deaths: Counter[str | None] = Counter()
    try:
        while workers:
            connection.wait([worker.process.sentinel for worker in workers], timeout=_PAUSE)
            ended = [worker for worker in workers if not worker.process.is_alive()]
            workers = [worker for worker in workers if worker not in ended]
            for worker in (*workers, *ended):
                if worker.read_announcements():
                    deaths[None] = 0
            for worker in ended:
                if worker.process.exitcode != 0:
                    _record_death(job, worker, deaths)
                    workers.append(_start_worker(job, worker.device, worker.name, len(names)))
            tick()
    finally:
        for worker in workers:
            worker.process.kill()
        for worker in workers:
            worker.process.join()


@dataclass(kw_only=True, slots=True)
class _Worker:
    """A process, and the task it is at; None between tasks."""

    process: BaseProcess
    announced: Connection
    device: str
    name: str
    current: str | None = None

    def read_announcements(self) -> bool:
        """Read what it announced, so that the pipe is never full; whether it began a task."""
        began = False
        try:
            while self.announced.poll():
                self.current = self.announced.recv()
                began |= self.current is not None
        except EOFError:
            pass
        return began


def _start_worker(job: Job, device: str, name: str, n_workers: int) -> _Worker:
    context = get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    log = _log(job, name)
    log.parent.mkdir(parents=True, exist_ok=True)
    cores = job.cpus_per_task or max(1, (os.cpu_count() or 1) // n_workers)
    arguments = (job, device, sender, log, cores)
    process = context.Process(target=_run_worker, args=arguments, name=name, daemon=True)
    process.start()
    sender.close()  # the child's copy stays: its death is the end of the pipe
    return _Worker(process=process, announced=receiver, device=device, name=name)


def _log(job: Job, name: str) -> Path:
    return job.folder / "logs" / f"{name}.log"


def _record_death(job: Job, worker: _Worker, deaths: "Counter[str | None]") -> None:
    """Count the death for the task it was at, and give that up after some."""
    task_id, code = worker.current, worker.process.exitcode or 0
    deaths[task_id] += 1
    how = f"signal {-code}" if code < 0 else f"exit code {code}"
    log, words = _log(job, worker.name), job.wording
    if task_id is None and deaths[None] >= _DEATHS:
        raise CnnvizError(
            f"workers of the {words.job} die before they begin a {words.task} ({how}); their "
            f"output is in {log}; mend that and run the same command"
        )
    if task_id is not None and deaths[task_id] > RETRIES:
        advice = f"; {words.advice}" if words.advice else ""
        task = next(task for task in job.tasks if task.task_id == task_id)
        task.fail(
            f"its worker died {deaths[task_id]} times ({how}), as when memory is used up; "
            f"see {log.relative_to(job.folder)}{advice}"
        )


def _run_worker(job: Job, device: str, announced: Connection, log: Path, cores: int) -> None:
    """Be a worker: quiet, gone with its parent, alone on its device."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends this one
    Thread(target=_exit_with_parent, daemon=True).start()
    _write_to(log)
    kind, _, index = device.partition(":")
    if index:
        visible = os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")
        gpu = visible[int(index)] if len(visible) > int(index) and visible[0] else index
        os.environ["CUDA_VISIBLE_DEVICES"] = gpu
    if job.cpus_per_task is not None or "OMP_NUM_THREADS" not in os.environ:
        os.environ["OMP_NUM_THREADS"] = str(cores)
        import torch

        torch.set_num_threads(cores)
    work_through(job.left, device=kind, announce=announced.send)


def _exit_with_parent() -> None:
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
