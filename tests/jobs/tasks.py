"""Tasks that train nothing: each writes a file, and a line for each time it was begun."""

import os
import signal
from pathlib import Path

from cnnviz.jobs import Job, Task

DONE = "square.txt"


def square(folder: Path, *, device: str, number: int) -> None:
    """Write the square of a number."""
    _begin(folder)
    (folder / DONE).write_text(f"{number**2} on {device}")


def die_once(folder: Path, *, device: str, number: int) -> None:
    """Be killed in the middle, the first time."""
    if _begin(folder) == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    (folder / DONE).write_text(f"{number**2} on {device}")


def always_die(folder: Path, *, device: str, number: int) -> None:
    """Be killed in the middle, each time."""
    _begin(folder)
    os.kill(os.getpid(), signal.SIGKILL)


def fail(folder: Path, *, device: str, number: int) -> None:
    """Raise an error of two lines."""
    raise ValueError(f"{number} has no\nsquare")


def forget(folder: Path, *, device: str, number: int) -> None:
    """End well, and write nothing."""


def _begin(folder: Path) -> int:
    """Note one more beginning; how many there are now."""
    with (folder / "begun.txt").open("a") as file:
        file.write(f"{os.getpid()}\n")
    return len(begun(folder))


def begun(folder: Path) -> list[str]:
    """The process of each time the task of a folder was begun."""
    path = folder / "begun.txt"
    return path.read_text().split() if path.is_file() else []


def task(folder: Path, name: str = "square", number: int = 3) -> Task:
    """One of the functions above, in a folder that is made."""
    folder.mkdir(parents=True, exist_ok=True)
    return Task(
        task_id=folder.name,
        function=f"{__name__}:{name}",
        folder=folder,
        done=DONE,
        arguments={"number": number},
    )


def job(folder: Path, name: str = "square", n_tasks: int = 3, **options: object) -> Job:
    """Several tasks of one function, on one processor unless said otherwise."""
    tasks = tuple(task(folder / f"task-{i}", name, i) for i in range(n_tasks))
    return Job(folder=folder, tasks=tasks, **{"devices": ("cpu",), **options})  # type: ignore[arg-type]
