"""How long a trial has been trained, written down after each epoch."""

import json
from pathlib import Path
from time import perf_counter
from typing import Self

from cnnviz.files import write_whole


class Clock:
    """Counts the seconds of one attempt and adds them to those before.

    Parameters
    ----------
    path
        File for the sum and the last line told.
    seconds
        Spent in earlier attempts.
    """

    def __init__(self, path: Path, seconds: float) -> None:
        self._path, self._before, self._line = path, seconds, ""
        self._start = perf_counter()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self(self._line)

    def __call__(self, line: str) -> None:
        """Write down the time, and what the training has to tell."""
        self._line = line
        seconds = self._before + perf_counter() - self._start
        values = {"seconds": round(seconds, 3), "line": line}
        write_whole(self._path, json.dumps(values) + "\n")
