"""A Ray cluster: each task is placed where a core or a GPU is free.

The folders of the tasks lie on a file system that all nodes share. The tasks of a node that is
lost run again elsewhere.
"""

import logging
import os
import socket
from typing import Any

from cnnviz.errors import CnnvizError, ParameterError
from cnnviz.jobs.job import RETRIES, Job, Tick, check_kind
from cnnviz.jobs.task import Task, task_from_json
from cnnviz.jobs.worker import attempt
from cnnviz.packages import require

_PAUSE = 1.0  # seconds
_TIMEOUT = 10.0  # seconds until an address counts as unreachable


def check(job: Job) -> None:
    """Refuse a missing package or an address where no Ray is.

    Raises
    ------
    CnnvizError
        If ray is not installed, or no cluster answers.
    ParameterError
        If the devices are no kind of device.
    """
    require("ray", needed_by="executor 'ray'", extra="cluster")
    check_kind(job, executor="ray")
    _check_address(job.ray_address)


def devices(job: Job) -> tuple[str, ...]:  # noqa: ARG001 (the face of an executor)
    """None that is known here: the cluster chooses."""
    return ()


def execute(job: Job, tick: Tick) -> None:
    """Work until all tasks are done or failed.

    Raises
    ------
    CnnvizError
        If the cluster cannot be joined.
    """
    ray = _joined(job)
    try:
        _work_through(ray, job, tick)
    finally:
        ray.shutdown()


def _check_address(address: str) -> None:
    host, _, port = address.rpartition("://")[2].rpartition(":")
    if not (host and port.isdigit()):
        if address not in ("auto", "local"):
            raise ParameterError(
                f"ray_address={address!r}; allowed: auto, local, or HOST:PORT, such as "
                "10.0.0.1:6379; see: ray status"
            )
        return
    try:
        socket.create_connection((host, int(port)), timeout=_TIMEOUT).close()
    except OSError as error:
        raise _unreachable(address, error) from error


def _unreachable(address: str, error: Exception) -> CnnvizError:
    first = str(error).strip().partition("\n")[0]
    return CnnvizError(
        f"no Ray cluster answers at ray_address={address!r} ({first}); start one with: ray start "
        "--head, or use --ray-address local for this machine alone"
    )


def _joined(job: Job) -> Any:
    """Ray, connected to the cluster; nothing about it is reported to its makers."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    import ray

    try:
        ray.init(
            job.ray_address,
            log_to_driver=False,
            logging_level=logging.ERROR,
            dashboard_host="127.0.0.1",
        )
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise _unreachable(job.ray_address, error) from error
    return ray


def _work_through(ray: Any, job: Job, tick: Tick) -> None:
    gpus = _gpus(ray, job)
    remote = ray.remote(attempt_remotely).options(
        num_cpus=job.cpus_per_task or 1, num_gpus=gpus, max_retries=RETRIES
    )
    device = "cuda" if gpus else "cpu"
    waiting = list(job.left)
    running: dict[Any, Task] = {}
    width = job.workers or len(waiting)
    try:
        while waiting or running:
            while waiting and len(running) < width:
                task = waiting.pop(0)
                running[remote.remote(task.to_json(), device)] = task
            ready, _ = ray.wait(list(running), timeout=_PAUSE)
            for reference in ready:
                _collect(ray, reference, running.pop(reference))
            tick()
    finally:
        for reference in running:
            ray.cancel(reference, force=True)


def _collect(ray: Any, reference: Any, task: Task) -> None:
    try:
        ray.get(reference)
    except ray.exceptions.RayError as error:
        if not task.is_finished:
            lines = [line.strip() for line in str(error).splitlines() if line.strip()]
            reason = f"{type(error).__name__}: {lines[0] if lines else ''}"
            task.fail(f"its worker was lost ({reason})", str(error))


def _gpus(ray: Any, job: Job) -> float:
    """GPUs per task: as asked, else one where the cluster has any."""
    if job.devices == ("cpu",):
        return 0
    if job.gpus_per_task is not None:
        return job.gpus_per_task
    return 1 if job.devices == ("cuda",) or ray.cluster_resources().get("GPU", 0) >= 1 else 0


def attempt_remotely(task: str, device: str) -> None:
    """Do one task, told as JSON, on the node that Ray chose."""
    attempt(task_from_json(task), device=device)
