"""Validation clips for a corpus that names none."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from cnnviz.audio import Clips

_SHARE = 0.1


def hold_out(clips: Clips) -> tuple[Clips, str]:
    """Move a tenth of the training clips to validation.

    Of each class, and within it of each group of clips with the same note (such as the
    speaker), the first tenth in the natural order of the names is taken: the recordings 5 to 9
    of each digit and speaker in FSDD, whose test is 0 to 4. Where the groups are too small for
    that, classes alone are looked at. Nothing is drawn, so that every training of a corpus has
    the same split.

    Parameters
    ----------
    clips
        Without validation clips.

    Returns
    -------
    clips, remark
        What was done, in a sentence for people.
    """
    training = [i for i, split in enumerate(clips.splits) if split == "train"]
    names = clips.names
    ordered = sorted(training, key=lambda i: _natural(names[i]))
    held_out = _first_tenth(ordered, [(clips.labels[i], clips.notes[i]) for i in ordered])
    grouped = "class and speaker or recording"
    if len(held_out) < _SHARE / 2 * len(training):
        held_out = _first_tenth(ordered, [(clips.labels[i], "") for i in ordered])
        grouped = "class"
    splits = tuple("validation" if i in held_out else own for i, own in enumerate(clips.splits))
    remark = (
        f"The corpus names no validation clips: {len(held_out)} of its {len(training)} training "
        f"clips were held out for it, the first tenth of each {grouped} in the order of names."
    )
    return replace(clips, splits=splits), remark


def _first_tenth(ordered: Sequence[int], groups: Sequence[tuple[int, str]]) -> set[int]:
    members: dict[tuple[int, str], list[int]] = defaultdict(list)
    for i, group in zip(ordered, groups, strict=True):
        members[group].append(i)
    return {i for clips in members.values() for i in clips[: int(_SHARE * len(clips) + 0.5)]}


def _natural(name: str) -> tuple[tuple[int, str], ...]:
    """Sort key by which ``clip_9`` comes before ``clip_10``."""
    return tuple((int(part), "") if part.isdecimal() else (-1, part) for part in _parts(name))


def _parts(name: str) -> list[str]:
    return [part for part in re.split(r"(\d+)", name) if part]
