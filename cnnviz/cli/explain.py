"""``cnnviz explain``: why clips were classified as they were, by one method or several."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from cnnviz import registry
from cnnviz.cli import _options
from cnnviz.cli._explain_jobs import make_maps
from cnnviz.cli._figures import FORMATS, write_figures
from cnnviz.cli._jobs import job_options
from cnnviz.cli._jobs_on_runs import is_job
from cnnviz.cli._members import MemberOf
from cnnviz.cli._planted import KINDS, rank
from cnnviz.cli._progress import progress, say
from cnnviz.cli._runs import open_or_record
from cnnviz.defaults import N_SHOWN

if TYPE_CHECKING:
    from cnnviz.results import Relevance
    from cnnviz.run import Run

_OF_METHODS = ("n_clips", "target", "against", "score", "proof", "sanity", "budget")


@click.command(
    epilog="""
Examples:

  cnnviz explain runs/mynet
      a dozen clips of a run, by integrated gradients

  cnnviz explain runs/mynet --true go --predicted no
      what spoke for no and against go, in clips of go that were heard as no, and in as many
      that were heard as go

  cnnviz explain runs/mynet --top 3
      the predicted class of each clip, the second and the third, each against the largest other

  cnnviz explain big.pt clips/ --budget 60
      the best maps of a large network that a minute allows

  cnnviz explain big.pt clips/ --n-clips 500 --devices cuda:0,cuda:1
      maps by two GPUs; what is there when it is stopped is not made again

  cnnviz explain --planted log_mel --method integrated_gradients --method saliency
      how well methods find evidence that was planted

  cnnviz explain zoo:sinc_net clips/ --method integrated_gradients --method occlusion

More parameters of a method: cnnviz analyze integrated-gradients --help
"""
)
@click.argument("reference", metavar="[MODEL|RUN]", required=False)
@click.argument("folder", required=False, metavar="[CLIPS]")
@click.option(
    "--method",
    "methods",
    type=MemberOf(registry.METHODS),
    multiple=True,
    default=("integrated_gradients",),
    show_default=True,
    metavar="NAME",
    help="Method of explanation.",
)
@click.option("--true", "true_class", metavar="CLASS", help="Only clips of this class.")
@click.option(
    "--predicted", "predicted_class", metavar="CLASS", help="Only clips answered with this class."
)
@click.option(
    "--clip", "clip_index", type=click.IntRange(0), multiple=True, metavar="N", help="These clips."
)
@click.option(
    "--n-clips", type=click.IntRange(1), default=N_SHOWN, show_default=True, help="At most."
)
@click.option(
    "--target",
    default="predicted",
    show_default=True,
    metavar="CLASS",
    help="What is explained: predicted, top2 (the second largest score), label, a class or the "
    "index of an output.",
)
@click.option(
    "--top",
    type=click.IntRange(2),
    metavar="K",
    help="Explain the K largest outputs of each clip, not the predicted one alone.",
)
@click.option(
    "--against",
    metavar="CLASS",
    help="What a contrast takes away: runner_up, label or a class; default: the class of --true "
    "where --predicted is another, else the runner-up.",
)
@click.option(
    "--score",
    type=click.Choice(["contrast", "log_odds", "log_probability", "logit"]),
    default="contrast",
    show_default=True,
    help="Which score of the target.",
)
@click.option(
    "--proof/--no-proof",
    default=None,
    help="Hold each map against energy, random places and the untrained network's map. "
    "[default: --proof, with --budget --no-proof]",
)
@click.option(
    "--budget",
    type=click.FloatRange(0, min_open=True),
    metavar="SECONDS",
    help="For the maps of each method: coarse maps of all clips first, the closest decisions "
    "before others; what there was no time for is said.",
)
@click.option(
    "--max-memory",
    type=click.IntRange(1),
    metavar="MIB",
    help="That activations may take. [default: a quarter of what is free]",
)
@click.option(
    "--sanity",
    is_flag=True,
    help="Draw the layers of the network anew, one after the other, and tell how far maps stay as "
    "they were, also under noise: a map more for each layer, and five.",
)
@click.option(
    "--figures",
    type=click.Choice(FORMATS),
    help="Also write a figure of each clip, and its numbers, into RUN/figures.",
)
@job_options("clip")
@click.option(
    "--planted",
    type=click.Choice(KINDS),
    help="Instead: rank methods on a network of this kind whose evidence is known.",
)
@click.option("--out", metavar="DIR", help="Run folder; default: runs/NAME.")
@click.option("--capture-layer", "layers", multiple=True, metavar="NAME", help="Layers to capture.")
@click.option("--batch-size", type=click.IntRange(1), metavar="N", help="Clips per pass.")
@click.option("--json", "as_json", is_flag=True, help="Print a row per clip and method as JSON.")
@_options.clip_options
@_options.device_options
@_options.model_options
def command(methods: tuple[str, ...], planted: str | None, as_json: bool, **options: Any) -> None:
    """Explain why clips were classified as they were, on a page with sound.

    MODEL and CLIPS as in `cnnviz report`, or a run folder.
    """
    from cnnviz import api, workflow

    if planted is not None:
        rank(planted, methods, as_json=as_json)
        return
    if options["reference"] is None:
        raise click.UsageError("Missing argument 'MODEL|RUN'; or rank methods with --planted KIND")
    from cnnviz.lock import one_at_a_time
    from cnnviz.results import method_words

    if is_job(options) and options["budget"] is not None:
        raise click.UsageError("--budget and --workers; a time is kept by one process alone")
    with open_or_record(options) as run, one_at_a_time(Path(str(run.folder)), told=say):
        _check_model(run, options["reference"])
        targets = _targets(run, options)
        chosen, words = _choice(run, options)
        say(words)
        if options["proof"] is None:
            options["proof"] = options["budget"] is None
        if options["max_memory"] is not None:
            run.options = replace(run.options, max_bytes=options["max_memory"] << 20)
        shared = {name: options[name] for name in _OF_METHODS if options[name] is not None}
        explained: list[Relevance] = []
        for method in dict.fromkeys(methods):
            explanations: list[Any] = [
                workflow.build_analyzer(method, clip_index=chosen, **shared | {"target": target})
                for target in targets or (shared["target"],)
            ]
            with progress(method_words(method)) as advance:
                watched = run.using(progress=advance)
                if is_job(options):
                    make_maps(watched, explanations, options)
                explained += workflow.explain_each(watched, explanations)
        workflow.analyze(run, [workflow.build_analyzer("clip_gallery")])
        with progress("drawing the page"):
            page = api.render(run, Path(str(run.folder)) / "report")
        if options["figures"] is not None:
            folder = Path(str(run.folder)) / "figures"
            written = write_figures(explained, folder, options["figures"])
            say(f"wrote {len(written)} figures into {folder}")
        _print(explained, as_json=as_json)
        say(f"wrote {page}; open it with: cnnviz open {run.folder}")


def _targets(run: Run, options: dict[str, Any]) -> tuple[str, ...]:
    """The outputs that --top asks for, one result each; none without it."""
    top = options["top"]
    if top is None:
        return ()
    if options["target"] != "predicted":
        raise click.UsageError(f"--top {top} and --target {options['target']}; use one of them")
    n_outputs = run.capture.logits.shape[-1]
    if top > n_outputs:
        from cnnviz.errors import ParameterError

        raise ParameterError(f"top={top}; allowed: 2 to {n_outputs}, the outputs of the network")
    return ("predicted", *(f"top{rank}" for rank in range(2, top + 1)))


def _check_model(run: Run, reference: str) -> None:
    """Refuse a run whose network only its own code can build, before anything is computed."""
    from cnnviz.errors import ParameterError

    if not run.has_model:
        raise ParameterError(
            f"the network of {reference} is built by code, or not where it was; name it and its "
            f"clips again: cnnviz explain MODEL CLIPS --out {reference}"
        )


def _choice(run: Run, options: dict[str, Any]) -> tuple[tuple[int, ...], str]:
    """Clips to explain, none: the method's own choice; and what was chosen, in words."""
    true_class, predicted_class = options["true_class"], options["predicted_class"]
    asked = options["clip_index"]
    if true_class is None and predicted_class is None:
        return asked, "explaining " + (
            f"clips {', '.join(map(str, asked))}" if asked else f"up to {options['n_clips']} clips"
        )
    chosen, words = _of_classes(run, true_class, predicted_class, options)
    is_confusion = None not in (true_class, predicted_class) and true_class != predicted_class
    if not chosen:
        from cnnviz.errors import ParameterError

        raise ParameterError(f"there is no clip with audio {words}; see the confusion of a report")
    if not is_confusion:
        return chosen, words
    if options["against"] is None and options["target"] == "predicted" and not options["top"]:
        options |= {"target": predicted_class, "against": true_class}
    right, beside = _of_classes(run, true_class, true_class, options)
    return chosen + right, f"{words}, and {beside}" if right else words


