"""Clips and what the network says of them."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cnnviz.clips import ClipTable
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
    clips
        What is known of each clip.
    audio_index
        Clips whose audio can be played, (audio,); the capture holds it.
    findings
        Which clips a machine made, and how many files were skipped.
    """

    columns: ClassVar[tuple[str, ...]] = (
        *("clips.names", "clips.labels", "clips.splits", "clips.groups"),
        *("clips.notes", "clips.durations"),
    )
    clips: ClipTable
    sample_rate: int
    audio_index: np.ndarray
    findings: tuple[Finding, ...] = ()
    provenance: Provenance

    def __post_init__(self) -> None:
        freeze(self, audio_index=("audio",))


def is_synthetic(note: str) -> bool:
    """Whether a note says that a clip was made by a machine."""
    return _SYNTHETIC in note.lower()
