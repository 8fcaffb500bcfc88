"""What watches a training, one kind per file; CSV always does.

A file has ``NEEDS``, the package to be imported or None, and five functions: ``build(folder,
tracking)`` gives a Lightning logger, ``forget(logger, epoch, step)`` takes back what was told of
epochs that are trained again, ``keep(logger, card, weights)`` hands it what came of the
training, ``finish(logger, status)`` ends its run, and ``see(store)``, which CSV lacks, is the
command that shows what it keeps.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol, Self, cast

from cnnviz import registry
from cnnviz.packages import require

from ..card import Card

ALWAYS = "csv"


@dataclass(frozen=True, kw_only=True, slots=True)
class Tracking:
    """Who watches a training, besides the CSV files of its run folder.

    Parameters
    ----------
    kinds
        Files of this folder.
    store
        Folder that they share with other trainings.
    run_name
        What they call this one.
    """

    kinds: tuple[str, ...]
    store: Path
    run_name: str

    def part(self, name: str) -> Self:
        """The same for a training that is part of this one, such as a fold."""
        return replace(self, run_name=f"{self.run_name}/{name}")

    @property
    def commands(self) -> tuple[str, ...]:
        """Kinds, each with the command that shows what it keeps."""
        return tuple(f"{name}: {_kind(name).see(self.store)}" for name in self.kinds)


class Kind(Protocol):
    """The face of a file of this folder."""

    NEEDS: str | None

    def build(self, folder: Path, tracking: Tracking) -> Any:
        """Build the Lightning logger of a run folder."""
        ...

    def forget(self, logger: Any, epoch: int, step: int) -> None:
        """Take back what earlier starts told of epochs from `epoch` on, which begins at `step`."""
        ...

    def keep(self, logger: Any, card: Card, weights: Path) -> None:
        """Keep scores, confusion matrix, card and weights."""
        ...

    def finish(self, logger: Any, status: str) -> None:
        """End the run: ``"success"`` or ``"failed"``."""
        ...

    def see(self, store: Path) -> str:
        """The command that shows the runs of a store."""
        ...


class Trackers:
    """The loggers of one training, by kind.

    Parameters
    ----------
    folder
        Run folder.
    tracking
        Who watches besides the CSV files; None: nobody.
    """

    def __init__(self, folder: Path, tracking: Tracking | None) -> None:
        tracking = tracking or Tracking(kinds=(), store=folder, run_name=folder.name)
        kinds = dict.fromkeys((ALWAYS, *tracking.kinds))
        self._loggers: dict[str, Any] = {}
        for name in kinds:
            self._loggers[name] = _kind(name).build(folder, tracking)

    @property
    def loggers(self) -> list[Any]:
        """As Lightning takes them."""
        return list(self._loggers.values())

    def forget(self, epoch: int, step: int) -> None:
        """Take back what was told of epochs from `epoch` on, which are trained again."""
        for name, logger in self._loggers.items():
            _kind(name).forget(logger, epoch, step)

    def begin(self, parameters: Mapping[str, object]) -> None:
        """Tell what is trained and how."""
        for logger in self.loggers:
            logger.log_hyperparams(dict(parameters))

    def keep(self, card: Card, weights: Path) -> None:
        """Keep scores, confusion matrix, card and weights."""
        for name, logger in self._loggers.items():
            _kind(name).keep(logger, card, weights)

    def finish(self, status: str) -> None:
        """End the runs: ``"success"`` or ``"failed"``."""
        for name, logger in self._loggers.items():
            _kind(name).finish(logger, status)


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


def _kind(name: str) -> Kind:
    return cast(Kind, registry.load(__name__, name))