def _of_classes(
    run: Run, true_class: str | None, predicted_class: str | None, options: dict[str, Any]
) -> tuple[tuple[int, ...], str]:
    """Clips of a class, heard as a class or both, as many as are asked for; and both in words."""
    from cnnviz.attribution.clips_by_class import clips_of_classes

    given = (("of", true_class), ("heard as", predicted_class))
    words = " ".join(f"{phrase} {name}" for phrase, name in given if name is not None)
    asked = options["clip_index"]
    found = clips_of_classes(run, true_class, predicted_class)
    found = [clip for clip in found if not asked or clip in asked]
    kept = tuple(found[: options["n_clips"]])
    rest = f" of {len(found)}" if len(kept) < len(found) else ""
    return kept, f"{len(kept)}{rest} clips {words}" if kept else words


def _print(explained: Sequence[Relevance], *, as_json: bool) -> None:
    """A line per method on what its maps are worth, or a row per clip and method."""
    import pandas

    if as_json:
        tables = [one.to_dataframe().assign(method=one.method) for one in explained]
        click.echo(pandas.concat(tables).to_json(orient="records", indent=1))
        return
    for one in explained:
        target = json.loads(one.provenance.parameters)["target"]
        name = one.method if target == "predicted" else f"{one.method} of {target}"
        click.echo("\n  ".join([name, *_worth(one)]))


def _worth(relevance: Relevance) -> list[str]:
    """What was measured of a method on these clips, in words."""
    said = [
        finding.sentence
        for finding in relevance.findings
        if finding.id.startswith(("faithfulness:", "randomisation:"))
    ]
    if relevance.checks.converged is not None:
        said.append(
            f"Converged on {relevance.checks.converged.sum()} of {relevance.n_clips} clips."
        )
    tried = None if relevance.silencing is None else relevance.silencing.n_stretches > 0
    if tried is not None and tried.any():
        assert relevance.silencing is not None
        said.append(
            "Silencing the marked stretches lowers the score more than every control on "
            f"{relevance.silencing.matters[tried].sum()} of {tried.sum()}."
        )
    return said or [f"{relevance.n_clips} clips explained."]
