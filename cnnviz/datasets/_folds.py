"""Corpora of folds whose clips stand in one table: a row per clip, with its class and fold."""

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cnnviz.audio import Clips
from cnnviz.clips import printable
from cnnviz.datasets._entries import Entry, build
from cnnviz.errors import AudioError

Row = Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class FoldTable:
    """Where the table of a corpus is and how to read it.

    Parameters
    ----------
    layout
        Name of the layout, for `Clips`.
    title
        Name of the corpus, for people.
    path
        Of the table, in the folder of the corpus; the sounds are in ``audio``.
    label, number
        Columns of the class and of its number, which orders the classes.
    entry
        Clip of a row, given the folder of the sounds.
    """

    layout: str
    title: str
    path: Path
    label: str
    number: str
    entry: Callable[[Path, Row], Entry]

    def matches(self, folder: Path) -> bool:
        """Whether the folder has the table."""
        return (folder / self.path).is_file()

    def read(self, folder: Path) -> Clips:
        """Read the clips in the order of the table; folders that are not there are left out.

        Raises
        ------
        AudioError
            If the table is missing or damaged, or names no sound that is there.
        """
        sounds, entries, skipped = folder / "audio", [], []
        class_names: dict[str, int] = {}
        try:
            with (folder / self.path).open(encoding="utf-8-sig", newline="") as file:
                for row in csv.DictReader(file):
                    class_names[row[self.label]] = int(row[self.number])
                    entry = self.entry(sounds, row)
                    if entry.path.exists():
                        entries.append(entry)
                    elif entry.path.parent.is_dir():
                        name = entry.path.relative_to(sounds).as_posix()
                        skipped.append(f"{printable(name)}: does not exist")
        except (OSError, KeyError, ValueError, TypeError, csv.Error) as error:
            raise AudioError(
                f"{printable(str(folder / self.path))} cannot be read ({type(error).__name__}: "
                f"{error}); allowed: the table of {self.title}; get it anew, or name another "
                "--clip-layout"
            ) from error
        ordered = sorted(class_names, key=class_names.__getitem__)
        return build(folder, entries, layout=self.layout, class_names=ordered, skipped=skipped)
