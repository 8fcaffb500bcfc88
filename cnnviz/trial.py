"""Work that may end the process, tried in a child process first."""

import faulthandler
import math
import os
import signal
import warnings
from collections.abc import Callable
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import NoReturn

_SECONDS = 120
_SPARE_BYTES = 4 << 30
_COPIES = 8  # of the file, in memory


def fault_in_child(
    work: Callable[[], object],
    *,
    n_bytes: int,
    n_spare: int = _SPARE_BYTES,
    seconds: float | None = None,
) -> str:
    """Do work in a child process and say in one line what went wrong there.

    The child is a fork, which costs milliseconds where a fresh interpreter would import torch
    again. A system that cannot fork has no trial.

    Parameters
    ----------
    work
        Its result and what it changes in memory are lost.
    n_bytes, n_spare
        Size of the file it opens, eight times which and how much more it may take of memory.
    seconds
        It may take of a processor, and four times as many of the clock; None: 120 of the clock.

    Returns
    -------
    str
        Empty when it ended well.
    """
    if not hasattr(os, "fork"):
        return ""
    receiving, sending = Pipe(duplex=False)
    wait = _SECONDS if seconds is None else 4 * seconds
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # fork beside threads
        child = os.fork()  # multiprocessing forbids it to the processes of a pool
    if not child:
        _work(work, (_COPIES * n_bytes + n_spare, seconds), sending)
    sending.close()
    status: int | None = None
    try:
        if not receiving.poll(wait):
            return f"still loading after {wait:g} s"
        return receiving.recv_bytes().decode()
    except EOFError:
        _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        if code == -signal.SIGXCPU:
            return f"still computing after {seconds:g} s"
        return f"loading it ends the process: exit code {code}"
    finally:
        if status is None:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        receiving.close()


def _work(
    work: Callable[[], object], limits: tuple[int, float | None], sending: Connection
) -> NoReturn:
    try:
        n_bytes, seconds = limits
        _silence_output()
        _limit_memory(n_bytes)
        if seconds is not None:
            _limit_processor(seconds)
        sending.send_bytes(_fault(work).encode())
    finally:
        os._exit(1)  # nothing of the parent's is flushed or ended here


def _fault(work: Callable[[], object]) -> str:
    try:
        work()
    except Exception as error:  # a damaged file fails in any way it likes
        line = next(iter(str(error).strip().splitlines()), "")
        return f"{type(error).__name__}: {line[:200]}"
    return ""


def _silence_output() -> None:
    """Print nothing, also when the process is ended by a signal."""
    faulthandler.disable()
    null_device = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):
        os.dup2(null_device, descriptor)


def _limit_processor(seconds: float) -> None:
    """End the process when it has computed so long."""
    import resource

    n_used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    limit = math.ceil(n_used + seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 1))


def _limit_memory(n_more: int) -> None:
    """Allow so many bytes of address space beyond those in use, and no core file."""
    statm = Path("/proc/self/statm")
    if not statm.exists():
        return
    import resource

    n_used = int(statm.read_text().split()[0]) * resource.getpagesize()
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    limit = n_used + n_more if hard == resource.RLIM_INFINITY else min(n_used + n_more, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
