"""``cnnviz evaluate``: score a model on labelled clips, alone or against another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from cnnviz.cli import _options
from cnnviz.cli._progress import progress, say

if TYPE_CHECKING:
    from cnnviz.audio import Clips
    from cnnviz.cli._evaluation_text import Compared
    from cnnviz.model import AudioModel
    from cnnviz.results import Evaluation


@click.command(
    epilog="""
Examples:

  cnnviz evaluate zoo:filterbank_k128_ch64-5-do0.25-bn kws12/

  cnnviz evaluate model.safetensors clips/ --split validation --json

  cnnviz evaluate new.safetensors clips/ --against zoo:filterbank_k128_ch64-5-do0.25-bn

  cnnviz evaluate mynet.py:build clips/ --weights new.ckpt --sample-rate 16000
      --against mynet.py:build --against-weights old.ckpt

Clips and classes of two models meet by name, whatever their order.
"""
)
@click.argument("model")
@click.argument("clips")
@click.option("--against", metavar="MODEL2", help="Another model to compare with, clip by clip.")
@click.option(
    "--against-weights",
    metavar="FILE",
    help="Weights of a MODEL2 that is a factory; it then takes the other options of MODEL too.",
)
@click.option("--split", metavar="NAME", help="Clips to score, or all; default: test if there is.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
@click.option("--out", metavar="DIR", help="Folder of the files; default: runs/NAME/evaluation.")
@_options.clip_options
@click.option("--batch-size", type=click.IntRange(1), metavar="N", help="Clips per pass.")
@click.option("--seed", default=0, show_default=True, help="Seed of the bootstrap.")
@_options.device_options
@_options.model_options
def command(model: str, clips: str, **options: Any) -> None:
    """Score a model on labelled clips: rates with intervals, ROC areas, calibration.

    MODEL is zoo:NAME, a checkpoint or package.module:factory; CLIPS is a folder of sounds with
    labels or a CSV manifest. The folder gets evaluation.json, clips.csv (one row per clip) and
    confusion.csv; with --against also compared.csv.
    """
    first = _load(model, options)
    other = _other(first, options)
    split_clips = _read_clips(clips, first, options)
    evaluation = _score(first, split_clips, options)
    compared = None if other is None else _compare(evaluation, other, split_clips, options)
    out = Path(options["out"] or Path("runs") / _options.run_name(first) / "evaluation")
    _print(evaluation, compared, as_json=options["as_json"])
    say(f"wrote {', '.join(map(str, _write(evaluation, compared, out)))}")


def _load(reference: str, options: dict[str, Any]) -> AudioModel:
    """A model that can be scored; one whose role nobody knows is taken at the command's word."""
    from cnnviz import workflow

    model = _options.load(reference, **options)
    classifier = workflow.as_classifier(model)
    if classifier.role != model.role:
        say(f"note: evaluate takes the outputs of {model.name} for the scores of classes")
    return classifier


def _other(model: AudioModel, options: dict[str, Any]) -> AudioModel | None:
    from cnnviz import workflow

    if options["against"] is None:
        return None
    if options["against_weights"] is not None:
        shared = {**options, "weights": options["against_weights"]}
        other = _load(options["against"], shared)
    else:
        shared = {name: options[name] for name in ("trust_code", "device", "threads")}
        other = _load(options["against"], shared)
    workflow.check_comparable(model, other)
    return other


def _read_clips(folder: str, model: AudioModel, options: dict[str, Any]) -> Clips:
    from cnnviz import workflow
    from cnnviz.analyzers.evaluation import check_labels

    _, clips = workflow.select_split(_options.read(folder, model, **options), options["split"])
    check_labels(clips.labels, clips.class_names, model.class_names)
    with progress("reading clips") as advance:
        clips = clips.screened(progress=advance)
    say(clips.describe())
    return clips


def _score(model: AudioModel, clips: Clips, options: dict[str, Any]) -> Evaluation:
    from cnnviz import workflow
    from cnnviz.provenance import Provenance, command_line, now

    with progress("scoring") as advance:
        return workflow.evaluate(
            model,
            clips,
            split=options["split"],
            seed=options["seed"],
            batch_size=options["batch_size"],
            progress=advance,
            provenance=Provenance(created=now(), command=command_line()),
        )


def _compare(
    evaluation: Evaluation, other: AudioModel, clips: Clips, options: dict[str, Any]
) -> Compared:
    from cnnviz import workflow
    from cnnviz.cli._evaluation_text import Compared

    other_evaluation = _score(other, clips, options)
    comparison = workflow.compare(evaluation, other_evaluation, seed=options["seed"])
    return Compared(first=evaluation, other=other_evaluation, comparison=comparison)


def _print(evaluation: Evaluation, compared: Compared | None, *, as_json: bool) -> None:
    from cnnviz.cli import _evaluation_text as text

    if as_json:
        click.echo(text.to_json(evaluation, compared), nl=False)
        return
    lines = text.describe(evaluation)
    if compared is not None:
        lines += ["", *text.describe_comparison(compared)]
    for line in lines:
        click.echo(line)


def _write(evaluation: Evaluation, compared: Compared | None, out: Path) -> list[Path]:
    """Write every file whole or not at all."""
    from cnnviz.cli import _evaluation_text as text
    from cnnviz.files import write_whole

    files = {
        "evaluation.json": text.to_json(evaluation, compared),
        "clips.csv": text.clips_csv(evaluation),
        "confusion.csv": text.confusion_csv(evaluation),
    }
    if compared is not None:
        files["compared.csv"] = text.compared_csv(compared)
    for name, content in files.items():
        write_whole(out / name, content)
    if compared is None:
        (out / "compared.csv").unlink(missing_ok=True)  # of an earlier command
    return [out / name for name in files]
