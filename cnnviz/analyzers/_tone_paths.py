"""The path that a tone takes from the waveform to a layer, and its describing functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cnnviz.dsp.composite import Step
from cnnviz.dsp.composite_policies import unknown_functions
from cnnviz.dsp.describing import describing_levels
from cnnviz.errors import CnnvizError
from cnnviz.filterbanks.axes import input_axes, waveform_chain
from cnnviz.filterbanks.sources import Source, find_sources
from cnnviz.model import AudioModel
from cnnviz.probing import UnitLayer


@dataclass(frozen=True, kw_only=True, slots=True)
class TonePath:
    """Steps from `n_channels` of the waveform, sampled at `sample_rate`, to a layer."""

    chain: tuple[Step, ...]
    n_channels: int
    sample_rate: float

    @property
    def unknown(self) -> tuple[str, ...]:
        """Functions on the way whose effect on a tone is not known by name."""
        return unknown_functions(self.chain)

    def describing(
        self, layer: UnitLayer, frequencies: np.ndarray, amplitude: float
    ) -> np.ndarray | None:
        """Rise of each unit for tones, (unit, frequency); None where a function is unknown."""
        if self.unknown:
            return None
        return describing_levels(
            self.chain,
            layer.followers,
            self.n_channels,
            frequencies,
            sample_rate=self.sample_rate,
            amplitude=amplitude,
        )


def sources_by_layer(model: AudioModel) -> Mapping[str, Source]:
    """Convolutions that can be read, by name."""
    try:
        return {source.convolution.name: source for source in find_sources(model)}
    except CnnvizError:  # no convolution that can be read
        return {}


def tone_path(model: AudioModel, source: Source | None) -> TonePath | str:
    """The single chain from the waveform to a layer, or why there is none."""
    axes = input_axes(model)
    chain = None if source is None else waveform_chain(source, axes)
    if source is None or chain is None or source.front_end is not None:
        reason = source.reason if source is not None else "it is no convolution"
        return reason or "its path does not begin at the waveform"
    return TonePath(
        chain=chain, n_channels=source.n_input_channels, sample_rate=float(axes.sample_rate)
    )
