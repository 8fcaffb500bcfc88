"""Clips: lazily decoded, resampled, cropped or padded audio with labels."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

import numpy as np

from cnnviz._decoding import examine, read_duration, read_waveform, seconds_or_fault
from cnnviz.clips import ClipTable, clip_name, printable
from cnnviz.errors import AudioError, ParameterError

ALIGNMENTS = ("start", "centre")
Progress = Callable[[int, int], None]
_MOST_BAD = 0.1  # share of unusable files that stops a run
_PER_CLIP = ("labels", "starts", "stops", "durations")
_TEXTS = ("splits", "notes", "groups")


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class Clips:
    """Labelled excerpts of audio, decoded when asked for.

    Parameters
    ----------
    folder
        Where the clips were found; names are relative to it.
    paths
        One sound file per clip.
    labels
        Class index per clip, int64 (clip,); -1 where the label is not known.
    class_names
        Names that `labels` point into.
    splits
        ``"train"``, ``"validation"``, ``"test"``, a fold such as ``"fold1"``, or ``""``
        per clip.
    starts, stops
        Excerpt of the file in seconds, float64 (clip,); NaN stop means to the end.
    notes
        Remarks per clip, such as ``"synthetic"``.
    groups
        Speaker or recording of each clip, or ``""``, as in `ClipTable`.
    sample_rate
        Hz the clips are delivered at; None: that of their file.
    n_samples
        Audio samples each clip is cropped or padded to; None: as long as it is.
    align
        What stays when a clip is cropped or padded: its ``"start"`` (zeros are appended, so
        that times are those of the file) or its ``"centre"``.
    layout
        Name of the corpus layout that was read.
    skipped
        ``"path: reason"`` of files that cannot be used.
    remarks
        What the reader of the layout has to say, in sentences for people.
    n_corpus
        Clips that these were chosen from, as of a split; 0: these are all.
    durations
        Seconds of each excerpt, float64 (clip,); NaN until a header or the file was read.
    """

    folder: Path
    paths: tuple[Path, ...]
    labels: np.ndarray
    class_names: tuple[str, ...] = ()
    splits: tuple[str, ...] = ()
    starts: np.ndarray
    stops: np.ndarray
    notes: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    sample_rate: int | None = None
    n_samples: int | None = None
    align: str = "start"
    layout: str = ""
    skipped: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    n_corpus: int = 0
    durations: np.ndarray = field(default_factory=lambda: np.empty(0))

    def __post_init__(self) -> None:
        for name in ("sample_rate", "n_samples"):
            value = getattr(self, name)
            if value is not None and value <= 0:
                raise ParameterError(f"{name}={value!r}; allowed: a positive whole number")
        if self.align not in ALIGNMENTS:
            raise ParameterError(f"align={self.align!r}; allowed: {', '.join(ALIGNMENTS)}")
        for name in _TEXTS:
            if not getattr(self, name):
                object.__setattr__(self, name, ("",) * len(self.paths))
        if not len(self.durations):
            object.__setattr__(self, "durations", np.full(len(self.paths), np.nan))
        for name in _PER_CLIP:
            kind = np.int64 if name == "labels" else np.float64
            values = np.array(getattr(self, name), dtype=kind)  # (clip,)
            values.setflags(write=False)
            object.__setattr__(self, name, values)
        lengths = {len(getattr(self, name)) for name in (*_PER_CLIP, *_TEXTS)}
        assert lengths == {len(self.paths)}, "one value per clip"

    def __len__(self) -> int:
        return len(self.paths)

    @property
    def names(self) -> tuple[str, ...]:
        """Paths relative to the folder, with forward slashes, and the excerpt if there is one.

        Line breaks and bytes that are no UTF-8 are escaped, so that any file can hold a name.
        """
        return tuple(
            clip_name(path, self.folder, start=start, stop=stop)
            for path, start, stop in zip(self.paths, self.starts, self.stops, strict=True)
        )

    @property
    def digest(self) -> str:
        """SHA-256 over names, excerpts, labels, rate and length."""
        hashed = hashlib.sha256()
        settings = f"{self.sample_rate}|{self.n_samples}|{self.align}"
        for text in (*self.names, *self.class_names, settings):
            hashed.update(text.encode() + b"\0")
        for values in (self.labels, self.starts, self.stops):
            hashed.update(values.tobytes())
        return hashed.hexdigest()

    @property
    def table(self) -> ClipTable:
        """What is known of each clip, without the sound."""
        return ClipTable(
            names=self.names,
            labels=self.labels,
            class_names=self.class_names,
            splits=self.splits,
            durations=self.durations,
            groups=self.groups,
            notes=self.notes,
            skipped=self.skipped,
            digest=self.digest,
        )

    def take(self, index: Sequence[int] | np.ndarray) -> Self:
        """The clips at these positions, in this order; a boolean mask will do."""
        positions = np.arange(len(self))[np.asarray(index, dtype=None if len(index) else np.int64)]
        return replace(
            self,
            paths=tuple(self.paths[i] for i in positions),
            splits=tuple(self.splits[i] for i in positions),
            notes=tuple(self.notes[i] for i in positions),
            groups=tuple(self.groups[i] for i in positions),
            labels=self.labels[positions],
            starts=self.starts[positions],
            stops=self.stops[positions],
            durations=self.durations[positions],
        )

    def at(self, *, sample_rate: int, n_samples: int | None) -> Self:
        """The same clips delivered at another rate in Hz and another length."""
        return replace(self, sample_rate=sample_rate, n_samples=n_samples)

    def waveform(self, index: int) -> np.ndarray:
        """Decode one clip: float32 (samples,), mono, full scale 1.

        Raises
        ------
        AudioError
            If the file cannot be decoded; the text gives path and reason.
        """
        try:
            return read_waveform(
                self.paths[index],
                start=float(self.starts[index]),
                stop=float(self.stops[index]),
                sample_rate=self.sample_rate,
                n_samples=self.n_samples,
                align=self.align,
            )
        except AudioError as error:
            raise AudioError(
                f"{clip_name(self.paths[index], self.folder)} cannot be decoded ({error}); "
                "replace or remove it"
            ) from error

    def batches(self, size: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Stream (clip positions (b,), waveforms float32 (b, samples)); needs `n_samples`.

        Raises
        ------
        ParameterError
            If the clips have no common length or rate yet.
        """
        if self.n_samples is None or self.sample_rate is None:
            raise ParameterError(
                f"sample_rate={self.sample_rate}, n_samples={self.n_samples}; batches need both; "
                "choose them with: clips.at(sample_rate=..., n_samples=...)"
            )
        if size < 1:
            raise ParameterError(f"size={size}; allowed: 1 or more clips in a batch")
        for first in range(0, len(self), size):
            index = np.arange(first, min(first + size, len(self)))
            yield index, np.stack([self.waveform(int(i)) for i in index])  # (clip, sample)

    def longest(self, sample_rate: int) -> int:
        """Audio samples of the longest clip at a rate in Hz; at least 1."""
        seconds = float(np.max(_measured(self), initial=0.0))
        return max(1, int(np.ceil(round(seconds * sample_rate, 6))))

    def screened(self, *, progress: Progress | None = None) -> Self:
        """Decode every file once and leave out the clips that cannot be used.

        Positions are stable from then on. `progress` is called with (clips done, in all).

        Raises
        ------
        AudioError
            If more than a tenth of the files is unusable, or nothing is left.
        """
        usable, skipped, durations = [], list(self.skipped), self.durations.copy()
        examined: dict[Path, float | str] = {}  # seconds, or what is wrong; excerpts share files
        for i, path in enumerate(self.paths):
            if path not in examined:
                examined[path] = examine(path)
            seconds = seconds_or_fault(examined[path], float(self.starts[i]), float(self.stops[i]))
            if isinstance(seconds, str):
                skipped.append(f"{clip_name(path, self.folder)}: {seconds}")
            else:
                usable.append(i)
                durations[i] = seconds
            if progress is not None:
                progress(i + 1, len(self))
        skipped = list(dict.fromkeys(skipped))
        refuse_if_mostly_bad(skipped, len(usable), self.folder)
        return replace(self, skipped=tuple(skipped), durations=durations).take(usable)

    def __repr__(self) -> str:
        return f"<Clips: {self.describe()}>"

    def describe(self) -> str:
        """One line: clips, classes, range of durations, rate, layout, what was skipped."""
        seconds = _measured(self)
        parts = [_count(len(self), "clip", "clips")]
        if self.class_names:
            parts.append(_count(len(self.class_names), "class", "classes"))
        if len(seconds):
            shortest, longest = (f"{value:.2f}" for value in (seconds.min(), seconds.max()))
            parts.append(f"{shortest} s" if shortest == longest else f"{shortest}-{longest} s")
        if self.sample_rate:
            parts.append(f"{self.sample_rate / 1000:g} kHz")
        remarks = [f"layout: {self.layout}", *self.remarks]
        if self.skipped:
            remarks.append(f"{len(self.skipped)} skipped")
        return f"{', '.join(parts)} ({'; '.join(remarks)})"


