"""ESC-50: ``meta/esc50.csv`` and ``audio/``; the five folds are kept as splits.

K. J. Piczak, "ESC: Dataset for Environmental Sound Classification", 2015. The folds,
``"fold1"`` to ``"fold5"``, are made for cross-validation: which of them is for test is the
user's choice. Clips of one Freesound recording lie in one fold; a clip's group is its number there.
"""

from pathlib import Path

from cnnviz.datasets._entries import Entry
from cnnviz.datasets._folds import FoldTable, Row


def _entry(sounds: Path, row: Row) -> Entry:
    return Entry(
        path=sounds / row["filename"],
        label=row["category"],
        split=f"fold{int(row['fold'])}",
        note=f"freesound {row['src_file']}",
        group=row["src_file"],
    )


_TABLE = FoldTable(
    layout="esc50",
    title="ESC-50",
    path=Path("meta", "esc50.csv"),
    label="category",
    number="target",
    entry=_entry,
)
matches, read = _TABLE.matches, _TABLE.read
