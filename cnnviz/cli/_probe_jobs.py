"""Probes as tasks of a job; this process then reads their results."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
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
    from cnnviz.analyzer import Analyzer
    from cnnviz.jobs import Task
    from cnnviz.run import Run

_DONE, _FOLDER = "done.json", "probes.parts"


def leave_probes(run: Run, missing: Sequence[Analyzer], options: dict[str, Any]) -> None:
    """Let workers leave the results of probes in the folder of a run.

    Probes that a worker fails at are left to this process, which then makes them or says why not.

    Parameters
    ----------
    run
        With a folder that all workers reach.
    missing
        Probes of which it holds no result.
    options
        Of the command.
    """
    from cnnviz.jobs import Wording, load_executor
    from cnnviz.packages import require

    require("filelock", needed_by="a job", extra="zoo")
    executor = load_executor(options["executor"] or "local")
    folder = run.path_of("any").parent / _FOLDER
    tasks = tuple(_task(run, one, options, folder) for one in missing)
    wording = Wording(job="probes", task="probe")
    job = job_of(options, folder=folder, tasks=tasks, wording=wording)
    executor.check(job)
    for task in tasks:
        task.folder.mkdir(parents=True, exist_ok=True)
        (task.folder / _DONE).unlink(missing_ok=True)  # of a result that is gone since
        task.forget_failure()

    def tick() -> None:
        run.advance(sum(task.is_finished for task in tasks), len(tasks))

    executor.execute(job, tick)
    for task in tasks:
        if task.reason:
            say(f"note: a worker failed at {task.task_id}: {task.reason}; this process does it")
    if all(task.is_done for task in tasks):
        shutil.rmtree(folder, ignore_errors=True)


def _task(run: Run, analyzer: Analyzer, options: dict[str, Any], folder: Path) -> Task:
    from cnnviz.jobs import Task
    from cnnviz.run import name_of

    provenance = run.provenance(analyzer)
    result_id = f"{provenance.analyzer}-{provenance.digest}"
    return Task(
        task_id=result_id,
        function="cnnviz.cli._probe_jobs:leave_probe",
        folder=folder / result_id,
        done=_DONE,
        arguments=arguments_of(run, options)
        | {
            "probe": name_of(analyzer),
            "parameters": parameters_of(analyzer),
            "signature": [provenance.created, provenance.command],
        },
    )


def leave_probe(  # noqa: PLR0913 (what a task says)
    folder: Path,
    *,
    device: str,
    directory: str,
    run: str,
    options: dict[str, Any],
    probe: str,
    parameters: dict[str, Any],
    signature: list[str],
) -> None:
    """Leave the result of one probe in its run; called by a worker, wherever it is."""
    from cnnviz import workflow
    from cnnviz.files import write_whole
    from cnnviz.provenance import Provenance

    created, command = signature
    opened = opened_again(directory, run, options, device=device)
    opened = opened.using(signature=Provenance(created=created, command=command))
    workflow.analyze(opened, [named_with_parameters(probe, parameters)])
    write_whole(folder / _DONE, "{}\n")
