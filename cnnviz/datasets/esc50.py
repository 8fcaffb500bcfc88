"""ESC-50: ``meta/esc50.csv`` and ``audio/``; the five folds are kept as splits.

K. J. Piczak, "ESC: Dataset for Environmental Sound Classification", 2015. The folds,
``"fold1"`` to ``"fold5"``, are made for cross-validation: which of them is for test is the
user's choice. Clips of one Freesound recording lie in one fold; a clip's note names it.
"""

import csv
from collections.abc import Mapping
from pathlib import Path

from cnnviz.audio import Clips, printable
from cnnviz.datasets._entries import Entry, build
from cnnviz.errors import AudioError

_TABLE = Path("meta", "esc50.csv")


def matches(folder: Path) -> bool:
    """Whether the folder has the data set's table."""
    return (folder / _TABLE).is_file()


def read(folder: Path) -> Clips:
    """Read the clips in the order of the table, classes in the order of their numbers.

    Raises
    ------
    AudioError
        If the table is missing or damaged, or names no sound that is there.
    """
    table, entries, skipped = folder / _TABLE, [], []
    class_names: dict[str, int] = {}
    try:
        with table.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                class_names[row["category"]] = int(row["target"])
                entry = _entry(folder, row)
                if entry.path.exists():
                    entries.append(entry)
                else:
                    skipped.append(f"{printable(entry.path.name)}: does not exist")
    except (OSError, KeyError, ValueError, TypeError, csv.Error) as error:
        raise AudioError(
            f"{printable(str(table))} cannot be read ({type(error).__name__}: {error}); allowed: "
            "the table of ESC-50; get it anew, or name another --clip-layout"
        ) from error
    ordered = sorted(class_names, key=class_names.__getitem__)
    return build(folder, entries, layout="esc50", class_names=ordered, skipped=skipped)


def _entry(folder: Path, row: Mapping[str, str]) -> Entry:
    return Entry(
        path=folder / "audio" / row["filename"],
        label=row["category"],
        split=f"fold{int(row['fold'])}",
        note=f"freesound {row['src_file']}",
    )
