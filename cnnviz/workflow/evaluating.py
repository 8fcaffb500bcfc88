"""Models scored on labelled clips, and two of them compared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.errors import ParameterError
from cnnviz.run import Run
from cnnviz.workflow.roles import as_classifier
from cnnviz.workflow.running import match_clips

if TYPE_CHECKING:
    from cnnviz.audio import Clips
    from cnnviz.evaluation import Comparison
    from cnnviz.model import AudioModel
    from cnnviz.provenance import Provenance
    from cnnviz.results import Evaluation

Progress = Callable[[int, int], None]
_NAMES_SHOWN = 5


def select_split(clips: Clips, split: str | None) -> tuple[str, Clips]:
    """Choose the clips of a split, and name it.

    Parameters
    ----------
    clips
        With splits or without.
    split
        Name of a split or ``"all"``; None: ``"test"`` if there is such a split, else all.

    Raises
    ------
    ParameterError
        If no clip is in the split; the text lists the splits there are.
    """
    name = split or ("test" if "test" in clips.splits else "all")
    if name == "all":
        return name, clips
    index = [i for i, of_clip in enumerate(clips.splits) if of_clip == name]
    if not index:
        splits = ", ".join(sorted({"all", *clips.splits} - {""}))
        raise ParameterError(f"split={name!r} has no clip; allowed: {splits}")
    return name, replace(clips.take(index), n_corpus=clips.n_corpus or len(clips))


def evaluate(
    model: AudioModel,
    clips: Clips,
    *,
    split: str | None = None,
    seed: int = 0,
    batch_size: int | None = None,
    progress: Progress | None = None,
    provenance: Provenance | None = None,
) -> Evaluation:
    """Run labelled clips through a model and score its predictions.

    Parameters
    ----------
    model
        Borrowed; nothing about it differs afterwards.
    clips
        Screened; delivered at the model's rate and length. Only those of the split are run.
    split
        As `select_split` takes it.
    seed
        Of the bootstrap.
    batch_size, progress, provenance
        As `cnnviz.capture.predict` takes them.

    Raises
    ------
    ParameterError
        If the split has no clip, no clip has a label that is one of the model's classes, or the
        model's output is known to be no classes; before any clip is run.
    UnsupportedModelError
        If there are weights but no network.
    """
    from cnnviz.analyzers.evaluation import ClassificationReport, check_labels
    from cnnviz.capture import predict

    model = as_classifier(model)
    split, clips = select_split(clips, split)
    check_labels(clips.labels, clips.class_names, model.class_names)
    model, clips = match_clips(model, clips)
    predictions = predict(
        model, clips, batch_size=batch_size, progress=progress, provenance=provenance
    )
    return ClassificationReport(split=split, seed=seed).run(Run(capture=predictions, model=model))


def check_comparable(model: AudioModel, other: AudioModel) -> None:
    """Refuse two models whose class names are known and not the same, before they run.

    Raises
    ------
    ParameterError
        With the names that only one of them has.
    """
    if model.class_names and other.class_names:
        _matching("classes", model.class_names, other.class_names)


def compare(evaluation: Evaluation, other: Evaluation, *, seed: int = 0) -> Comparison:
    """Compare two models that were evaluated on the same clips; differences: first - other.

    Clips and classes meet by name, never by position. Positions in the result are those of
    the clips in the first evaluation.

    Parameters
    ----------
    evaluation, other
        Of the first model and of the other.
    seed
        Of the bootstrap.

    Raises
    ------
    ParameterError
        If they do not have the same classes, or were evaluated on other clips.
    """
    from cnnviz.evaluation import compare as compare_probabilities

    classes = _matching("classes", evaluation.class_names, other.class_names)
    clips = _matching("clips", evaluation.clip_names, other.clip_names)
    if (np.argsort(classes)[other.labels[clips]] != evaluation.labels).any():
        raise ParameterError(
            "the two evaluations give the same clips other labels; allowed: one label per clip; "
            "evaluate both models on one folder"
        )
    return compare_probabilities(
        evaluation.labels,
        evaluation.probabilities,
        other.probabilities[clips][:, classes],  # (clip, class)
        evaluation.class_names,
        groups=evaluation.groups,
        seed=seed,
    )


def _matching(kind: str, names: tuple[str, ...], others: tuple[str, ...]) -> np.ndarray:
    """Where each name is among the others, int (name,); the same names, in any order."""
    position = {name: index for index, name in enumerate(others)}
    known_names = set(names)
    only, missing = (
        [name for name in group if name not in other_group]
        for group, other_group in ((names, position), (others, known_names))
    )
    if only or missing or not len(names) == len(position) == len(others):
        texts = [_first_names(missing_names) or "none" for missing_names in (only, missing)]
        raise ParameterError(
            f"the models have different {kind} (only the first: {texts[0]}; only "
            f"the other: {texts[1]}); allowed: the same names in any order; evaluate both on one "
            "folder, or name the classes with --classes"
        )
    return np.array([position[name] for name in names])


def _first_names(names: Sequence[str]) -> str:
    more = ", ..." if len(names) > _NAMES_SHOWN else ""
    return ", ".join(names[:_NAMES_SHOWN]) + more
