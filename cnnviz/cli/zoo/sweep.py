"""``cnnviz zoo sweep``: many trainings from one grid file."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from cnnviz.cli._jobs import job_of, job_options, listed
from cnnviz.cli._progress import progress, say
from cnnviz.cli.zoo._loggers import logger_option
from cnnviz.cli.zoo._sweep_progress import sweep_progress

if TYPE_CHECKING:
    from cnnviz.jobs import Job
    from zoo.sweep.estimate import Estimate
    from zoo.sweep.plan import Plan
    from zoo.sweep.run import Counts


@click.command(
    epilog="""
Examples:

  cnnviz zoo sweep kws12_small --data kws12/

  cnnviz zoo sweep study --data speech_commands/ --dry-run

  cnnviz zoo sweep grid.toml --data kws12/ --out runs/mine --workers 2

  cnnviz zoo sweep study --data /shared/sc/ --out /shared/study --executor ray

  cnnviz zoo sweep study --data /shared/sc/ --executor slurm --slurm partition=gpu --devices cuda

GRID is a TOML file or the name of a bundled grid. Stopped with Ctrl-C or killed, the same
command goes on: what is done is not trained again. The folder gets results.sqlite, .csv, .json.
""",
)
@click.argument("grid")
@click.option("--data", required=True, metavar="DIR", help="Folder of clips with splits.")
@click.option("--out", metavar="DIR", help="Sweep folder; default: runs/sweeps/GRID.")
@click.option("--classes", metavar="A,B", help="Classes to keep; default: the grid's, else all.")
@job_options("trial", default="local")
@click.option(
    "--precision",
    type=click.Choice(["auto", "32", "bf16", "16"]),
    default="auto",
    show_default=True,
    help="Of all trials; auto: bf16 where all devices here multiply it, else and on clusters 32.",
)
@click.option(
    "--limit", type=click.IntRange(1), metavar="N", help="Only the grid's first N trials."
)
@logger_option
@click.option(
    "--dry-run",
    is_flag=True,
    help="Print the trials and the time they may take, and train nothing.",
)
@click.option("--retry-failed", is_flag=True, help="Try trials again that failed.")
def command(grid: str, data: str, out: str | None, dry_run: bool, **options: Any) -> None:
    """Train every network the file GRID asks for, and keep the results in one table.

    A trial that fails is recorded with its reason and does not stop the others.
    """
    from cnnviz import registry
    from cnnviz.jobs import load_executor
    from cnnviz.packages import require

    registry.load_sibling("zoo")

    require("filelock", "lightning", "pydantic", needed_by="a sweep", extra="zoo")
    from zoo.sweep.folder import SweepFolder
    from zoo.sweep.grid import find_grid, read_grid
    from zoo.sweep.plan import make_plan
    from zoo.sweep.run import run_sweep

    executor = load_executor(options["executor"])
    path = find_grid(grid)
    plan = make_plan(
        read_grid(path), Path(data), classes=listed(options["classes"]), limit=options["limit"]
    )
    plan = replace(plan, loggers=options["loggers"])
    folder = Path(out) if out else Path("runs") / "sweeps" / path.stem
    job = _job(plan, folder, options)
    if dry_run:
        _rehearse(plan, job, executor.devices(job), options["precision"])
        return
    with sweep_progress() as tell:
        counts = run_sweep(
            plan,
            job,
            executor,
            precision=options["precision"],
            retry_failed=options["retry_failed"],
            begin=partial(_say_time, plan, job),
            tell=tell,
        )
    for line in (*_summary(plan, counts, job), *SweepFolder(path=folder).commands):
        click.echo(line)
    if counts.failed:
        raise SystemExit(1)


def _job(plan: Plan, folder: Path, options: dict[str, Any]) -> Job:
    from zoo.sweep.folder import WORDING, SweepFolder

    sweep = SweepFolder(path=folder)
    tasks = tuple(sweep.task(trial.trial_id) for trial in plan.trials)
    return job_of(options, folder=folder, tasks=tasks, wording=WORDING)


def _rehearse(plan: Plan, job: Job, devices: tuple[str, ...], precision: str) -> None:
    """Print the trials, and how long those that are left will take."""
    found, sentence = _estimated(plan, job, devices, precision)
    for line in (*_listing(plan, found), sentence, f"{len(plan.trials)} trials"):
        click.echo(line)


def _say_time(plan: Plan, job: Job, devices: tuple[str, ...], precision: str) -> None:
    say(_estimated(plan, job, devices, precision)[1])


def _estimated(
    plan: Plan, job: Job, devices: tuple[str, ...], precision: str
) -> tuple[Estimate, str]:
    """The time of the trials that are left on a device of this machine, and it in words."""
    from zoo.sweep.estimate import estimate, in_words

    left = [task.task_id for task in job.left]
    device = devices[0] if devices else "auto"
    with progress("timing") as advance:
        found = estimate(plan, left, device=device, precision=precision, advance=advance)
    n_workers = len(devices) or job.workers or 1
    return found, in_words(found, min(n_workers, max(1, len(left))))


def _listing(plan: Plan, found: Estimate) -> list[str]:
    from zoo.sweep.estimate import duration

    width = max(len(trial.name) for trial in plan.trials)
    head = f"{'trial':<12}  {'name':<{width}}  parameters  epochs  rate     seed  time"
    rows = [
        f"{trial.trial_id}  {trial.name:<{width}}  {trial.n_parameters:>10,}  "
        f"{trial.recipe.epochs:>6}  {trial.recipe.learning_rate:<7g}  {trial.recipe.seed:<4}  "
        + (duration(found.seconds[trial.trial_id]) if trial.trial_id in found.seconds else "done")
        for trial in plan.trials
    ]
    return [head, *rows]


def _summary(plan: Plan, counts: Counts, job: Job) -> list[str]:
    names = {trial.trial_id: trial.name for trial in plan.trials}
    failures = [
        f"failed: {names[task.task_id]} ({task.task_id}): {reason}"
        for task in job.tasks
        if (reason := task.reason)
    ]
    end = f"{counts.done} of {counts.total} trials done, {counts.failed} failed"
    table = f"table: {job.folder / 'results.sqlite'}"
    hint = ["try them again with --retry-failed"] if failures else []
    return [*failures, *hint, end, table]
