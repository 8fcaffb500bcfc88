"""Progress of long work: a bar on a terminal, a plain line elsewhere; always on stderr."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

Advance = Callable[[int, int], None]


@contextmanager
def progress(description: str) -> Iterator[Advance]:
    """Show progress while the block runs; call what it gives with (done, total)."""
    console = Console(stderr=True)
    if not console.is_terminal:
        console.print(f"{description} ...", highlight=False)
        yield lambda _done, _total: None
        return
    columns = (TextColumn("{task.description:<12}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=console) as bar:
        task = bar.add_task(description, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def say(message: str) -> None:
    """Tell the user one thing on stderr."""
    Console(stderr=True).print(message, highlight=False, markup=False, soft_wrap=True)
