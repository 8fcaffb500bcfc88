"""The sound of a capture, held in memory: all that a page reads from it."""

from dataclasses import dataclass, field

import numpy as np

from cnnviz.provenance import Provenance
from cnnviz.results import Result
from cnnviz.run import Run


@dataclass(frozen=True, kw_only=True)
class KeptSound:
    """Waveforms (audio, samples) of the clips in `audio_index`."""

    sound: np.ndarray
    audio_index: np.ndarray
    sample_rate: int
    provenance: Provenance = field(default_factory=Provenance)

    def waveforms(self, index):
        places = [self.audio_index.tolist().index(clip) for clip in index]
        return self.sound[places]


def run_with(sound: np.ndarray, results: tuple[Result, ...], *, sample_rate: int) -> Run:
    """A run whose capture keeps the sound of the first clips."""
    index = np.arange(len(sound))
    capture = KeptSound(sound=sound, audio_index=index, sample_rate=sample_rate)
    return Run(capture=capture, results=results)
