"""Clips to listen to first: surest errors, surest right answers, nearest to the boundary."""

import numpy as np

from cnnviz.results import ClipGallery, Evaluation
from cnnviz.run import Run
from reports.parts import Cell, Choice, Column, Link, Option, Part, Play, Table

_N_OPEN = 10


def notable_clips(evaluation: Evaluation, run: Run) -> Part | None:
    """Tables of notable clips, one shown at a time; None where there is none.

    Parameters
    ----------
    evaluation
        Names the clips.
    run
        Where the sound of clips is looked up.
    """
    n_wrong = int((evaluation.labels != evaluation.predictions).sum())
    n_right = len(evaluation.labels) - n_wrong
    kinds = (
        ("errors", "Surest errors", "Errors the network is most sure of", n_wrong),
        ("right", "Surest right answers", "Right answers the network is most sure of", n_right),
        (
            "boundary",
            "Nearest to the boundary",
            "Clips whose two highest probabilities are closest",
            0,
        ),
    )
    chosen = (evaluation.confident_wrong, evaluation.confident_right, evaluation.nearest_boundary)
    options = []
    for (key, title, caption, total), positions in zip(kinds, chosen, strict=True):
        if len(positions):
            name = f"{key}-{evaluation.split}"
            told = f"{caption} ({len(positions)} of {total or len(evaluation.labels)})"
            table = _table(evaluation, positions, run, name=name, caption=told)
            options.append(Option(title=title, anchor=f"clips-{name}", parts=(table,)))
    return Choice(label="Clips", options=tuple(options)) if options else None


def _table(
    evaluation: Evaluation,
    positions: np.ndarray,
    run: Run,
    *,
    name: str,
    caption: str,
) -> Table:
    """Clips with their two likeliest classes; a button plays where there is sound."""
    galleries = run.find(ClipGallery)
    playable = {int(clip) for gallery in galleries for clip in gallery.audio_index}
    sound = (Column(name="Sound"),) if playable else ()
    rows = []
    for position in positions:
        clip = int(evaluation.clip_index[position])
        cells = _cells(evaluation, int(position), is_linked=bool(galleries))
        button = (Play(clip=clip) if clip in playable else None,) if playable else ()
        rows.append((*button, *cells))
    return Table(
        name=name,
        caption=caption,
        columns=(
            *sound,
            Column(name="Clip", is_row_name=True),
            Column(name="True"),
            Column(name="Predicted"),
            Column(name="Next best"),
            Column(name="Probability", unit="predicted", places=3),
            Column(name="Probability", unit="next best", places=3),
            Column(name="Probability", unit="true", places=3),
        ),
        rows=tuple(rows),
        n_shown=_N_OPEN,
    )


def _cells(evaluation: Evaluation, position: int, *, is_linked: bool) -> tuple[Cell, ...]:
    """One clip: what it is, and what it was taken for."""
    names, clip = evaluation.class_names, int(evaluation.clip_index[position])
    text = evaluation.clip_names[position]
    probabilities = evaluation.probabilities[position]  # (class,)
    true, best = int(evaluation.labels[position]), int(evaluation.predictions[position])
    ranking = np.argsort(-probabilities, kind="stable")
    following = next((int(k) for k in ranking if k != best), None)
    return (
        Link(text=text, target=f"clip={clip}") if is_linked else text,
        names[true],
        names[best],
        None if following is None else names[following],
        float(probabilities[best]),
        None if following is None else float(probabilities[following]),
        float(probabilities[true]),
    )
