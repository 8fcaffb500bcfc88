"""Clips: lazily decoded, resampled, cropped or padded audio with labels."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import soundfile
import soxr

from cnnviz.errors import AudioError
from cnnviz.provenance import digest_text


@dataclass(frozen=True, kw_only=True, slots=True)
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
        ``"train"``, ``"validation"``, ``"test"`` or ``""`` per clip.
    starts, stops
        Excerpt of the file in seconds, float64 (clip,); NaN stop means to the end.
    notes
        Remarks per clip, such as ``"synthetic"``.
    sample_rate
        Hz the clips are delivered at; None: that of the first file.
    n_samples
        Audio samples each clip is cropped or padded to; None: as long as it is.
    layout
        Name of the corpus layout that was read.
    skipped
        ``"path: reason"`` of files that cannot be used.
    """

    folder: Path
    paths: tuple[Path, ...]
    labels: np.ndarray
    class_names: tuple[str, ...] = ()
    splits: tuple[str, ...] = ()
    starts: np.ndarray
    stops: np.ndarray
    notes: tuple[str, ...] = ()
    sample_rate: int | None = None
    n_samples: int | None = None
    layout: str = ""
    skipped: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.paths)

    @property
    def names(self) -> tuple[str, ...]:
        """Paths relative to the folder, with forward slashes."""
        raise NotImplementedError

    @property
    def digest(self) -> str:
        """SHA-256 over names, excerpts, rate and length."""
        return digest_text(*self.names)

    def take(self, index: Sequence[int] | np.ndarray) -> "Clips":
        """The clips at these positions."""
        raise NotImplementedError

    def at(self, *, sample_rate: int, n_samples: int | None) -> "Clips":
        """The same clips delivered at another rate and length."""
        return replace(self, sample_rate=sample_rate, n_samples=n_samples)

    def waveform(self, index: int) -> np.ndarray:
        """Decode one clip: float32 (samples,), mono, full scale 1."""
        raise NotImplementedError

    def batches(self, size: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Stream (clip positions (b,), waveforms float32 (b, samples)); needs `n_samples`."""
        raise NotImplementedError
