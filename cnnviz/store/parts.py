"""Records of single clips that a computation leaves behind while it runs, one file each.

Killed, the same computation goes on from them; done, they are removed.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

from cnnviz.errors import CaptureFormatError
from cnnviz.provenance import Provenance, digest_text
from cnnviz.store.files import opened, try_together, written
from cnnviz.store.results import NOT_WHOLE, PARTS, read_record, write_record

_FORMAT = "cnnviz-part-1"
_PATIENCE = 5.0  # seconds: what ends before is sooner made anew


def parts_of(result: Path, provenance: Provenance, clips: Sequence[int]) -> "Parts":
    """Parts that lead to a result: of the same question, and by the same package versions.

    Parameters
    ----------
    result
        Its file.
    provenance
        What it will be made of.
    clips
        Positions in the run's clips.
    """
    made_by = digest_text(*provenance.versions)[:8]
    return Parts(result.with_name(f"{result.stem}-{made_by}{PARTS}"), clips)


@dataclass(slots=True)
class Parts:
    """Where the records of some clips lie.

    Parameters
    ----------
    folder
        Made when the first record is written; not before.
    clips
        Positions in the run's clips, for names that other choices of clips do not take.
    """

    folder: Path
    clips: Sequence[int]
    _begun: float | None = None
    _there: set[int] = field(default_factory=set)

    def read(self) -> dict[int, Any]:
        """Records that are there, by their place among the clips; damaged ones are not."""
        paths = {place: self.path(place) for place in range(len(self.clips))}
        there = {place: path for place, path in paths.items() if path.is_file()}
        try_together(list(there.values()), _FORMAT)
        found = {}
        for place, path in there.items():
            with suppress(CaptureFormatError, *NOT_WHOLE), opened(path, _FORMAT) as file:
                found[place] = read_record(file)
        self._there.update(found)
        return found

    def keep(self, records: dict[int, Any], *, at_once: bool = False) -> None:
        """Write the records that are not there yet, at once or when they are worth it."""
        if self._begun is None:
            self._begun = monotonic()
        if not at_once and monotonic() - self._begun < _PATIENCE:
            return
        for place in records.keys() - self._there:
            with written(self.path(place)) as file:
                file.attrs["cnnviz_format"] = _FORMAT
                write_record(file, records[place])
            self._there.add(place)

    def path(self, place: int) -> Path:
        """File of one clip."""
        return self.folder / f"{self.clips[place]:06d}.h5"
