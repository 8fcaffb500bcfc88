"""UrbanSound8K: ``metadata/UrbanSound8K.csv`` and ``audio/fold1`` to ``audio/fold10``.

J. Salamon, C. Jacoby and J. P. Bello, "A Dataset and Taxonomy for Urban Sound Research",
2014. The ten folds are kept as splits, ``"fold1"`` to ``"fold10"``: they are made for
cross-validation, and which of them is for test is the user's choice. A slice is as long as
its row says (end - start), also where its file was filled up to four seconds.
"""

import csv
from collections.abc import Mapping
from pathlib import Path

from cnnviz.audio import Clips, printable
from cnnviz.datasets._entries import Entry, build
from cnnviz.errors import AudioError

_TABLE = Path("metadata", "UrbanSound8K.csv")


def matches(folder: Path) -> bool:
    """Whether the folder has the data set's table."""
    return (folder / _TABLE).is_file()


def read(folder: Path) -> Clips:
    """Read the slices of the folds that are there, in the order of the table.

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
                class_names[row["class_name"]] = int(row["classID"])
                entry = _entry(folder, row)
                if entry.path.exists():
                    entries.append(entry)
                elif entry.path.parent.is_dir():
                    skipped.append(f"{entry.split}/{printable(entry.path.name)}: does not exist")
    except (OSError, KeyError, ValueError, TypeError, csv.Error) as error:
        raise AudioError(
            f"{printable(str(table))} cannot be read ({type(error).__name__}: {error}); allowed: "
            "the table of UrbanSound8K; get it anew, or name another --clip-layout"
        ) from error
    ordered = sorted(class_names, key=class_names.__getitem__)
    return build(folder, entries, layout="urbansound8k", class_names=ordered, skipped=skipped)


def _entry(folder: Path, row: Mapping[str, str]) -> Entry:
    fold = f"fold{int(row['fold'])}"
    return Entry(
        path=folder / "audio" / fold / row["slice_file_name"],
        label=row["class_name"],
        split=fold,
        stop=round(float(row["end"]) - float(row["start"]), 6),
    )
