"""What capture and report share: clips for a model, and the capture of both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnnviz.cli import _options
from cnnviz.cli._progress import progress, say

if TYPE_CHECKING:
    from pathlib import Path

    from cnnviz.audio import Clips
    from cnnviz.capture import Capture, Plan
    from cnnviz.model import AudioModel


def load_inputs(reference: str, folder: str, options: dict[str, Any]) -> tuple[AudioModel, Clips]:
    """Load a model that can run, and clips as it takes them; say what was read."""
    with progress("loading the model"):
        from cnnviz import capture, workflow

        model = _options.load(**{**options, "reference": reference}).require_scores()
    if options["layers"]:
        capture.check_layers(model, options["layers"])
    how = {name: options[name] for name in ("clip_layout", "split_by_speaker")}
    listed = _options.read(folder, model, **how)
    out, can_resume = _options.run_folder(model, options), not options.get("overwrite")
    clips = capture.screened_from_capture(listed, out) if can_resume else None
    if clips is None:
        with progress("reading clips") as advance:
            clips = listed.screened(progress=advance)
    model, clips = workflow.match_clips(model, clips)
    say(clips.describe())
    return model, clips


def name_classes(model: AudioModel, capture: Capture) -> AudioModel:
    """Give a model without class names those of the clips where its scores confirm them; say so."""
    from cnnviz import workflow
    from cnnviz.evaluation.naming import say_unnamed

    named = workflow.with_class_names(model, capture)
    if named.class_names and not model.class_names:
        say(
            "the model names no classes; its scores confirm those of the clips in this order: "
            + ", ".join(named.class_names)
        )
    elif named.has_classes and not named.class_names:
        reason = say_unnamed(capture.clips.class_names, capture.logits.shape[1])
        say(f"scores are shown by index: {reason}")
    return named


def announce(plan: Plan, out: Path) -> None:
    """Say what will be kept, and how large it gets."""
    names = ", ".join(layer.call.name for layer in plan.layers)
    n_with, estimate = sum(layer.has_maps for layer in plan.layers), plan.estimate
    of_layers = "" if n_with == len(plan.layers) else f" in {n_with} of {len(plan.layers)} layers"
    say(
        f"capturing {names}: filters, maps of {estimate.n_maps} clips{of_layers}, statistics of "
        f"all {len(plan.spec.clips):,}; at most {max(estimate.total / 1e6, 1):,.0f} MB to {out}"
    )
    n_maps = min(plan.spec.choices.n_maps, len(plan.spec.clips))
    if estimate.n_maps < n_maps:
        say(f"{n_maps} clips with full maps do not fit the budget; raise it with --budget")


def load_or_record(
    reference: str, folder: str, options: dict[str, Any]
) -> tuple[AudioModel, Capture]:
    """Load a model and its capture of clips: the one that the run folder holds, or a new one."""
    from cnnviz import capture

    model, clips = load_inputs(reference, folder, options)
    out = _options.run_folder(model, options)
    if (out / capture.INDEX).is_file():
        existing = capture.open_capture(out)
        provenance = existing.provenance
        recorded = (provenance.model_digest, provenance.output_role)
        if recorded == (model.digest, model.role) and capture.is_of_clips(existing, clips):
            return model, existing
        existing.close()
    choices = capture.Choices(layers=options["layers"], batch_size=options["batch_size"])
    plan = capture.prepare(model, clips, choices)
    return model, record_plan(plan, out, overwrite=False)


def record_plan(plan: Plan, out: Path, *, overwrite: bool) -> Capture:
    """Capture with a progress bar; after Ctrl-C say how to go on."""
    from cnnviz import capture
    from cnnviz.provenance import Provenance, command_line, now

    announce(plan, out)
    try:
        with progress("capturing") as advance:
            recorded = capture.record_plan(
                plan,
                out=out,
                overwrite=overwrite,
                progress=advance,
                provenance=Provenance(created=now(), command=command_line()),
            )
    except KeyboardInterrupt:
        say("stopped; the same command continues after the last whole shard")
        raise
    lost = [reason for reason in recorded.clips.skipped if reason not in plan.spec.clips.skipped]
    if lost:
        say(f"{len(lost)} skipped, gone bad since the run began; the first: {lost[0]}")
    return recorded
