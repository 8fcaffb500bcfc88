"""Clips of one class, or of each, that can be explained."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cnnviz.attribution.selection import check_available, check_ranked, interleave, margins_of
from cnnviz.attribution.targets import class_index, classes_of
from cnnviz.evaluation.groups import number_groups
from cnnviz.evaluation.labels import match_labels

if TYPE_CHECKING:
    from cnnviz.run import Run


def clips_of_classes(run: Run, true_class: str | None, predicted_class: str | None) -> list[int]:
    """Clips with audio of a class, answered with a class, or both; the clearest answers first.

    Parameters
    ----------
    run
        With a capture and a model.
    true_class, predicted_class
        Name or index of a class; None: any.

    Raises
    ------
    ParameterError
        If there is no such class.
    """
    capture, names = run.capture, run.model.class_names
    scores = np.asarray(capture.logits, dtype=np.float64)  # (clip, class)
    is_asked = np.zeros(len(scores), dtype=bool)
    is_asked[np.asarray(capture.audio_index)] = True
    if true_class is not None:
        wanted = class_index(true_class, names, scores.shape[1], parameter="true")
        is_asked &= match_labels(capture.labels, capture.class_names, names) == wanted
    if predicted_class is not None:
        wanted = class_index(predicted_class, names, scores.shape[1], parameter="predicted")
        is_asked &= scores.argmax(-1) == wanted
    order = np.argsort(-margins_of(scores), kind="stable")
    return [int(clip) for clip in order if is_asked[clip]]


def clips_of_each_class(run: Run, *, n_clips: int, target: str) -> list[int]:
    """Clips with audio of each class that there is, speakers or recordings in turn.

    Parameters
    ----------
    run
        With a capture and a model.
    n_clips
        How many of a class at most.
    target
        ``"label"`` or ``"predicted"``: whose class, as in `choose_clips`.

    Raises
    ------
    ParameterError
        If the outputs are no classes, or the capture keeps no audio.
    """
    capture, names = run.capture, run.model.class_names
    scores = np.asarray(capture.logits, dtype=np.float64)  # (clip, class)
    available = np.asarray(capture.audio_index)
    check_ranked(run, scores.shape[-1])
    check_available(available)
    labels = match_labels(capture.labels, capture.class_names, names)
    classes = classes_of(target, scores, labels, names, parameter="target")[available]
    groups = number_groups(capture.clips.groups, len(scores))[available]
    equal = np.zeros(len(available))  # the most confident clips are not what a class is like
    own = (np.flatnonzero(classes == one) for one in np.unique(classes))
    chosen = np.concatenate([interleave(index, groups, equal)[:n_clips] for index in own])
    return [int(clip) for clip in np.sort(available[chosen])]
