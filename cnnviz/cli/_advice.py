"""The command to run next, in words that work as they stand."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnviz.store import Capture

_OF_CAPTURE_ALONE = ("--maps", "--budget", "--dtype", "--pack")
"""Options with a value that ``cnnviz report`` takes from the capture it finds."""


def explaining(capture: Capture) -> str:
    """The command that explains a capture: the one it was made with, as a report."""
    folder = capture.path.parent
    words = shlex.split(capture.provenance.command or "cnnviz")
    if words[1:2] != ["capture"]:  # recorded from Python
        return shlex.join(["cnnviz", "report", "MODEL", "CLIPS", "--out", str(folder)])
    kept: list[str] = []
    rest = iter(words[2:])
    for word in rest:
        name, equals, _ = word.partition("=")
        if name in (*_OF_CAPTURE_ALONE, "--out"):
            if not equals:
                next(rest, None)
        elif name != "--overwrite":
            kept.append(word)
    return shlex.join(["cnnviz", "report", *kept, "--out", str(folder)])


def without_results(run: Path) -> str:
    """Error text on a folder that holds no results: what it is, and what makes some."""
    from cnnviz import capture as capturing

    if not (run / capturing.INDEX).is_file():
        return (
            f"{run} is no run; allowed: the folder of one; make one of the bundled example with: "
            + shlex.join(["cnnviz", "report", "--out", str(run)])
        )
    with capturing.open_capture(run) as capture:
        return f"{run} holds a capture without results; explain it with: {explaining(capture)}"
