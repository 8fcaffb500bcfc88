"""What is known of the axes of a network's input, and of the way to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.dsp.composite import Step
from cnnviz.filterbanks.chains import along_time
from cnnviz.filterbanks.sources import Source
from cnnviz.grid import UNKNOWN

if TYPE_CHECKING:
    from cnnviz.model import AudioModel

_MOST_WAVEFORM_CHANNELS = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class InputAxes:
    """Axes of the network's input.

    Parameters
    ----------
    sample_rate
        Hz, of the audio.
    jump
        Audio samples between cells along time: 1 for a waveform, the hop of a spectrogram; None
        when not known.
    bands_hz
        Centres of the frontend's bands (band,); empty for a waveform and for cepstra.
    """

    sample_rate: float
    jump: float | None
    bands_hz: np.ndarray

    @property
    def is_waveform(self) -> bool:
        """Whether the network eats audio samples."""
        return self.jump == 1

    @property
    def frame_rate(self) -> float | None:
        """Cells along time per second."""
        return None if self.jump is None else self.sample_rate / self.jump


def input_axes(model: AudioModel) -> InputAxes:
    """Read the axes off the model's frontend."""
    grid = model.frontend.grid(model.n_samples or model.sample_rate)
    field = grid.receptive_field
    return InputAxes(
        sample_rate=float(model.sample_rate),
        jump=None if field is None or field.status == UNKNOWN else field.jump,
        bands_hz=grid.frequencies,
    )


def axes_of(source: Source, axes: InputAxes) -> InputAxes:
    """Axes where the chain of a layer begins: the network's input, or a front end behind it."""
    if source.front_end is None:
        return axes
    return InputAxes(
        sample_rate=axes.sample_rate,
        jump=source.front_end.jump,
        bands_hz=source.front_end.bands_hz,
    )


def waveform_chain(source: Source, axes: InputAxes) -> tuple[Step, ...] | None:
    """The chain from the waveform to a layer along time; None where there is none."""
    axes = axes_of(source, axes)
    if source.chain is None or not axes.is_waveform:
        return None
    return along_time(source.chain) if source.n_input_channels <= _MOST_WAVEFORM_CHANNELS else None


def spectrogram_chain(source: Source, axes: InputAxes) -> tuple[Step, ...] | None:
    """The chain from a spectrogram to a layer; None where there is none."""
    return None if axes_of(source, axes).is_waveform else source.chain
