"""One folder per class; also a flat folder of sounds without labels, and a single file.

Folders that are all named like splits (train, validation, test) hold the class folders.
Lists such as ``test.txt`` beside the class folders give splits too.
"""

from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType

from cnnviz.audio import Clips
from cnnviz.datasets._entries import (
    Entry,
    build,
    folders_in,
    is_sound,
    sounds_below,
    sounds_in,
)
from cnnviz.datasets._lists import listed_splits

_SPLITS = MappingProxyType(
    {"train": "train", "training": "train"}
    | dict.fromkeys(("validation", "valid", "val", "dev"), "validation")
    | dict.fromkeys(("test", "testing", "eval", "evaluation"), "test")
)


def matches(folder: Path) -> bool:
    """Whether this is a sound file, or a folder with sounds in it or one level below."""
    if folder.is_file():
        return is_sound(folder)
    return any(True for candidate in (folder, *folders_in(folder)) for _ in sounds_in(candidate))


def read(folder: Path) -> Clips:
    """Read clips labelled by the folder they lie in.

    Raises
    ------
    AudioError
        If there is no sound.
    """
    if folder.is_file():
        return build(folder.parent, [Entry(path=folder)], layout="folders")
    children = folders_in(folder)
    names = {child.name.lower() for child in children}
    if names and names <= set(_SPLITS) and "train" in {_SPLITS[name] for name in names}:
        entries = [
            entry for child in children for entry in _entries(child, _SPLITS[child.name.lower()])
        ]
    else:
        entries = list(_entries(folder))
    splits = listed_splits(folder, [entry.path for entry in entries])
    if splits is None:
        return build(folder, entries, layout="folders")
    listed = [
        Entry(path=entry.path, label=entry.label, split=split)
        for entry, split in zip(entries, splits, strict=True)
    ]
    return build(folder, listed, layout="folders")


def _entries(folder: Path, split: str = "") -> Iterator[Entry]:
    """Sounds of the folder itself have no label; those below have that of the first level."""
    for path in sorted(sounds_in(folder)):
        yield Entry(path=path, split=split)
    for child in folders_in(folder):
        for path in sounds_below(child):
            yield Entry(path=path, label=child.name, split=split)
