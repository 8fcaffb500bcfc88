"""Clips of a run whose sound is kept and whose label is a class of the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.capture.selection import spread_over_classes
from cnnviz.errors import ParameterError
from cnnviz.evaluation.groups import number_groups
from cnnviz.evaluation.labels import match_labels

if TYPE_CHECKING:
    from cnnviz.run import Run


@dataclass(frozen=True, kw_only=True, slots=True)
class LabelledClips:
    """Positions in the run, classes and numbers of groups, (clip,); the model's classes."""

    index: np.ndarray
    labels: np.ndarray
    groups: np.ndarray
    class_names: tuple[str, ...]


def labelled_clips(run: Run, n_clips: int) -> LabelledClips:
    """At most `n_clips`, spread over classes.

    Raises
    ------
    ParameterError
        If there is no capture or no model, its outputs are no classes with names, or no clip
        with sound has one of them as label.
    """
    capture, model = run.capture, run.network
    if not model.has_classes or not model.class_names:
        raise ParameterError(
            f"the outputs of model {model.name!r} are no classes with names; allowed: a "
            "classifier; name the model's classes in output order with --classes"
        )
    labels = match_labels(capture.clips.labels, capture.clips.class_names, model.class_names)
    index = np.asarray(capture.audio_index)
    index = index[labels[index] >= 0]
    if not len(index):
        raise ParameterError(
            "no clip whose sound is kept has a label among the model's classes; allowed: labelled "
            "clips; name the model's classes in output order with --classes"
        )
    index = index[spread_over_classes(labels[index], n_clips)]
    return LabelledClips(
        index=index,
        labels=labels[index],
        groups=number_groups([capture.clips.groups[i] for i in index], len(index)),
        class_names=model.class_names,
    )
