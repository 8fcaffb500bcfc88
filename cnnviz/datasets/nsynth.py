"""NSynth: ``examples.json`` beside ``audio/``; labels are the instrument families.

J. Engel and others, "Neural Audio Synthesis of Musical Notes with WaveNet Autoencoders",
2017. Takes one part (``nsynth-train``, ``nsynth-valid``, ``nsynth-test``) or the folder that
holds the parts; the split is read from the name of the part.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from cnnviz.audio import Clips
from cnnviz.clips import printable
from cnnviz.datasets._entries import Entry, build, folders_in
from cnnviz.errors import AudioError

_TABLE = "examples.json"
_SPLITS = (("train", "train"), ("valid", "validation"), ("test", "test"))


def matches(folder: Path) -> bool:
    """Whether the folder or one below it has ``examples.json`` and ``audio``."""
    return folder.is_dir() and bool(_parts(folder))


def read(folder: Path) -> Clips:
    """Read the notes in alphabetical order; a clip's note gives its instrument.

    Raises
    ------
    AudioError
        If a table is missing or damaged, or names no sound that is there.
    """
    listed = [entry for part in _parts(folder) for entry in _entries(part)]
    entries = [entry for entry in listed if entry.path.exists()]
    missing = [entry.path for entry in listed if not entry.path.exists()]
    skipped = [
        f"{printable(path.relative_to(folder).as_posix())}: does not exist" for path in missing
    ]
    return build(folder, entries, layout="nsynth", skipped=skipped)


def _parts(folder: Path) -> list[Path]:
    candidates = [folder, *folders_in(folder)]
    return [part for part in candidates if (part / _TABLE).is_file() and (part / "audio").is_dir()]


def _entries(part: Path) -> Iterator[Entry]:
    name = part.resolve().name
    split = next((split for key, split in _SPLITS if key in name), "")
    try:
        examples = json.loads((part / _TABLE).read_text("utf-8"))
        for note in sorted(examples):
            yield Entry(
                path=part / "audio" / f"{note}.wav",
                label=str(examples[note]["instrument_family_str"]),
                split=split,
                note=str(examples[note].get("instrument_str", "")),
            )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise AudioError(
            f"{printable(str(part / _TABLE))} cannot be read ({type(error).__name__}: {error}); "
            "allowed: the table of NSynth; get it anew, or name another --clip-layout"
        ) from error
