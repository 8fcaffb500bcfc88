"""Sounds of concepts: a folder with one sub-folder for each."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import numpy as np

from cnnviz.clips import printable
from cnnviz.datasets import read_clips
from cnnviz.errors import AudioError, ParameterError

FEWEST_SOUNDS = 10


def concept_sounds(concepts: str, *, sample_rate: int, n_samples: int) -> dict[str, np.ndarray]:
    """Waveforms of each concept, float32 (sound, samples), by the name of its folder.

    Parameters
    ----------
    concepts
        The folder.
    sample_rate, n_samples
        Hz, and audio samples that each sound is cropped or padded to.

    Raises
    ------
    ParameterError
        If there is no such folder, or a concept has too few sounds.
    AudioError
        If more than a tenth of the sounds of a concept cannot be decoded.
    """
    found = {
        folder.name: _waveforms(folder, sample_rate=sample_rate, n_samples=n_samples)
        for folder in _folders(concepts)
    }
    _check_counts(concepts, {name: len(one) for name, one in found.items()})
    return found


def digest_of_files(concepts: str) -> str:
    """SHA-256 over names and bytes of all files below the folder; empty: there is no folder."""
    if not concepts or not Path(concepts).is_dir():
        return ""
    hashed = sha256()
    for path in sorted(path for path in Path(concepts).rglob("*") if path.is_file()):
        hashed.update(str(path.relative_to(concepts)).encode(errors="surrogateescape") + b"\0")
        with suppress(OSError), path.open("rb") as file:
            while block := file.read(1 << 20):
                hashed.update(block)
    return hashed.hexdigest()


def _folders(concepts: str) -> list[Path]:
    """Sub-folders, by name."""
    folder = Path(concepts)
    if not concepts or not folder.is_dir():
        given = f"concepts={concepts!r} is no folder" if concepts else "no folder of concepts"
        raise ParameterError(
            f"{given}; allowed: a folder with one sub-folder of {FEWEST_SOUNDS} sounds or more for "
            "each concept; name it with --concepts"
        )
    return sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))


def _waveforms(folder: Path, *, sample_rate: int, n_samples: int) -> np.ndarray:
    """Sounds of one concept that can be decoded, (sound, samples)."""
    try:
        clips = read_clips(folder, layout="folders", sample_rate=sample_rate, n_samples=n_samples)
    except AudioError:  # there is no sound
        return np.empty((0, n_samples), dtype=np.float32)
    clips = clips.screened()
    return np.stack([clips.waveform(k) for k in range(len(clips))])


def _check_counts(concepts: str, counts: Mapping[str, int]) -> None:
    few = [name for name, n in counts.items() if n < FEWEST_SOUNDS]
    if counts and not few:
        return
    held = ", ".join(f"{printable(name)} {n}" for name, n in counts.items())
    raise ParameterError(
        f"sounds in concepts={concepts!r}: {held or 'no sub-folder'}; allowed: {FEWEST_SOUNDS} or "
        f"more for each concept in a sub-folder of its name; add sounds"
        + (f" to {', '.join(map(printable, few))}" if few else "")
    )
