"""Progress of a sweep: a bar on a terminal, a plain line per change elsewhere; on stderr."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from cnnviz.cli._progress import say

if TYPE_CHECKING:
    from zoo.sweep.run import Counts

_MEMORY = 12 * 3600  # seconds of finished trials that the time left is estimated from


@contextmanager
def sweep_progress() -> Iterator[Callable[[Counts], None]]:
    """Show how far a sweep is while the block runs; call what it gives with each change."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda counts: say(_line(counts))
        return
    columns = (
        TextColumn("sweep"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[status]}"),
    )
    time_left = TimeRemainingColumn()
    with Progress(*columns, time_left, console=console, speed_estimate_period=_MEMORY) as bar:
        task = bar.add_task("sweep", total=None, status="")
        yield lambda counts: bar.update(
            task,
            completed=counts.finished,
            total=counts.total,
            status=f"{counts.failed} failed, {counts.running} running",
        )


def _line(counts: Counts) -> str:
    return (
        f"{counts.done} of {counts.total} trials done, {counts.failed} failed, "
        f"{counts.running} running"
    )
