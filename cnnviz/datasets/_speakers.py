"""A split by speaker, for corpora that name speakers but no split."""

import hashlib
from collections import Counter
from dataclasses import replace

import numpy as np

from cnnviz.audio import Clips
from cnnviz.clips import printable
from cnnviz.errors import ParameterError

_MOST_FILES = 2**27 - 1  # MAX_NUM_WAVS_PER_CLASS of the Speech Commands script
_VALIDATION, _TEST = 10.0, 10.0  # percent of the speakers


def which_set(speaker: str) -> str:
    """Split of a speaker by the rule of Speech Commands: a hash of the name.

    P. Warden, "Speech Commands: A Dataset for Limited-Vocabulary Speech Recognition", 2018.

    Examples
    --------
    >>> which_set("026290a7")
    'validation'
    """
    number = int(hashlib.sha1(speaker.encode(), usedforsecurity=False).hexdigest(), 16)
    percent = (number % (_MOST_FILES + 1)) * (100.0 / _MOST_FILES)
    if percent < _VALIDATION:
        return "validation"
    return "test" if percent < _VALIDATION + _TEST else "train"


def split_of_place(place: float) -> str:
    """Split of an excerpt by its place in the recording, 0 to 1: train, validation, test."""
    return "train" if place < 0.8 else "validation" if place < 0.9 else "test"


def split_by_speaker(clips: Clips) -> Clips:
    """Split clips by their speaker; excerpts of one file by their place in it.

    A clip without a speaker counts as one of its own.

    Raises
    ------
    ParameterError
        If the corpus names no speakers, or has a split already.
    """
    folder = printable(str(clips.folder))
    if any(clips.splits):
        raise ParameterError(
            f"{folder} has the splits {', '.join(sorted(set(clips.splits) - {''}))}; allowed: one "
            "way to split; leave --split-by-speaker out"
        )
    if not any(clips.groups):
        raise ParameterError(
            f"{folder} names no speakers (layout: {clips.layout}); allowed: a layout that does, or "
            "a CSV manifest with the column speaker; name the layout with --clip-layout"
        )
    n_excerpts, seen = Counter(clips.paths), Counter[object]()
    splits = [""] * len(clips)
    for i in np.argsort(clips.starts, kind="stable"):
        path = clips.paths[i]
        place = (seen[path] + 0.5) / n_excerpts[path]
        seen[path] += 1
        alone = which_set(clips.groups[i] or path.name)
        splits[i] = split_of_place(place) if n_excerpts[path] > 1 else alone
    counts = ", ".join(f"{n} {name}" for name, n in sorted(Counter(splits).items()))
    remark = f"split by a hash of the speaker: {counts}"
    return replace(clips, splits=tuple(splits), remarks=(*clips.remarks, remark))
