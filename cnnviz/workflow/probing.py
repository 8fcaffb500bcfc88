"""Probes: analyzers that measure units with sounds made for the purpose."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from mmap import mmap
from threading import Event, Thread
from time import monotonic
from typing import TYPE_CHECKING

from cnnviz import registry
from cnnviz.errors import CnnvizError, DiskError, UnknownNameError
from cnnviz.forked import in_forks
from cnnviz.run import name_of

if TYPE_CHECKING:
    from cnnviz.analyzer import Analyzer
    from cnnviz.run import Run

FIRST = "tone_tuning"
_WHOLE = 100  # per cent
_SECONDS_BETWEEN_LOOKS = 0.5
_MOST_SECONDS = 1800.0  # that a probe may take beyond four times one that this process made


def probe_names() -> tuple[str, ...]:
    """Analyzers that join a probe, tones first; none is imported."""
    names = registry.defining(registry.ANALYZERS, "in_probe")
    return tuple(sorted(names, key=lambda name: (name != FIRST, name)))


def build_probes(names: Sequence[str], layers: Sequence[str]) -> tuple[Analyzer, ...]:
    """Analyzers of a probe of layers.

    Parameters
    ----------
    names
        Of probes; empty: all.
    layers
        By name; empty: the first four convolutions.

    Raises
    ------
    UnknownNameError
        If there is no such probe; the text lists the known ones.
    """
    known = probe_names()
    for name in names:
        if name not in known:
            raise UnknownNameError(f"probe {name!r} is not known; probes: {', '.join(known)}")
    modules = (registry.load(registry.ANALYZERS, name) for name in names or known)
    return tuple(one for module in modules for one in module.in_probe(tuple(layers)))


def within_budget(
    analyzers: Sequence[Analyzer],
    seconds: float | None,
    *,
    left_out: Callable[[str], None] | None = None,
) -> Iterator[Analyzer]:
    """Analyzers in turn, as long as time is left when one is asked for; the first in any case.

    Parameters
    ----------
    analyzers
        See `build_probes`.
    seconds
        None: all of them.
    left_out
        Called with the reason for each that is not begun.
    """
    begun = monotonic()
    for k, analyzer in enumerate(analyzers):
        if seconds is None or not k or monotonic() - begun < seconds:
            yield analyzer
        elif left_out is not None:
            left_out(_spent(analyzer, seconds))


@dataclass(frozen=True, kw_only=True, slots=True)
class Tried:
    """What came of a probe that one of several processes tried.

    Parameters
    ----------
    analyzer
        The probe.
    seconds
        That it took.
    reason
        Why its result is not in the run's folder; empty where it is.
    """

    analyzer: Analyzer
    seconds: float
    reason: str = ""


def probe_in_forks(
    run: Run, missing: Sequence[Analyzer], *, n_processes: int, budget: float | None = None
) -> Iterator[Tried]:
    """Leave results of probes in the folder of a run, by this process and forks of it.

    Parameters
    ----------
    run
        With a folder, and a model on the processor; told how far they are together, in per cent.
    missing
        Probes of which it holds no result.
    n_processes
        At most, this one included; each on one thread.
    budget
        Seconds after which no further probe is begun but the first; None: all are made.
    """
    from cnnviz.model.device import one_thread  # imports torch

    begun, steps = monotonic(), mmap(-1, max(1, len(missing)))

    def leave(place: int) -> tuple[float, str]:
        start, analyzer = monotonic(), missing[place]
        if budget is not None and place and start - begun >= budget:
            return 0.0, _spent(analyzer, budget)

        def advance(done: int, total: int) -> None:
            steps[place] = _WHOLE * done // max(1, total)

        reason = _left(run.using(progress=advance), analyzer)
        steps[place] = _WHOLE
        return monotonic() - start, reason

    with _watched(steps, run):
        for place, (seconds, reason) in in_forks(
            leave,
            range(len(missing)),
            n_processes=n_processes,
            sharing=one_thread,
            is_long=True,
            spare_seconds=_MOST_SECONDS,
        ):
            yield Tried(analyzer=missing[place], seconds=seconds, reason=reason)


def _left(run: Run, analyzer: Analyzer) -> str:
    """Leave a result in the run's folder; why that cannot be, or nothing."""
    try:
        run.keep(analyzer.run(run))
    except DiskError:
        raise
    except CnnvizError as error:
        return f"{name_of(analyzer)}: {error}"
    return ""


@contextmanager
def _watched(steps: mmap, run: Run) -> Iterator[None]:
    """Tell from a second thread what forks write into memory that they share."""
    ended = Event()

    def watch() -> None:
        while not ended.wait(_SECONDS_BETWEEN_LOOKS):
            run.advance(sum(steps[:]) // len(steps), _WHOLE)

    watcher = Thread(target=watch, daemon=True, name="progress of probes")
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()


def _spent(analyzer: Analyzer, seconds: float) -> str:
    return f"{name_of(analyzer)}: left out, the budget of {seconds:g} s is spent"
