"""``cnnviz report``: one model, one folder of sounds, one page to read."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click
from click.core import ParameterSource

from cnnviz.cli import _advice, _capturing, _options
from cnnviz.cli._progress import progress, say
from cnnviz.defaults import N_SHOWN
from cnnviz.forked import n_cores
from cnnviz.roles import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnviz.analyzer import Analyzer
    from cnnviz.capture import Capture, Plan
    from cnnviz.model import AudioModel
    from cnnviz.run import Run

_MAP_BYTES = 1 << 28  # of full maps that a report writes
_PAGE_BYTES, _EXPLAINED_BYTES = 16_000_000, 750_000  # of results and page, and for each clip


@click.command(
    epilog="""
Examples:

  cnnviz report
      the bundled network on the bundled clips

  cnnviz report zoo:filterbank_k128_ch64-5-do0.25-bn clips/

  cnnviz report mynet.py:build --weights best.ckpt --sample-rate 16000 clips/

  cnnviz report runs/mynet
      draw the page of a finished run again, without torch

Stopped with Ctrl-C or killed, the same command continues where it was.
"""
)
@click.argument("model", required=False)
@click.argument("clips", required=False)
@click.option("--out", metavar="DIR", help="Run folder; default: runs/NAME.")
@click.option("--layer", "layers", multiple=True, metavar="NAME", help="Layers to capture.")
@_options.clip_options
@click.option("--maps", "n_maps", default=N_SHOWN, show_default=True, help="Clips with full maps.")
@click.option(
    "--explain", "n_explained", default=N_SHOWN, show_default=True, help="Clips explained."
)
@click.option("--batch-size", type=click.IntRange(1), metavar="N", help="Clips per pass.")
@click.option("--seed", default=0, show_default=True, help="Seed of every random choice.")
@click.option(
    "--as",
    "as_",
    type=click.Choice(["auto", "file", "folder"]),
    default="auto",
    show_default=True,
    help="One HTML file or a folder; auto: one file under 25 MB.",
)
@click.option(
    "--clips", "clips_shown", default="500", show_default=True, help="Clips to show, or all."
)
@click.option(
    "--audio",
    type=click.Choice(["wav", "mp3"]),
    default="wav",
    show_default=True,
    help="Sound of the page: exact, or smaller.",
)
@click.option("--force", is_flag=True, help="Allow a single file over 100 MB.")
@click.option("--overwrite", is_flag=True, help="Discard what the run folder holds.")
@_options.init_option
@_options.device_options
@_options.model_options
def command(model: str | None, clips: str | None, **options: Any) -> None:
    """Explain a trained audio CNN on a folder of sounds, as HTML.

    MODEL is zoo:NAME, a checkpoint, package.module:factory or a run folder; CLIPS is a folder
    of sounds, a CSV manifest or one file.
    """
    if model is not None and (Path(model) / "results").is_dir():
        _refuse_ignored(model, clips)
        _render_again(Path(model), options)
        return
    if model is not None and (Path(model) / "capture.h5").is_file():
        raise click.UsageError(_advice.without_results(Path(model)))
    inputs = _bundled(model, clips)
    with progress("importing torch"):
        from cnnviz.trace import shared_traces
    with shared_traces():
        _run(*inputs, options)


_OF_THE_PAGE = ("model", "out", "as_", "audio", "clips_shown", "force")


def _refuse_ignored(run: str, clips: str | None) -> None:
    """What a finished run has no use for is an error, not passed over."""
    if clips is not None and (Path(clips) / "results").is_dir():
        raise click.UsageError(
            f"{run} and {clips} are two runs, which cannot be compared yet; draw each with: "
            "cnnviz report RUN; two models are compared by: cnnviz evaluate A CLIPS --against B"
        )
    context = click.get_current_context()
    assert context is not None, "called by the command"
    given = [
        parameter
        for parameter in command.params
        if context.get_parameter_source(parameter.name or "") is ParameterSource.COMMANDLINE
        and parameter.name not in _OF_THE_PAGE
    ]
    if given:
        what = clips if given[0].name == "clips" else given[0].opts[0]
        raise click.UsageError(
            f"{run} is a finished run, which is drawn as it is, without {what}; allowed: --out, "
            "--as, --clips, --audio, --force; name a model to make a new run"
        )


def _render_again(folder: Path, options: dict[str, Any]) -> None:
    from cnnviz import api
    from cnnviz.lock import one_at_a_time

    out = Path(options["out"] or folder)
    with one_at_a_time(out, told=say):
        _render(api.open_run(folder), out, options)


def _run(reference: str, folder: str, options: dict[str, Any]) -> None:
    from cnnviz import capture as capturing
    from cnnviz.lock import one_at_a_time

    model, clips = _capturing.load_inputs(reference, folder, options)
    out = _options.run_folder(model, options)
    choices = capturing.Choices(
        layers=options["layers"],
        n_maps=options["n_maps"],
        budget_bytes=_MAP_BYTES,
        batch_size=options["batch_size"],
    )
    plan = capturing.prepare(model, clips, choices)
    _check_room(plan, out, options)
    with (
        one_at_a_time(out, told=say),
        _capturing.record_plan(plan, out, overwrite=options["overwrite"]) as capture,
    ):
        _explain(model, capture, out, options)


def _check_room(plan: Plan, out: Path, options: dict[str, Any]) -> None:
    from cnnviz.disk import check_room

    spec = plan.spec
    sound = 3 * len(spec.audio_index) * (spec.clips.n_samples or 0)  # 16 bits as text, at most
    page = _PAGE_BYTES + _EXPLAINED_BYTES * min(options["n_explained"], len(spec.clips)) + sound
    captured = plan.bytes_to_write(out, overwrite=options["overwrite"])
    check_room(out, captured + page, what=f"the report in {out}")


def _explain(model: AudioModel, capture: Capture, out: Path, options: dict[str, Any]) -> None:
    from cnnviz.defaults import ReportOptions
    from cnnviz.run import Run

    named = _capturing.name_classes(model, capture)
    _say_what_is_not_made(named)
    run = Run(
        out,
        model=named,
        capture=capture,
        options=ReportOptions(
            layers=options["layers"],
            n_explained=options["n_explained"],
            seed=options["seed"],
            init=options["init"] or "",
        ),
    )
    _analyze(run)
    _render(run, out, options)


def _analyze(run: Run) -> None:
    """Run the analyzers of a report, a stage each; say what is left out."""
    from cnnviz import workflow

    missing: list[str] = []
    with progress("loading analyzers"):
        analyzers = workflow.report_analyzers(run)
    for _, alike in groupby(analyzers, key=type):  # such as embeddings of several layers
        group = tuple(alike)
        with progress(_stage(group)) as advance:
            workflow.analyze(
                run.using(progress=advance),
                group,
                left_out=missing.append,
                n_processes=n_cores(),
            )
    for reason in (*missing, *run.unreadable):
        say(f"left out {reason}")


def _stage(alike: Sequence[Analyzer]) -> str:
    """Name of analyzers of a kind, and of their layers where they have some."""
    from cnnviz.run import name_of

    layers = [layer for one in alike if (layer := getattr(one, "layer", None))]
    of_layers = f", of {', '.join(layers)}" if layers else ""
    return name_of(alike[0]).replace("_", " ") + of_layers


def _say_what_is_not_made(model: AudioModel) -> None:
    """Say so where the output is no classes, which alone are explained and evaluated."""
    if model.has_classes:
        return
    if model.role == UNKNOWN:
        say(
            "no class is claimed, so that nothing is explained or evaluated; if it is a "
            "classifier: --output classes, and --classes A,B,... in the order of its outputs"
        )
    else:
        say(f"the output is read as {model.role}, so that nothing is explained or evaluated")


def _bundled(reference: str | None, folder: str | None) -> tuple[str, str]:
    from cnnviz import registry

    if reference is not None and folder is not None:
        return reference, folder
    zoo = registry.load_sibling("zoo")
    reference = reference or f"zoo:{zoo.REFERENCE}"
    say(f"model {reference}; clips: " + ("the bundled words" if folder is None else folder))
    return reference, folder or str(zoo.clips_folder())


def _render(run: Run, out: Path, options: dict[str, Any]) -> None:
    from cnnviz import api

    with progress("drawing the page"):
        page = api.render(
            run,
            out / "report",
            as_=options["as_"],
            audio=options["audio"],
            clips=options["clips_shown"],
            force=options["force"],
        )
    size = sum(path.stat().st_size for path in page.parent.rglob("*") if path.is_file())
    say(f"wrote {page} ({size / 1e6:.1f} MB). Open with: cnnviz open {out}")
    click.echo(page)
