"""What the layouts share: finding sound files, and entries to clips."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cnnviz.audio import Clips
from cnnviz.clips import printable
from cnnviz.errors import AudioError

_DECODED = ".wav .flac .ogg .oga .opus .mp3 .aif .aiff .aifc .au .snd .caf .w64 .rf64 .voc .sph"
_UNDECODABLE = ".m4a .aac .wma .mp4"  # listed so that people are told that they cannot be decoded
SUFFIXES = frozenset(f"{_DECODED} {_UNDECODABLE}".split())
N_PROBED = 20  # files looked at to recognise a layout


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One clip of a corpus before anything is decoded; times in seconds.

    `group` is its speaker or recording, where the corpus says it.
    """

    path: Path
    label: str | None = None
    split: str = ""
    start: float = 0.0
    stop: float = float("nan")
    note: str = ""
    group: str = ""


def build(
    folder: Path,
    entries: Sequence[Entry],
    *,
    layout: str,
    class_names: Sequence[str] | None = None,
    skipped: Sequence[str] = (),
    remarks: Sequence[str] = (),
) -> Clips:
    """Make clips from entries; class names in alphabetical order unless given.

    Raises
    ------
    AudioError
        If there is no entry.
    """
    if not entries:
        raise AudioError(
            f"{printable(str(folder))} holds no sounds of the layout {layout!r}; allowed: "
            "wav, flac, ogg, mp3, aiff and au files; check the path or name another --clip-layout"
        )
    labels = {entry.label for entry in entries if entry.label is not None}
    names = tuple(sorted(labels) if class_names is None else class_names)
    position = {name: i for i, name in enumerate(names)}
    return Clips(
        folder=folder,
        paths=tuple(entry.path for entry in entries),
        labels=np.array([-1 if e.label is None else position[e.label] for e in entries]),
        class_names=names,
        splits=tuple(entry.split for entry in entries),
        starts=np.array([entry.start for entry in entries]),
        stops=np.array([entry.stop for entry in entries]),
        notes=tuple(entry.note for entry in entries),
        groups=tuple(entry.group for entry in entries),
        layout=layout,
        skipped=tuple(skipped),
        remarks=tuple(remarks),
    )


def build_named(
    folder: Path, paths: Iterable[Path], to_entry: Callable[[Path], Entry | None], *, layout: str
) -> Clips:
    """Make clips of the files whose names say what they are, and a remark on how many do not.

    Raises
    ------
    AudioError
        If no file is named as in the data set.
    """
    found = [to_entry(path) for path in sorted(paths)]
    entries = [entry for entry in found if entry is not None]
    n_others = len(found) - len(entries)
    remarks = [f"files left out for their names: {n_others}"] if n_others else []
    return build(folder, entries, layout=layout, remarks=remarks)


def is_sound(path: Path) -> bool:
    """Whether the name is that of a sound file that is not hidden."""
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".")


def sounds_in(folder: Path) -> Iterator[Path]:
    """Sound files that lie directly in a folder, in the order of the disk."""
    with os.scandir(folder) as listing:
        for item in listing:
            path = folder / item.name
            if is_sound(path) and not _is_folder(item):
                yield path


def folders_in(folder: Path) -> list[Path]:
    """Folders that lie directly in a folder and are not hidden, in alphabetical order."""
    with os.scandir(folder) as listing:
        names = [
            item.name
            for item in listing
            if _is_folder(item) and not item.name.startswith((".", "__"))
        ]
    return [folder / name for name in sorted(names)]


def _is_folder(item: os.DirEntry[str]) -> bool:
    """Whether it is one, or a link to one; a link to itself is none."""
    try:
        return item.is_dir()
    except OSError:
        return False


def sounds_below(folder: Path) -> list[Path]:
    """Sound files at any depth in alphabetical order; links that lead in a circle end."""
    paths: list[Path] = []
    seen: set[Path] = set()
    waiting = [folder]
    while waiting:
        current = waiting.pop()
        resolved = current.resolve()
        if resolved not in seen:
            seen.add(resolved)
            paths += sounds_in(current)
            waiting += folders_in(current)
    return sorted(paths)
