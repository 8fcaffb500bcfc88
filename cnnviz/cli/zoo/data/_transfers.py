"""Progress of a download: bars on a terminal, a line per tenth elsewhere; always on stderr."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

Advance = Callable[[str, int, int | None], None]
_HUNDRED_MEGABYTES = 100_000_000


@contextmanager
def transfers() -> Iterator[Advance]:
    """Show progress while the block runs; call what it gives with (what, done, total)."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _Lines(console)
        return
    bytes_bar = Progress(
        TextColumn("{task.description:<10}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=console,
    )
    files_bar = Progress(
        TextColumn("{task.description:<10}"), BarColumn(), MofNCompleteColumn(), console=console
    )
    bars = _Bars({"download": bytes_bar, "unpack": files_bar})
    try:
        yield bars
    finally:
        bars.stop()


class _Bars:
    """One bar after the other: each starts when it is first called for."""

    def __init__(self, bars: dict[str, Progress]) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, what: str, done: int, total: int | None) -> None:
        if what not in self._tasks:
            self.stop()
            self._bars[what].start()
            self._tasks[what] = self._bars[what].add_task(what, total=total)
        self._bars[what].update(self._tasks[what], completed=done, total=total)

    def stop(self) -> None:
        for what in self._tasks:
            self._bars[what].stop()


class _Lines:
    """A line for each tenth; without a total, for each hundred megabytes."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._last_step: dict[str, int] = {}

    def __call__(self, what: str, done: int, total: int | None) -> None:
        step = 10 * done // total if total else done // _HUNDRED_MEGABYTES
        if step == self._last_step.get(what):
            return
        self._last_step[what] = step
        amounts = [_amount_text(what, number) for number in (done, total) if number is not None]
        unit = "" if what == "download" else " files"
        self._console.print(f"{what}: {' of '.join(amounts)}{unit}", highlight=False)


def _amount_text(what: str, number: int) -> str:
    from cnnviz.disk import in_words

    return in_words(number) if what == "download" else f"{number:,}"
