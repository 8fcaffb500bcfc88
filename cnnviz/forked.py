"""The same work on many items, shared with forks of this process."""

from __future__ import annotations

import copyreg
import ctypes
import io
import os
import pickle
import signal
import sys
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe
from time import monotonic
from types import MappingProxyType
from typing import Any, NoReturn, TypeVar

T = TypeVar("T")
R = TypeVar("R")
_WORTH_SECONDS = 0.5  # of work that is left: below, forks cost more than they give
_PR_SET_PDEATHSIG = 1  # of <sys/prctl.h>
_PATIENCE, _SPARE_SECONDS = 4, 10  # times the longest item so far, and more


@dataclass(frozen=True, kw_only=True, slots=True)
class _Fork:
    """A child process, where its results arrive, and the places of its items that are not here."""

    process: int
    results: Connection
    places: deque[int]


def n_cores() -> int:
    """Processor cores that this process may use, or as many as OMP_NUM_THREADS says."""
    asked = os.environ.get("OMP_NUM_THREADS", "")
    if asked.isdecimal():
        return max(1, int(asked))
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1


def in_forks(
    work: Callable[[T], R],
    items: Sequence[T],
    *,
    n_processes: int,
    sharing: Callable[[], AbstractContextManager[object]] = nullcontext,
    is_long: bool = False,
    spare_seconds: float = _SPARE_SECONDS,
) -> Iterator[tuple[int, R]]:
    """Do work on items in this process and in forks of it; yield places and results as they come.

    Forks see all that this process has in memory, and nothing that they change there comes back.
    What a fork fails to do, for whatever reason, this process does itself.

    Parameters
    ----------
    work
        Takes an item; its result can be pickled.
    items
        To work on.
    n_processes
        At most, this one included; one where forks are not safe, as on macOS.
    sharing
        What each process works in while it works beside others.
    is_long
        Whether items take so long that forks are worth it; else the first one, done here alone,
        tells.
    spare_seconds
        That a fork may be silent, beyond four times what the longest item took here, before this
        process does its items.
    """
    left = deque(range(len(items)))
    begun = monotonic()
    if left and not is_long:
        yield 0, work(items[left.popleft()])
    n = min(n_processes, len(left)) if sys.platform == "linux" else 1
    is_worth_it = is_long or (monotonic() - begun) * len(left) >= _WORTH_SECONDS
    if n < 2 or not is_worth_it:
        for place in left:
            yield place, work(items[place])
        return
    shares = [deque(list(left)[k::n]) for k in range(n)]
    longest = monotonic() - begun
    with ExitStack() as stack:
        forks = []
        for share in shares[1:]:
            forks.append(_fork(work, items, share, sharing))
            stack.callback(_end, forks[-1])
        stack.enter_context(sharing())
        for place in shares[0]:
            start = monotonic()
            yield place, work(items[place])
            longest = max(longest, monotonic() - start)
            for fork in forks:
                yield from _arrived(fork)
        for fork in forks:
            seconds = _PATIENCE * longest + spare_seconds
            while found := list(_arrived(fork, seconds=seconds)):
                yield from found
            for place in fork.places:
                yield place, work(items[place])


def _fork(
    work: Callable[[T], R],
    items: Sequence[T],
    places: deque[int],
    sharing: Callable[[], AbstractContextManager[object]],
) -> _Fork:
    receiving, sending = Pipe(duplex=False)
    parent = os.getpid()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # fork beside threads
        child = os.fork()  # multiprocessing forbids it to the processes of a pool
    if not child:
        _end_with(parent)
        _work_through(work, items, places, sharing, sending)
    sending.close()
    return _Fork(process=child, results=receiving, places=places)


def _end_with(parent: int) -> None:
    """Let Linux kill this process when its parent is gone, however it went."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)


def _work_through(
    work: Callable[[T], R],
    items: Sequence[T],
    places: deque[int],
    sharing: Callable[[], AbstractContextManager[object]],
    sending: Connection,
) -> NoReturn:
    """Send what comes of each item; the first that fails ends it, and nobody is told why."""
    try:
        with sharing():
            for place in places:
                sending.send_bytes(_pickled((place, work(items[place]))))
    finally:
        os._exit(0)  # quietly, and nothing of the parent's is flushed or ended here


def _pickled(value: object) -> memoryview:
    """Bytes of a value; read-only mappings, which Python does not pickle, among what it holds."""
    written = io.BytesIO()
    pickler = pickle.Pickler(written, protocol=pickle.HIGHEST_PROTOCOL)
    pickler.dispatch_table = copyreg.dispatch_table | {
        MappingProxyType: lambda mapping: (_read_only, (dict(mapping),))
    }
    pickler.dump(value)
    return written.getbuffer()


def _read_only(values: dict[object, object]) -> MappingProxyType[object, object]:
    return MappingProxyType(values)


def _end(fork: _Fork) -> None:
    fork.results.close()
    with suppress(ProcessLookupError):
        os.kill(fork.process, signal.SIGKILL)
    os.waitpid(fork.process, 0)


def _arrived(fork: _Fork, *, seconds: float = 0) -> Iterator[tuple[int, Any]]:
    """Results that are here, or the next that comes within so many seconds; none of a dead fork."""
    with suppress(EOFError, OSError):
        while fork.places and fork.results.poll(seconds):
            place, result = pickle.loads(fork.results.recv_bytes())  # noqa: S301 (its own fork's)
            fork.places.remove(place)
            yield place, result
            seconds = 0
