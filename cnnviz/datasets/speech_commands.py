"""Speech Commands: one folder per word, splits by lists or by a hash of the speaker.

P. Warden, "Speech Commands: A Dataset for Limited-Vocabulary Speech Recognition", 2018.
The class ``_silence_`` is the folder of that name together with one-second segments of
``_background_noise_``: of each recording the first 80 % train, then 10 % each validation and
test. ``_unknown_`` is a class; other folders that begin with ``_`` are no words.
"""

import hashlib
import math
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

from cnnviz._decoding import read_duration
from cnnviz.audio import Clips
from cnnviz.datasets._entries import N_PROBED, Entry, build, folders_in, sounds_below, sounds_in
from cnnviz.datasets._lists import listed_splits

NOISE, SILENCE, UNKNOWN = "_background_noise_", "_silence_", "_unknown_"
_MOST_FILES = 2**27 - 1  # MAX_NUM_WAVS_PER_CLASS of the data set's own script
_SPEAKER = re.compile(r"(?P<speaker>[^_]+)_nohash_\d+\.\w+$")


def matches(folder: Path) -> bool:
    """Whether lists, noise folder or file names are those of the data set."""
    if not folder.is_dir():
        return False
    if (folder / "testing_list.txt").is_file() or (folder / NOISE).is_dir():
        return True
    words = [child for child in folders_in(folder) if not child.name.startswith("_")]
    first_paths = [path for word in words[:3] for path in islice(sounds_in(word), N_PROBED)]
    return bool(first_paths) and all(_SPEAKER.search(path.name) for path in first_paths)


def which_set(name: str, *, validation: float = 10.0, test: float = 10.0) -> str:
    """Split of a file by the official rule: a hash of what precedes ``_nohash_``.

    Parameters
    ----------
    name
        File name; folders before it do not count.
    validation, test
        Percent of the speakers.

    Examples
    --------
    >>> which_set("bed/026290a7_nohash_0.wav")
    'validation'
    """
    speaker = re.sub(r"_nohash_.*$", "", name.rpartition("/")[2])
    number = int(hashlib.sha1(speaker.encode(), usedforsecurity=False).hexdigest(), 16)
    percent = (number % (_MOST_FILES + 1)) * (100.0 / _MOST_FILES)
    if percent < validation:
        return "validation"
    return "test" if percent < validation + test else "train"


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
    splits = listed_splits(folder, paths) or tuple(which_set(path.name) for path in paths)
    entries = [
        Entry(path=path, label=label, split=split, group=_speaker(path.name))
        for (path, label), split in zip(words, splits, strict=True)
    ]
    return build(
        folder, [*entries, *_noise(folder / NOISE)], layout="speech_commands", remarks=remarks
    )


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
            position = (i + 0.5) / n_segments
            split = "train" if position < 0.8 else "validation" if position < 0.9 else "test"
            recording = Entry(path=path, label=SILENCE, split=split, note="noise", group=path.stem)
            yield replace(recording, start=i, stop=i + 1)
        if n_segments == 0:
            yield Entry(path=path, label=SILENCE, split="train", note="noise", group=path.stem)
