"""The clips of a sweep, as an architecture wants them: its rate, its length, chosen classes."""

from collections import Counter
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import numpy as np

from cnnviz.audio import Clips, relabelled
from cnnviz.datasets import read_clips
from cnnviz.errors import ParameterError

from ..corpus import is_in_folds
from ..held_out import hold_out
from ..training import input_contract


@dataclass(frozen=True, kw_only=True, slots=True)
class ClipFormat:
    """How an architecture wants its clips: networks that agree share what is decoded.

    Parameters
    ----------
    sample_rate
        Hz; None: that of the files.
    n_samples
        Audio samples per clip; None: as many as there are.
    """

    sample_rate: int | None
    n_samples: int | None


def clip_format_of(name: str) -> ClipFormat:
    """What an architecture hears.

    Raises
    ------
    UnknownNameError
        If no family can build it.
    """
    contract = input_contract(name)
    return ClipFormat(sample_rate=contract.sample_rate, n_samples=contract.n_samples)


def clips_for(clip_format: ClipFormat, data: Path, *, classes: tuple[str, ...]) -> Clips:
    """The clips of a folder for some architecture; nothing is decoded.

    Parameters
    ----------
    clip_format
        Their rate and length.
    data
        Folder of clips.
    classes
        Classes to keep, in any order; empty: all.

    Raises
    ------
    AudioError
        If the folder holds no usable clips.
    ParameterError
        If a class is not in the data.
    """
    clips = read_clips(data, sample_rate=clip_format.sample_rate, n_samples=clip_format.n_samples)
    return restricted(clips, classes) if classes else clips


def restricted(clips: Clips, classes: tuple[str, ...]) -> Clips:
    """Clips of some classes alone, numbered anew in the order the data has them.

    Raises
    ------
    ParameterError
        If a class is not in the data.
    """
    names = clips.class_names
    for name in classes:
        if name not in names:
            close = get_close_matches(name, names, n=3, cutoff=0.0)
            raise ParameterError(
                f"class {name!r} is not in data={clips.folder}; nearest: {', '.join(close)}; "
                "mend classes, or leave it out to take all"
            )
    selected = tuple(name for name in names if name in classes)
    labels = [names.index(name) for name in selected]
    return relabelled(clips.take(np.flatnonzero(np.isin(clips.labels, labels))), selected)


@dataclass(frozen=True, kw_only=True, slots=True)
class ClipCounts:
    """How many clips a training of a corpus goes through.

    Parameters
    ----------
    n_train, n_validation, n_test
        Clips per split; of folds the mean over the trainings.
    n_trainings
        One, or one per fold.
    n_samples
        Audio samples per clip.
    class_names
        In order of the labels.
    """

    n_train: int
    n_validation: int
    n_test: int
    n_trainings: int
    n_samples: int
    class_names: tuple[str, ...]


def count_clips(clips: Clips) -> ClipCounts:
    """Count the clips of a training as `zoo.corpus.read_corpus` divides them; none is decoded."""
    if is_in_folds(clips):
        n_folds = len(set(clips.splits))
        n_test = len(clips) // n_folds
        counts = {"train": len(clips) - n_test, "validation": 0, "test": n_test}
    else:
        divided = clips if "validation" in clips.splits else hold_out(clips)[0]
        counts, n_folds = Counter(divided.splits), 1
    return ClipCounts(
        n_train=counts["train"],
        n_validation=counts["validation"],
        n_test=counts["test"],
        n_trainings=n_folds,
        n_samples=clips.n_samples or 0,
        class_names=clips.class_names,
    )
