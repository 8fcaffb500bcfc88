"""Maps of clips as tasks of a job; this process then finds them and measures them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnviz.cli._jobs import job_of
from cnnviz.cli._jobs_on_runs import (
    arguments_of,
    named_with_parameters,
    opened_again,
    parameters_of,
)
from cnnviz.cli._progress import say

if TYPE_CHECKING:
    from cnnviz.attribution.explanation import Explanation
    from cnnviz.jobs import Task
    from cnnviz.run import Run

_DONE, _TASKS_PER_WORKER = "done.json", 4


def make_maps(run: Run, explanations: Sequence[Explanation], options: dict[str, Any]) -> None:
    """Let workers make the maps of clips that have none yet.

    Maps that a worker fails at are left to whoever explains the clips next, who then says why.

    Parameters
    ----------
    run
        With a folder that all workers reach.
    explanations
        By one method, with a target each.
    options
        Of the command.
    """
    from cnnviz.attribution.explanation import asked_of
    from cnnviz.jobs import Wording, load_executor
    from cnnviz.packages import require

    require("filelock", needed_by="a job", extra="zoo")
    missing = [one for one in explanations if run.stored(one) is None]
    if not missing:
        return
    choices, _, parts = asked_of(run, missing)
    there = [part.read() for part in parts]
    left = [k for k in range(len(choices[0].clip_index)) if not all(k in one for one in there)]
    if not left:
        return
    executor = load_executor(options["executor"] or "local")
    wording = Wording(job="explanation", task="clip")
    job = job_of(options, folder=parts[0].folder, tasks=(), wording=wording)
    n_workers = job.workers or len(executor.devices(job)) or len(left)
    size = -(-len(left) // (_TASKS_PER_WORKER * n_workers)) or 1
    shares = [left[start : start + size] for start in range(0, len(left), size)]
    tasks = tuple(_task(run, missing, options, parts[0].folder, share) for share in shares)
    for task in tasks:
        task.folder.mkdir(parents=True, exist_ok=True)
        task.forget_failure()
    job = replace(job, tasks=tasks)
    executor.check(job)
    total = len(choices[0].clip_index)

    def tick() -> None:
        pairs = zip(shares, tasks, strict=True)
        waiting = sum(len(share) for share, one in pairs if not one.is_done)
        run.advance(total - waiting, total)

    executor.execute(job, tick)
    for task in tasks:
        if task.reason:
            say(f"note: a worker failed at {task.task_id}: {task.reason}; this process does it")


def _task(
    run: Run,
    explanations: Sequence[Explanation],
    options: dict[str, Any],
    folder: Path,
    places: list[int],
) -> Task:
    from cnnviz.jobs import Task
    from cnnviz.run import name_of

    return Task(
        task_id=f"clips {places[0]} to {places[-1]}",
        function="cnnviz.cli._explain_jobs:explain_places",
        folder=folder / f"task-{places[0]:06d}-{places[-1]:06d}",
        done=_DONE,
        arguments=arguments_of(run, options)
        | {
            "method": name_of(explanations[0]),
            "parameters": [parameters_of(one) for one in explanations],
            "places": places,
        },
    )


def explain_places(  # noqa: PLR0913 (what a task says)
    folder: Path,
    *,
    device: str,
    directory: str,
    run: str,
    options: dict[str, Any],
    method: str,
    parameters: list[dict[str, Any]],
    places: list[int],
) -> None:
    """Make the maps of some clips; called by a worker, wherever it is."""
    from cnnviz.defaults import ReportOptions
    from cnnviz.files import write_whole

    opened = opened_again(directory, run, options, device=device)
    if options["max_memory"] is not None:
        opened.options = ReportOptions(max_bytes=options["max_memory"] << 20)
    explanations: list[Any] = [named_with_parameters(method, one) for one in parameters]
    explanations[0].leave(opened, explanations, places)
    write_whole(folder / _DONE, "{}\n")
