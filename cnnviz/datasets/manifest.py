"""A CSV with one clip per row: path, and if known label, split, start, stop, note, group.

The file is named itself, or is ``manifest.csv`` in the folder. Paths are relative to it;
start and stop are seconds of the file; group (or speaker) is what clips have in common that
makes them dependent.
"""

import csv
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from cnnviz.audio import Clips
from cnnviz.clips import printable
from cnnviz.datasets._entries import Entry, build
from cnnviz.errors import AudioError

COLUMNS = ("path", "label", "split", "start", "stop", "note", "group", "speaker")
_FILE = "manifest.csv"


def matches(folder: Path) -> bool:
    """Whether this is a CSV file, or a folder with a ``manifest.csv``."""
    return (folder / _FILE).is_file() or (folder.is_file() and folder.suffix.lower() == ".csv")


def read(folder: Path) -> Clips:
    """Read the clips of a manifest in its order.

    Raises
    ------
    AudioError
        If the file is no such CSV, or names no clips.
    """
    table = folder if folder.is_file() else folder / _FILE
    entries, skipped = [], []
    found: dict[str, Path | None] = {}  # excerpts share files
    for number, row in enumerate(_rows(table), start=2):
        name = row["path"]
        if name not in found:
            path = table.parent / name
            found[name] = path if path.exists() else None
        existing = found[name]
        if existing is None:
            skipped.append(f"{printable(name)}: does not exist (row {number})")
        else:
            entries.append(_entry(row, existing, table=table, number=number))
    if skipped and not entries:
        raise AudioError(
            f"{printable(str(table))} names {len(skipped)} files and none exists "
            f"({skipped[0]}); allowed: paths relative to the CSV; mend the column 'path'"
        )
    return build(table.parent, entries, layout="manifest", skipped=skipped)


def _rows(table: Path) -> Iterator[dict[str, str]]:
    try:
        with table.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, restval="")
            _check_columns(table, [str(name) for name in reader.fieldnames or ()])
            yield from reader
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise AudioError(
            f"{printable(str(table))} cannot be read as a CSV ({error}); allowed: UTF-8 text "
            "with commas; write it anew"
        ) from error


def _check_columns(table: Path, columns: Sequence[str]) -> None:
    unknown = [name for name in columns if name not in COLUMNS]
    if "path" not in columns or unknown:
        raise AudioError(
            f"{printable(str(table))} has the columns {printable(', '.join(columns)) or 'none'}; "
            f"allowed: path, and if known {', '.join(COLUMNS[1:])}; rename or remove columns"
        )


def _entry(row: Mapping[str, str], path: Path, *, table: Path, number: int) -> Entry:
    try:
        start, stop = (_seconds(row.get(name) or default, name) for name, default in _TIMES)
    except ValueError as error:
        raise AudioError(
            f"{printable(str(table))} row {number}: {error}; allowed: seconds in the columns "
            "start and stop; mend the row"
        ) from error
    return Entry(
        path=path,
        label=row.get("label") or None,
        split=row.get("split") or "",
        start=start,
        stop=stop,
        note=row.get("note") or "",
        group=row.get("group") or row.get("speaker") or "",
    )


def _seconds(text: str, name: str) -> float:
    """A time; NaN, which is no start, stands for the end of the file."""
    seconds = float(text)
    if not (0 <= seconds <= _MOST_SECONDS or (name == "stop" and math.isnan(seconds))):
        raise ValueError(f"{name}={text[:100]!r} is no time in a file")
    return seconds


_MOST_SECONDS = 1e9
_TIMES = (("start", "0"), ("stop", "nan"))
