"""``cnnviz probe``: what units answer to sounds made for the purpose."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from cnnviz.cli import _options
from cnnviz.cli._jobs import job_options
from cnnviz.cli._jobs_on_runs import is_job
from cnnviz.cli._probe_jobs import leave_probes
from cnnviz.cli._progress import progress, say
from cnnviz.cli._runs import open_or_record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnviz.results import Result
    from cnnviz.run import Run

_TEXT_WIDTH, _ROWS_SHOWN = 120, 12


@click.command(
    epilog="""
Examples:

  cnnviz probe zoo:filterbank_k128_ch64-5-do0.25-bn
      the first four convolutions, with every probe

  cnnviz probe mynet.py:build --weights best.ckpt --sample-rate 16000 --layer conv4

  cnnviz probe mynet.py:build clips/ --weights best.ckpt --sample-rate 16000
      with clips, for the probes that ask for sounds of the world

  cnnviz probe runs/mynet --probe tone_tuning
      on a run; its report shows the result too

  cnnviz probe big.pt clips/ --devices cuda:0,cuda:1
      a probe at a time on each of two GPUs

Probes are made side by side on the cores of the processor; --threads 1: one after the other.
Writes probe.html, probe.csv, probe.json and results into the run folder. Stopped, the same command
goes on with the probes that are missing.
"""
)
@click.argument("reference", metavar="MODEL|RUN")
@click.argument("folder", required=False, metavar="[CLIPS]")
@click.option(
    "--layer", "probed", multiple=True, metavar="NAME",
    help="Layer; default: first four convolutions.",
)  # fmt: skip
@click.option(
    "--probe", "probes", multiple=True, metavar="NAME", help="Probe to make; default: all."
)
@click.option(
    "--budget", type=click.FloatRange(0), metavar="SECONDS",
    help="Begin no further probe after so long; default: make all.",
)  # fmt: skip
@job_options("probe")
@click.option("--out", metavar="DIR", help="Run folder; default: runs/NAME.")
@click.option("--capture-layer", "layers", multiple=True, metavar="NAME", help="Layers to capture.")
@click.option("--batch-size", type=click.IntRange(1), metavar="N", help="Clips per pass.")
@_options.clip_options
@click.option("--json", "as_json", is_flag=True, help="Print findings and units as JSON.")
@_options.device_options
@_options.model_options
def command(**options: Any) -> None:
    """Measure the units of MODEL with sounds made for the purpose.

    MODEL is as in the other commands; RUN is a folder that cnnviz wrote.
    """
    from cnnviz import workflow

    if is_job(options) and options["budget"] is not None:
        raise click.UsageError("--budget and --workers; a time is kept by one process alone")
    analyzers = workflow.build_probes(options["probes"], options["probed"])
    with open_or_record(options) as run:
        run.network  # noqa: B018 (refused before time is spent)
        found = _measure(run, analyzers, options)
        if not found:
            from cnnviz.errors import UnsupportedModelError

            raise UnsupportedModelError(
                "no probe could be made; allowed: a network with layers that hooks reach; the "
                "reasons stand above"
            )
        _write(run, found)
        _print(found, as_json=options["as_json"])
    assert run.folder is not None
    say(f"wrote {run.folder / 'probe.html'}, probe.csv, probe.json")


def _measure(run: Run, analyzers: Sequence[Any], options: dict[str, Any]) -> tuple[Result, ...]:
    """Results of probes: those that are there, and those that are made now."""
    from cnnviz.forked import n_cores

    missing = [one for one in analyzers if run.stored(one) is None]
    n_processes = min(options["threads"] or n_cores(), len(missing))
    if missing and is_job(options):
        with progress("probes by workers") as advance:
            leave_probes(run.using(progress=advance), missing, options)
        _one_by_one(run, [one for one in missing if run.stored(one) is None], budget=None)
    elif n_processes > 1 and run.model.device.type == "cpu":  # others are lost in forks
        _side_by_side(run, missing, n_processes=n_processes, budget=options["budget"])
    else:
        _one_by_one(run, missing, budget=options["budget"])
    found = (run.stored(one) for one in analyzers)
    return tuple(one for one in found if one is not None)


def _one_by_one(run: Run, missing: Sequence[Any], *, budget: float | None) -> None:
    """Run the probes one after the other, each with its own progress."""
    from cnnviz import workflow
    from cnnviz.run import name_of

    for analyzer in workflow.within_budget(missing, budget, left_out=say):
        with progress(name_of(analyzer).replace("_", " ")) as advance:
            workflow.analyze(run.using(progress=advance), [analyzer], left_out=say)


def _side_by_side(
    run: Run, missing: Sequence[Any], *, n_processes: int, budget: float | None
) -> None:
    """Run the probes in several processes, with one progress for all, in per cent."""
    from cnnviz import workflow
    from cnnviz.run import name_of

    with progress(f"{len(missing)} probes, {n_processes} at a time") as advance:
        for tried in workflow.probe_in_forks(
            run.using(progress=advance), missing, n_processes=n_processes, budget=budget
        ):
            name = name_of(tried.analyzer).replace("_", " ")
            say(tried.reason or f"{name}: {tried.seconds:.1f} s")


def _write(run: Run, found: Sequence[Result]) -> None:
    """Page, table and JSON of what was measured, each whole or not at all."""
    from cnnviz import api
    from cnnviz.cli._units import to_csv, to_json
    from cnnviz.files import write_whole
    from cnnviz.lock import one_at_a_time

    folder = Path(str(run.folder))
    with progress("writing"), one_at_a_time(folder, told=say):
        api.render(list(found), folder / "probe.html", title=run.model.name)
        write_whole(folder / "probe.csv", to_csv(found))
        write_whole(folder / "probe.json", to_json(found))


def _print(found: Sequence[Result], *, as_json: bool) -> None:
    from cnnviz.cli._units import to_json

    if as_json:
        click.echo(to_json(found), nl=False)
        return
    from cnnviz.results.learned import beside_twins, describe

    for finding in describe(beside_twins(found)):
        click.echo(finding.sentence)
    for result in found:
        for finding in getattr(result, "findings", ()):
            click.echo(finding.sentence)
    _print_units(found)


def _print_units(found: Sequence[Result]) -> None:
    """The first units of each layer, with what was measured of them."""
    from rich.console import Console
    from rich.table import Table

    from cnnviz.cli._units import columns, units

    console = Console()
    if not console.is_terminal:
        console = Console(width=_TEXT_WIDTH)
    for layer, rows in units(found).groupby("layer", sort=False):
        console.print(f"\n{layer}  {len(rows):,} units", highlight=False, markup=False)
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        shown = columns(rows.head(_ROWS_SHOWN))
        for title, _ in shown:
            table.add_column(title, justify="left" if title == "name" else "right")
        for cells in zip(*(cells for _, cells in shown), strict=True):
            table.add_row(*cells)
        console.print(table)
        if len(rows) > _ROWS_SHOWN:
            console.print(f"... {len(rows) - _ROWS_SHOWN:,} more rows in probe.csv", markup=False)
