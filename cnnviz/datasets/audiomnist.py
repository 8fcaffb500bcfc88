"""AudioMNIST: one folder per speaker, ``data/{speaker}/{digit}_{speaker}_{index}.wav``.

S. Becker and others, "AudioMNIST: Exploring Explainable Artificial Intelligence for Audio
Analysis on a Simple Benchmark", 2024. Sixty speakers, ``"01"`` to ``"60"``. The splits are
the first of the five that the authors use for digits: 36 speakers train, 12 are for
validation and 12 for test. Takes the folder ``data`` or the one above it.
"""

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from cnnviz.audio import Clips
from cnnviz.datasets._entries import N_PROBED, Entry, build_named, folders_in, sounds_in

_SPEAKER = re.compile(r"\d\d")
_NAME = re.compile(r"(?P<digit>\d)_(?P<speaker>\d\d)_\d+\.wav", re.IGNORECASE)
_VALIDATION = frozenset((4, 11, 12, 15, 21, 27, 31, 41, 44, 47, 50, 59))
_TEST = frozenset((5, 13, 18, 22, 26, 32, 33, 42, 45, 51, 52, 60))


def matches(folder: Path) -> bool:
    """Whether the folders are numbered speakers and the first files carry their number."""
    if not folder.is_dir():
        return False
    first_paths = list(islice(_sounds(folder), N_PROBED))
    return bool(first_paths) and all(_is_named(path) for path in first_paths)


def read(folder: Path) -> Clips:
    """Read the digits, labelled ``"0"`` to ``"9"``; the group of a clip is its speaker.

    Raises
    ------
    AudioError
        If no file is named as in the data set.
    """
    return build_named(folder, _sounds(folder), _entry, layout="audiomnist")


def _entry(path: Path) -> Entry | None:
    if not _is_named(path):
        return None
    speaker = path.parent.name
    return Entry(
        path=path,
        label=path.name[0],
        split=_split(speaker),
        note=f"speaker {speaker}",
        group=speaker,
    )


def _sounds(folder: Path) -> Iterator[Path]:
    inner = folder / "data"
    for child in folders_in(inner if inner.is_dir() else folder):
        if _SPEAKER.fullmatch(child.name):
            yield from sounds_in(child)


def _is_named(path: Path) -> bool:
    match = _NAME.fullmatch(path.name)
    return match is not None and match["speaker"] == path.parent.name


def _split(speaker: str) -> str:
    if int(speaker) in _VALIDATION:
        return "validation"
    return "test" if int(speaker) in _TEST else "train"
