"""Clips and what the network says of them."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cnnviz.provenance import Provenance
from cnnviz.results._freeze import freeze
from cnnviz.results.finding import Finding
from cnnviz.results.result import Result

_SYNTHETIC = "synthetic"


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class ClipGallery(Result):
    """The clips of a run, and the audio of some of them to play.

    Parameters
    ----------
    names, labels, splits, notes
        (clip,): path relative to the folder; class index or -1; split or ""; remarks such
        as ``"synthetic"``.
    class_names
        Names that `labels` point into.
    durations
        Seconds (clip,) before cropping or padding.
    audio_index
        Clips whose audio is kept, (audio,).
    waveforms
        float32 (audio, samples), full scale 1.
    skipped
        ``"path: reason"`` of each file that could not be used.
    findings
        Which clips a machine made, and how many files were skipped.
    """

    columns: ClassVar[tuple[str, ...]] = ("names", "labels", "splits", "notes", "durations")
    names: tuple[str, ...]
    labels: np.ndarray
    class_names: tuple[str, ...]
    splits: tuple[str, ...]
    notes: tuple[str, ...]
    durations: np.ndarray
    sample_rate: int
    audio_index: np.ndarray
    waveforms: np.ndarray
    skipped: tuple[str, ...]
    findings: tuple[Finding, ...] = ()
    provenance: Provenance

    def __post_init__(self) -> None:
        columns = ("names", "labels", "splits", "notes", "durations")
        axes: dict[str, tuple[object, ...]] = dict.fromkeys(columns, ("clip",))
        freeze(self, **axes, audio_index=("audio",), waveforms=("audio", "samples"))


def is_synthetic(note: str) -> bool:
    """Whether a note says that a clip was made by a machine."""
    return _SYNTHETIC in note.lower()
