"""Clips: the list with players, which of them are synthetic, and what was skipped."""

from collections.abc import Sequence

import numpy as np

from cnnviz.results import ClipGallery, Evaluation
from cnnviz.results.clip_gallery import is_synthetic
from cnnviz.run import Run

from ..parts import (
    ClipList,
    ClipRow,
    Column,
    Details,
    Fact,
    Facts,
    Findings,
    Paragraph,
    Part,
    Section,
    Table,
)
from ._clips import explained_clips

ORDER = 70


def section(run: Run) -> Section | None:
    """List of the clips, or None without them."""
    galleries = run.find(ClipGallery)
    if not galleries:
        return None
    gallery = max(galleries, key=lambda one: len(one.audio_index))
    parts: list[Part] = [
        Facts(items=_facts(gallery)),
        *((Findings(items=gallery.findings),) if gallery.findings else ()),
        *_budget(gallery),
        ClipList(name="clips", caption="All clips of the run", rows=clip_rows(gallery, run)),
    ]
    if gallery.clips.skipped:
        parts.append(_skipped(gallery))
    return Section(
        title="Clips",
        anchor="clips",
        text=f"Every clip of the run. Filter by {_filters(gallery)}; press the button to listen.",
        parts=tuple(parts),
    )


def _filters(gallery: ClipGallery) -> str:
    return "name, class or note" if (gallery.clips.labels >= 0).any() else "name or note"


def clip_rows(gallery: ClipGallery, run: Run) -> tuple[ClipRow, ...]:
    """One row per clip with its class and the one predicted for it, where there is one."""
    predicted, clips = predictions(run), gallery.clips
    playable = {int(clip) for clip in gallery.audio_index}
    explained = set(explained_clips(run).tolist())
    return tuple(
        ClipRow(
            clip=clip,
            name=name,
            seconds=float(clips.durations[clip]),
            true=clips.class_of(clip),
            predicted=predicted.get(clip, ""),
            split=clips.splits[clip],
            note=clips.notes[clip],
            audio=clip in playable,
            explained=clip in explained,
        )
        for clip, name in enumerate(clips.names)
    )


def predictions(run: Run) -> dict[int, str]:
    """Class predicted for each evaluated clip."""
    return {
        int(clip): class_name(evaluation.class_names, int(index))
        for evaluation in run.find(Evaluation)
        for clip, index in zip(evaluation.clip_index, evaluation.predictions, strict=True)
    }


def class_name(names: Sequence[str], index: int) -> str:
    """Name of a class; nothing for -1, the number where names are missing."""
    if index < 0:
        return ""
    return names[index] if index < len(names) else f"class {index}"


def _facts(gallery: ClipGallery) -> tuple[Fact, ...]:
    """How many clips there are, how long, and of what kind."""
    n_synthetic = sum(map(is_synthetic, gallery.clips.notes))
    facts = [Fact(label="Clips", value=f"{len(gallery.clips):,}")]
    known = gallery.clips.durations[np.isfinite(gallery.clips.durations)]
    if known.size:
        shortest, longest = float(known.min()), float(known.max())
        total = float(known.sum())
        length = f"{shortest:.2f} to {longest:.2f} s" if longest > shortest else f"{longest:.2f} s"
        facts.append(Fact(label="Length", value=length, note=f"{total / 60:.1f} min in all"))
    facts.append(Fact(label="With audio here", value=f"{len(gallery.audio_index):,}"))
    facts.append(Fact(label="Synthetic", value=f"{n_synthetic:,}", note="by their notes"))
    if gallery.clips.skipped:
        facts.append(Fact(label="Skipped files", value=f"{len(gallery.clips.skipped):,}"))
    return tuple(facts)


def _budget(gallery: ClipGallery) -> list[Part]:
    """How many clips can be played here, where it is not all."""
    n_clips, n_audio = len(gallery.clips), len(gallery.audio_index)
    if n_audio == n_clips:
        return []
    text = (
        f"Audio of {n_audio:,} of {n_clips:,} clips is in this report; "
        "rerun with --clips all for more."
    )
    return [Paragraph(text=text)]


def _skipped(gallery: ClipGallery) -> Details:
    """Files that could not be used, with the reason."""
    rows = []
    for entry in gallery.clips.skipped:
        path, _, reason = entry.rpartition(": ")
        rows.append((path, reason))
    return Details(
        summary="Skipped files",
        anchor="skipped",
        parts=(
            Table(
                name="skipped",
                caption="Files that could not be used",
                columns=(Column(name="File", is_row_name=True), Column(name="Reason")),
                rows=tuple(rows),
                n_shown=50,
            ),
        ),
    )
