"""What the index of a capture says about model and clips."""

from dataclasses import dataclass

import numpy as np

from cnnviz.clips import ClipTable
from cnnviz.grid import Grid
from cnnviz.provenance import Provenance
from cnnviz.results import LayerRow


@dataclass(frozen=True, kw_only=True, slots=True)
class CaptureHead:
    """Tables of a capture that are small.

    Parameters
    ----------
    sample_rate, n_samples
        Hz, and audio samples per clip.
    clips
        What is known of each clip.
    model_classes, output, frontend, n_parameters
        Of the model: class names of its scores, what its scores are, its frontend in words,
        and how many numbers it learned.
    covered
        First and one-past-last audio sample the network's output can see, or None.
    layers, grids
        Captured layer calls, and the axes of their maps.
    layer_rows
        All layer calls of the network.
    map_index, audio_index
        Clips whose full maps, and whose waveforms, are kept; int64, ascending.
    """

    sample_rate: int
    n_samples: int
    clips: ClipTable
    model_classes: tuple[str, ...]
    output: str
    frontend: str
    n_parameters: int
    covered: tuple[int, int] | None
    layers: tuple[str, ...]
    grids: tuple[Grid, ...]
    layer_rows: tuple[LayerRow, ...]
    map_index: np.ndarray
    audio_index: np.ndarray
    provenance: Provenance
