"""A model alone, or on labelled clips: its filters and its scores."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cnnviz import workflow
from cnnviz.api.inputs import load_model, read_clips
from cnnviz.provenance import Provenance, command_line, now
from cnnviz.run import Run

if TYPE_CHECKING:
    from cnnviz.audio import Clips
    from cnnviz.evaluation import Comparison
    from cnnviz.model import AudioModel
    from cnnviz.results import Evaluation, FilterResponses

Progress = Callable[[int, int], None]


def filters(
    model: AudioModel | str | Path,
    *,
    layers: Sequence[str] = (),
    sample_rate: int | None = None,
    seed: int = 0,
    init: str | Path = "",
) -> FilterResponses:
    """Read the convolutions of a model as digital filters.

    Parameters
    ----------
    model
        A model or a reference to one; a bare state dict is enough.
    layers
        Names of convolutions; empty: the first two.
    sample_rate
        Hz; needed when a reference is given that does not say.
    seed
        Of the untrained filters that filters are held against.
    init
        File of the weights that training began with; empty: those that are kept, if any.

    Examples
    --------
    >>> import cnnviz
    >>> filters = cnnviz.filters("zoo:sinc_net", layers=["conv1"])
    >>> filters.to_dataframe().columns[:2].to_list()
    ['layer', 'filter']
    >>> filters.plot("response", index=3, width=3.3).get_xlabel()
    'frequency (kHz)'
    """
    from cnnviz.analyzers.filter_responses import FrequencyResponses

    if isinstance(model, str | Path):
        model = load_model(str(model), sample_rate=sample_rate)
    analyzer = FrequencyResponses(layers=tuple(layers), seed=seed, init=str(init))
    return analyzer.run(Run(model=model))


def evaluate(
    model: AudioModel | str | Path,
    clips: Clips | str | Path,
    *,
    split: str | None = None,
    seed: int = 0,
    device: str | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Score a model on labelled clips.

    Parameters
    ----------
    model, clips
        Or a reference to a model, and the folder of labelled clips.
    split
        Clips to score; ``"all"``, or None: ``"test"`` if there is such a split, else all.
    seed
        Of the bootstrap.
    device
        As in `record`.
    progress
        Called with (clips done, clips in all).

    Raises
    ------
    ParameterError
        If the split has no clip, no label is one of the model's classes, or the model's output
        is known to be no classes.

    Examples
    --------
    >>> import cnnviz, zoo
    >>> clips = cnnviz.read_clips(zoo.clips_folder()).take(range(0, 60, 5))
    >>> scores = cnnviz.evaluate("zoo:sinc_net", clips)
    >>> int(scores.confusion.sum())
    12
    """
    from cnnviz.analyzers.evaluation import check_labels
    from cnnviz.model import on_device

    model = load_model(str(model)) if isinstance(model, str | Path) else model
    model = workflow.as_classifier(model)
    clips = read_clips(clips) if isinstance(clips, str | Path) else clips
    split, clips = workflow.select_split(clips, split)
    check_labels(clips.labels, clips.class_names, model.class_names)
    return workflow.evaluate(
        on_device(model, device),
        clips if np.isfinite(clips.durations).all() else clips.screened(),
        split=split,
        seed=seed,
        progress=progress,
        provenance=Provenance(created=now(), command=command_line()),
    )


def compare(evaluation: Evaluation, other: Evaluation, *, seed: int = 0) -> Comparison:
    """Compare two models on the same clips, matched by name; differences are first - other.

    Raises
    ------
    ParameterError
        If their classes or clips are not the same.

    Examples
    --------
    >>> import cnnviz, zoo
    >>> clips = cnnviz.read_clips(zoo.clips_folder()).take(range(0, 60, 5))
    >>> scores = cnnviz.evaluate("zoo:sinc_net", clips)
    >>> compared = cnnviz.compare(scores, scores)
    >>> compared.accuracy == compared.other_accuracy
    True
    """
    return workflow.compare(evaluation, other, seed=seed)
