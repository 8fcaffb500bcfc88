"""What was recorded, as plain values: the face of a capture that analyzers of clips read."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from cnnviz.clips import ClipTable
from cnnviz.provenance import Provenance


@dataclass(frozen=True, kw_only=True)
class RecordedClips:
    """A capture held in memory."""

    logits: np.ndarray
    labels: np.ndarray
    class_names: tuple[str, ...] = ()
    model_classes: tuple[str, ...] = ()
    splits: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    activations: dict[tuple[str, str], np.ndarray] = field(default_factory=dict)
    audio: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    audio_index: np.ndarray = field(default_factory=lambda: np.zeros(0, int))
    sample_rate: int = 8000
    provenance: Provenance = field(
        default_factory=lambda: Provenance(created="2026-01-01T00:00:00Z", model_name="tiny")
    )

    @property
    def n_clips(self):
        return len(self.logits)

    @property
    def n_corpus(self):
        return self.n_clips

    @property
    def clips(self):
        return ClipTable(
            names=tuple(f"{i}.wav" for i in range(self.n_clips)),
            labels=self.labels,
            class_names=self.class_names,
            splits=self.splits,
            groups=self.groups,
        )

    @property
    def map_layers(self):
        return self.layers

    def pooled(self, layer, how):
        return self.activations[layer, how]

    def waveforms(self, index):
        places = [list(self.audio_index).index(clip) for clip in index]
        return self.audio[places]


@pytest.fixture
def recorded():
    return RecordedClips
