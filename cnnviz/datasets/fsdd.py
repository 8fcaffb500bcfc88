"""Free Spoken Digit Dataset: ``{digit}_{speaker}_{index}.wav``; indices 0-4 are the test split.

Z. Jackson and others, "Free Spoken Digit Dataset", 2016-2020. Takes the folder of the
recordings or the one above it.
"""

import re
from itertools import islice
from pathlib import Path

from cnnviz.audio import Clips
from cnnviz.datasets._entries import N_PROBED, Entry, build_named, sounds_in

_NAME = re.compile(r"(?P<digit>\d)_(?P<speaker>[^\W\d_]+)_(?P<index>\d+)\.\w+")
_N_TEST = 5


def matches(folder: Path) -> bool:
    """Whether the first files are named as in the data set."""
    if not folder.is_dir():
        return False
    first_paths = list(islice(sounds_in(_recordings(folder)), N_PROBED))
    return bool(first_paths) and all(_NAME.fullmatch(path.name) for path in first_paths)


def read(folder: Path) -> Clips:
    """Read the digits, labelled ``"0"`` to ``"9"``; the group of a clip is its speaker.

    Raises
    ------
    AudioError
        If no file is named as in the data set.
    """
    return build_named(folder, sounds_in(_recordings(folder)), _entry, layout="fsdd")


def _entry(path: Path) -> Entry | None:
    match = _NAME.fullmatch(path.name)
    if match is None:
        return None
    return Entry(
        path=path,
        label=match["digit"],
        split="test" if int(match["index"]) < _N_TEST else "train",
        note=f"speaker {match['speaker']}",
        group=match["speaker"],
    )


def _recordings(folder: Path) -> Path:
    inner = folder / "recordings"
    return inner if inner.is_dir() else folder
