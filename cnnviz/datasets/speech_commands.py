"""Speech Commands: one folder per word, splits by its lists.

P. Warden, "Speech Commands: A Dataset for Limited-Vocabulary Speech Recognition", 2018.
Without lists there is no split; ``--split-by-speaker`` makes the official one.
The class ``_silence_`` is the folder of that name together with one-second segments of
``_background_noise_``: where there are splits, the first 80 % of each recording train, then
10 % each are for validation and test. ``_unknown_`` is a class; other folders that begin with
``_`` are no words.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

from cnnviz._decoding import read_duration
from cnnviz.audio import Clips
from cnnviz.datasets._entries import N_PROBED, Entry, build, folders_in, sounds_below, sounds_in
from cnnviz.datasets._lists import has_lists, listed_splits
from cnnviz.datasets._speakers import split_of_place

NOISE, SILENCE, UNKNOWN = "_background_noise_", "_silence_", "_unknown_"
_SPEAKER = re.compile(r"(?P<speaker>[^_]+)_nohash_\d+\.\w+$")


def matches(folder: Path) -> bool:
    """Whether lists or the noise folder are those of the data set.

    Lists of another name count where the files are named as in the data set; such names alone
    make no Speech Commands: any set of words cut with the same tools has them.
    """
    if not folder.is_dir():
        return False
    if (folder / "testing_list.txt").is_file() or (folder / NOISE).is_dir():
        return True
    words = [child for child in folders_in(folder) if not child.name.startswith("_")]
    first_paths = [path for word in words[:3] for path in islice(sounds_in(word), N_PROBED)]
    is_named = bool(first_paths) and all(_SPEAKER.search(path.name) for path in first_paths)
    return is_named and has_lists(folder)


def read(folder: Path) -> Clips:
    """Read the words, and the background noise as silence.

    Raises
    ------
    AudioError
        If there is no sound.
    """
    words, remarks = [], []
    for child in folders_in(folder):
        if not child.name.startswith("_") or child.name in (SILENCE, UNKNOWN):
            words += [(path, child.name) for path in sounds_below(child)]
        elif child.name != NOISE and (n_files := len(sounds_below(child))):
            remarks.append(f"clips left out: {n_files} of {child.name}, which is no word")
    paths = [path for path, _ in words]
    splits = listed_splits(folder, paths)
    entries = [
        Entry(path=path, label=label, split=split, group=_speaker(path.name))
        for (path, label), split in zip(words, splits or ("",) * len(words), strict=True)
    ]
    noise = [entry if splits else replace(entry, split="") for entry in _noise(folder / NOISE)]
    return build(folder, [*entries, *noise], layout="speech_commands", remarks=remarks)


def _speaker(name: str) -> str:
    """What stands before ``_nohash_``; folders of several words put the word before it."""
    match = _SPEAKER.search(name)
    return match["speaker"] if match else ""


def _noise(folder: Path) -> Iterator[Entry]:
    """Whole seconds of each noise recording."""
    if not folder.is_dir():
        return
    for path in sounds_below(folder):
        seconds = read_duration(path)
        n_segments = 0 if math.isnan(seconds) else int(seconds)
        for i in range(n_segments):
            split = split_of_place((i + 0.5) / n_segments)
            recording = Entry(path=path, label=SILENCE, split=split, note="noise", group=path.stem)
            yield replace(recording, start=i, stop=i + 1)
        if n_segments == 0:
            yield Entry(path=path, label=SILENCE, split="train", note="noise", group=path.stem)
