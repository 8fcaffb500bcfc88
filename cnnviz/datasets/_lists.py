"""Splits from the text files that lie beside the clips of a corpus."""

from collections.abc import Sequence
from pathlib import Path

from cnnviz.clips import printable
from cnnviz.errors import AudioError

_FILES = (
    ("train.txt", "train"),
    ("validation.txt", "validation"),
    ("test.txt", "test"),
    ("validation_list.txt", "validation"),
    ("testing_list.txt", "test"),
)


def listed_splits(folder: Path, paths: Sequence[Path]) -> tuple[str, ...] | None:
    """Split of each file by the lists of a folder; None when no list names any of them.

    A list holds one path relative to the folder per line. With ``train.txt`` a file that no
    list names has no split (``""``); without it the file is for training.
    """
    split_of: dict[str, str] = {}
    for name, split in _FILES:
        if (folder / name).is_file():
            split_of |= dict.fromkeys(_lines(folder / name), split)
    default_split = "" if "train" in split_of.values() else "train"
    names = [path.relative_to(folder).as_posix() for path in paths]
    if not any(name in split_of for name in names):
        return None
    return tuple(split_of.get(name, default_split) for name in names)


def has_lists(folder: Path) -> bool:
    """Whether a list of a split lies in a folder."""
    return any((folder / name).is_file() for name, _ in _FILES)


def _lines(path: Path) -> list[str]:
    try:
        return [line.strip() for line in path.read_text("utf-8-sig").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise AudioError(
            f"{printable(str(path))} cannot be read ({error}); allowed: UTF-8 text, one path "
            "per line; write it anew or remove it"
        ) from error
