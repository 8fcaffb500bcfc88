"""What is known about the axes a filter's taps run along."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.grid import UNKNOWN

if TYPE_CHECKING:
    from cnnviz.model import AudioModel

MOST_WAVEFORM_CHANNELS = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class InputAxes:
    """Axes of the network's input.

    Parameters
    ----------
    sample_rate
        Hz, of the audio.
    jump
        Audio samples between cells along time: 1 for a waveform, the hop of a spectrogram.
    bands_hz
        Centres of the frontend's bands (band,); empty for a waveform and for cepstra.
    """

    sample_rate: float
    jump: float
    bands_hz: np.ndarray

    @property
    def is_waveform(self) -> bool:
        """Whether the network eats audio samples."""
        return self.jump == 1


def input_axes(model: AudioModel) -> InputAxes:
    """Read the axes off the model's frontend."""
    grid = model.frontend.grid(model.n_samples or model.sample_rate)
    field = grid.receptive_field
    known = field is not None and field.status != UNKNOWN
    return InputAxes(
        sample_rate=float(model.sample_rate),
        jump=field.jump if known and field is not None else float("nan"),
        bands_hz=grid.frequencies,
    )
