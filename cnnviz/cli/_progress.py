"""Progress of long work on stderr: a bar on a terminal, lines elsewhere; then the time it took."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from time import perf_counter

import rich_click as click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

Advance = Callable[[int, int], None]
SECONDS_BETWEEN_LINES = 8.0
"""A busy process may be two seconds late, and still prints a line every ten."""


@contextmanager
def progress(stage: str) -> Iterator[Advance]:
    """Show how far a stage is while the block runs; call what it gives with (done, total)."""
    console, start = _console(), perf_counter()
    show = _bar if console.is_terminal else _lines
    with show(console, stage) as advance:
        yield advance
    console.print(f"{stage}: {perf_counter() - start:.1f} s", highlight=False, markup=False)


def say(message: str) -> None:
    """Tell the user one thing on stderr."""
    _console().print(message, highlight=False, markup=False, soft_wrap=True)


def _console() -> Console:
    """On stderr, and silent under ``--quiet``."""
    context = click.get_current_context(silent=True)
    options = (context.find_root().obj or {}) if context is not None else {}
    return Console(stderr=True, quiet=bool(options.get("quiet")))


@contextmanager
def _bar(console: Console, stage: str) -> Iterator[Advance]:
    columns = (TextColumn("{task.description:<12}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as bar:
        task = bar.add_task(stage, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def _lines(console: Console, stage: str) -> Iterator[Advance]:
    """Say from a second thread how far it is, so that no step is too long to hear of it."""
    start, ended, counts = perf_counter(), Event(), [0, 0]

    def advance(done: int, total: int) -> None:
        counts[:] = done, total

    def tell() -> None:
        while not ended.wait(SECONDS_BETWEEN_LINES):
            done, total = counts
            so_far = f"{done:,} of {total:,}, " if total else ""
            seconds = perf_counter() - start
            console.print(f"{stage}: {so_far}{seconds:.0f} s ...", highlight=False, markup=False)

    teller = Thread(target=tell, daemon=True, name=f"progress of {stage}")
    teller.start()
    try:
        yield advance
    finally:
        ended.set()
        teller.join()
