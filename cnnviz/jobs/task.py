"""Tasks: the name of a function, its JSON arguments, and the file that shows it done."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from cnnviz.errors import ParameterError
from cnnviz.files import write_whole
from cnnviz.jobs.claim import is_claimed

Status = Literal["pending", "running", "done", "failed"]
_FUNCTION = re.compile(r"[\w.]+:\w+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """Something to do once, in words that every process on every machine understands.

    The function is called as ``function(folder, device=device, **arguments)``. After a crash it
    is called again and goes on with what it finds in the folder.

    Parameters
    ----------
    task_id
        Different from those of all other tasks of a job.
    function
        ``"package.module:name"``; imported where the task runs.
    folder
        That of this task alone: its files, its claim, and ``error.txt`` when it failed.
    done
        Name of the file in the folder that is there when the task is done, and not before.
    arguments
        What JSON can say: numbers, texts, None, lists, and dicts by text.

    Examples
    --------
    >>> task = Task(task_id="one", function="builtins:print", folder=Path("/x"), done="out.json")
    >>> task_from_json(task.to_json()) == task
    True
    """

    task_id: str
    function: str
    folder: Path
    done: str
    arguments: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not _FUNCTION.fullmatch(self.function):
            raise ParameterError(
                f"function={self.function!r}; allowed: 'package.module:name'; name a function "
                "that can be imported"
            )
        if not _is_json(self.arguments):
            raise ParameterError(
                f"arguments={self.arguments!r}; allowed: what JSON gives back as it was; turn "
                "tuples into lists, and paths into texts"
            )

    @property
    def is_done(self) -> bool:
        """Whether what it was to make is there."""
        return (self.folder / self.done).is_file()

    @property
    def is_finished(self) -> bool:
        """Whether nothing is left to do: it is done, or it failed."""
        return self.is_done or self._error.is_file()

    @property
    def status(self) -> Status:
        """How far it is."""
        if self.is_done:
            return "done"
        if self.is_finished:
            return "failed"
        return "running" if is_claimed(self.folder) else "pending"

    @property
    def reason(self) -> str:
        """Why it failed, in one line; empty when it did not."""
        if self.is_done or not self._error.is_file():
            return ""
        return self._error.read_text("utf-8").partition("\n")[0]

    def fail(self, reason: str, traceback: str = "") -> None:
        """Record that it failed, and why."""
        line = " ".join(reason.split())
        write_whole(self._error, f"{line}\n\n{traceback}".rstrip() + "\n")

    def forget_failure(self) -> None:
        """Let it be tried again."""
        self._error.unlink(missing_ok=True)

    def to_json(self) -> str:
        """Say it as JSON that `task_from_json` reads in any working directory."""
        return json.dumps({**asdict(self), "folder": str(self.folder.resolve())})

    @property
    def _error(self) -> Path:
        return self.folder / "error.txt"


def task_from_json(text: str) -> Task:
    """Read what `Task.to_json` wrote."""
    values = json.loads(text)
    return Task(**{**values, "folder": Path(values["folder"])})


def _is_json(arguments: Mapping[str, object]) -> bool:
    try:
        return bool(json.loads(json.dumps(arguments, allow_nan=False)) == arguments)
    except (TypeError, ValueError):
        return False
