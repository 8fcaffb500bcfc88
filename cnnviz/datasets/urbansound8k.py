"""UrbanSound8K: ``metadata/UrbanSound8K.csv`` and ``audio/fold1`` to ``audio/fold10``.

J. Salamon, C. Jacoby and J. P. Bello, "A Dataset and Taxonomy for Urban Sound Research",
2014. The ten folds are kept as splits, ``"fold1"`` to ``"fold10"``: they are made for
cross-validation, and which of them is for test is the user's choice. A slice is as long as
its row says (end - start), also where its file was filled up to four seconds. Its group is
the Freesound recording it was cut from.
"""

from pathlib import Path

from cnnviz.datasets._entries import Entry
from cnnviz.datasets._folds import FoldTable, Row


def _entry(sounds: Path, row: Row) -> Entry:
    fold = f"fold{int(row['fold'])}"
    return Entry(
        path=sounds / fold / row["slice_file_name"],
        label=row["class_name"],
        split=fold,
        stop=round(float(row["end"]) - float(row["start"]), 6),
        group=row["fsID"],
    )


_TABLE = FoldTable(
    layout="urbansound8k",
    title="UrbanSound8K",
    path=Path("metadata", "UrbanSound8K.csv"),
    label="class_name",
    number="classID",
    entry=_entry,
)
matches, read = _TABLE.matches, _TABLE.read
