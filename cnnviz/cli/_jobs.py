"""Work that may go to several devices, to Ray or to SLURM: its options, and what they become."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import rich_click as click

from cnnviz.cli._members import MemberOf

if TYPE_CHECKING:
    from cnnviz.jobs import Job, Task, Wording

F = TypeVar("F", bound=Callable[..., Any])


def job_options(task: str, *, default: str | None = None) -> Callable[[F], F]:
    """Options of a job.

    Parameters
    ----------
    task
        What its tasks are called, in the singular.
    default
        Executor unless one is named; None: none, so that this process does the work.
    """
    options = (
        click.option(
            "--executor",
            type=MemberOf("cnnviz.jobs.executors"),
            default=default,
            show_default=default is not None,
            metavar="NAME",
            help="Where to work: local, ray or slurm"
            + ("." if default else "; default: this process, without --workers or --devices."),
        ),
        click.option(
            "--ray-address",
            default="auto",
            show_default=True,
            metavar="ADDRESS",
            help="Ray cluster: HOST:PORT; auto: the one of this machine; local: start one.",
        ),
        click.option(
            "--workers",
            type=click.IntRange(1),
            metavar="N",
            help=f"{task.capitalize()}s at a time; default: by device.",
        ),
        click.option(
            "--devices", metavar="A,B", help="cpu, cuda:0,cuda:1; default: all GPUs, else cpu."
        ),
        click.option(
            f"--cpus-per-{task}", type=click.IntRange(1), metavar="N",
            help=f"Cores a {task} may use.",
        ),
        click.option(
            f"--gpus-per-{task}",
            type=click.FloatRange(0),
            metavar="X",
            help=f"GPUs a {task} is given by ray (0.5: two share one) or slurm.",
        ),
        click.option(
            "--slurm",
            multiple=True,
            metavar="KEY=VALUE",
            help="Setting of submitit's AutoExecutor, such as partition=gpu or timeout_min=600.",
        ),
    )  # fmt: skip

    def add(function: F) -> F:
        for option in reversed(options):
            function = option(function)
        return function

    return add


def job_of(
    options: dict[str, Any], *, folder: Path, tasks: tuple[Task, ...], wording: Wording
) -> Job:
    """The job that options ask for."""
    from cnnviz.jobs import Job

    return Job(
        folder=folder,
        tasks=tasks,
        wording=wording,
        devices=listed(options["devices"]),
        workers=options["workers"],
        cpus_per_task=options[f"cpus_per_{wording.task}"],
        gpus_per_task=options[f"gpus_per_{wording.task}"],
        ray_address=options["ray_address"],
        slurm=tuple(_pair(text) for text in options["slurm"]),
    )


def listed(text: str | None) -> tuple[str, ...]:
    """Words between commas."""
    return tuple(word.strip() for word in text.split(",")) if text else ()


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not (key and equals and value):
        raise click.BadParameter(f"{text!r} is not KEY=VALUE", param_hint="--slurm")
    return key, value
