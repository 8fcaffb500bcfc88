"""The table of clips: the one form in which a run, its files, results and pages hold it."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from cnnviz.errors import ParameterError, ShapeError

TRAINING = "train"
"""Name of the split that a network was trained on."""
_TEXTS = ("splits", "groups", "notes")


@dataclass(frozen=True, kw_only=True, slots=True)
class ClipTable:
    """What is known of each clip, one row per clip; arrays are read-only.

    Parameters
    ----------
    names
        Path relative to the folder of the clips, with the excerpt if there is one.
    labels
        Class index, int64 (clip,); -1 where the label is not known.
    class_names
        Names that `labels` point into; may be empty.
    splits
        ``"train"``, ``"validation"``, ``"test"``, a fold such as ``"fold1"``, or ``""``.
    durations
        Seconds before cropping or padding, float64 (clip,); NaN where not known.
    groups
        Speaker or recording that a clip comes from, so that clips which are not independent
        can be told; ``""`` where the corpus does not say.
    notes
        Remarks, such as ``"synthetic"``.
    skipped
        ``"path: reason"`` of files that could not be used.
    digest
        SHA-256 over the clips as they are delivered; empty where nobody computed it.

    Examples
    --------
    >>> table = ClipTable(names=("a.wav", "b.wav"), labels=np.array([0, -1]), class_names=("hum",))
    >>> [table.class_of(clip) for clip in range(len(table))]
    ['hum', '']
    """

    names: tuple[str, ...]
    labels: np.ndarray
    class_names: tuple[str, ...] = ()
    splits: tuple[str, ...] = ()
    durations: np.ndarray = field(default_factory=lambda: np.empty(0))
    groups: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    digest: str = ""

    def __post_init__(self) -> None:
        for name in _TEXTS:
            if not getattr(self, name):
                object.__setattr__(self, name, ("",) * len(self.names))
        if not len(self.durations):
            object.__setattr__(self, "durations", np.full(len(self.names), np.nan))
        for name, kind in (("labels", np.int64), ("durations", np.float64)):
            values = np.array(getattr(self, name), dtype=kind)  # (clip,)
            values.setflags(write=False)
            object.__setattr__(self, name, values)
        for name in ("labels", "durations", *_TEXTS):
            shape = np.shape(getattr(self, name))
            if shape != (len(self.names),):
                raise ShapeError(
                    f"{name} has shape {shape} for {len(self.names)} clips; allowed: one value "
                    "per clip; give as many as there are names"
                )
        last = len(self.class_names) - 1 if self.class_names else np.inf
        invalid = self.labels[(self.labels < -1) | (self.labels > last)]
        if len(invalid):
            raise ParameterError(
                f"label {invalid[0]} with {len(self.class_names)} class names; allowed: an index "
                "into class_names, or -1 where it is not known; mend labels"
            )

    def __len__(self) -> int:
        return len(self.names)

    def class_of(self, clip: int) -> str:
        """Name of a clip's class; ``""`` without a label, the number where names are missing."""
        label = int(self.labels[clip])
        if label < 0:
            return ""
        return self.class_names[label] if self.class_names else f"class {label}"


def clip_name(path: Path, folder: Path, *, start: float = 0.0, stop: float = np.nan) -> str:
    """Path relative to a folder, and the excerpt in seconds as in a media fragment."""
    above = f"{folder.as_posix().rstrip('/')}/"
    name = printable(path.as_posix().removeprefix(above))
    if start == 0:
        return name
    return f"{name}#t={start:g}" + ("" if np.isnan(stop) else f",{stop:g}")


def printable(name: str) -> str:
    """Write a path so that it stays on one line and in UTF-8; the rest is escaped."""
    if name.isascii() and name.isprintable():
        return name
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