def refuse_if_mostly_bad(skipped: Sequence[str], n_good: int, folder: Path) -> None:
    """Stop when more than a tenth of the files, or all, cannot be used.

    Raises
    ------
    AudioError
        With the first few of the files and their reasons.
    """
    n_files = len(skipped) + n_good
    if not skipped or (n_good and len(skipped) <= _MOST_BAD * n_files):
        return
    first = "; ".join(skipped[:3]) + ("; ..." if len(skipped) > 3 else "")
    raise AudioError(
        f"{len(skipped)} of {n_files} files in {printable(str(folder))} cannot be used "
        f"({first}); allowed: at most one in ten; mend or remove them"
    )


def relabelled(clips: Clips, class_names: Sequence[str]) -> Clips:
    """Number the labels as another list of class names does, such as that of a model.

    A class that the list lacks becomes its ``_unknown_`` when it has one, else -1.
    """
    position = {name: i for i, name in enumerate(class_names)}
    other = position.get("_unknown_", -1)
    table = np.array([*(position.get(name, other) for name in clips.class_names), -1])
    return replace(clips, labels=table[clips.labels], class_names=tuple(class_names))


def _measured(clips: Clips) -> np.ndarray:
    """Seconds of each clip, from headers where nothing was decoded yet, (known clips,)."""
    unknown = np.isnan(clips.durations)
    opened = {
        path: np.nan for path, is_unknown in zip(clips.paths, unknown, strict=True) if is_unknown
    }
    opened = {path: read_duration(path) for path in opened}  # excerpts share files
    files = np.array([opened.get(path, np.nan) for path in clips.paths])
    excerpts = np.maximum(np.fmin(files, clips.stops) - clips.starts, 0.0)
    seconds = np.where(unknown, np.where(np.isnan(files), np.nan, excerpts), clips.durations)
    return seconds[~np.isnan(seconds)]


def _count(n: int, singular: str, plural: str) -> str:
    return f"{n:,} {singular if n == 1 else plural}"
