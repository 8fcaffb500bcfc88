"""Work that may end the process, tried in a child process first."""

import faulthandler
import multiprocessing
import os
import warnings
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

_SECONDS = 120
_SPARE_BYTES = 4 << 30
_COPIES = 8  # of the file, in memory


def fault_in_child(work: Callable[[], object], *, n_bytes: int) -> str:
    """Do work in a child process and say in one line what went wrong there.

    The child is a fork, which costs milliseconds where a fresh interpreter would import torch
    again. A system that cannot fork has no trial.

    Parameters
    ----------
    work
        Its result and what it changes in memory are lost.
    n_bytes
        Size of the file it opens, which bounds the memory it may take.

    Returns
    -------
    str
        Empty when it ended well.
    """
    if "fork" not in multiprocessing.get_all_start_methods():
        return ""
    context = multiprocessing.get_context("fork")
    receiving, sending = context.Pipe(duplex=False)
    child = context.Process(target=_work, args=(work, n_bytes, sending), daemon=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # fork beside threads
        child.start()
    sending.close()
    try:
        if not receiving.poll(_SECONDS):
            return f"still loading after {_SECONDS} s"
        return receiving.recv_bytes().decode()
    except EOFError:
        child.join()
        return f"loading it ends the process: exit code {child.exitcode}"
    finally:
        child.kill()
        child.join()
        receiving.close()


def _work(work: Callable[[], object], n_bytes: int, sending: Connection) -> None:
    _silence_output()
    _limit_memory(_COPIES * n_bytes + _SPARE_BYTES)
    try:
        work()
        fault = ""
    except Exception as error:  # a damaged file fails in any way it likes
        line = next(iter(str(error).strip().splitlines()), "")
        fault = f"{type(error).__name__}: {line[:200]}"
    sending.send_bytes(fault.encode())


def _silence_output() -> None:
    """Print nothing, also when the process is ended by a signal."""
    faulthandler.disable()
    null_device = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):
        os.dup2(null_device, descriptor)


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
