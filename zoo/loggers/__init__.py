"""Where the metrics of a training go, one kind per file; CSV is always among them.

A file has ``NEEDS``, the package to be imported or None, and ``build(folder, run_name)``, which
gives a Lightning logger that writes inside the run folder.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol, cast

from cnnviz import registry
from cnnviz.packages import require

ALWAYS = "csv"


class Kind(Protocol):
    """The face of a file of this folder."""

    NEEDS: str | None

    def build(self, folder: Path, run_name: str) -> object:
        """Build the Lightning logger of a run folder."""
        ...


def names() -> tuple[str, ...]:
    """Kinds that can be added to the CSV files."""
    return tuple(name for name in registry.names(__name__) if name != ALWAYS)


def check(chosen: tuple[str, ...]) -> None:
    """Refuse a logger that is not known, or whose package is not installed.

    Raises
    ------
    UnknownNameError
        If there is no such kind.
    CnnvizError
        The text says what to install.
    """
    for name in chosen:
        needed = _kind(name).NEEDS
        if needed is not None:
            require(needed, needed_by=f"logger {name!r}", extra=name)


def build_loggers(chosen: tuple[str, ...], folder: Path, run_name: str) -> list[object]:
    """Build the CSV logger of a run folder and those that were chosen."""
    kinds = dict.fromkeys((ALWAYS, *chosen))
    return [_kind(name).build(folder, run_name) for name in kinds]


def close(loggers: Iterable[Any]) -> None:
    """Finish the runs of loggers that have to be told so, also after an interruption."""
    for logger in loggers:
        finish = getattr(logger.experiment, "finish", None)
        if finish is not None:
            finish()


def _kind(name: str) -> Kind:
    return cast(Kind, registry.load(__name__, name))
