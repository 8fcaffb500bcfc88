"""A layer's taps at the waveform, with those of its untrained twins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnnviz.dsp.composite import Step, effective_kernel
from cnnviz.dsp.null import FEWEST_TAPS, count_taps
from cnnviz.errors import UnsupportedModelError
from cnnviz.filterbanks.axes import input_axes, waveform_chain
from cnnviz.filterbanks.reading import read_facts
from cnnviz.filterbanks.sources import Source, find_sources, select
from cnnviz.filterbanks.twins import choose
from cnnviz.filterbanks.waveform import Settings, read_twins
from cnnviz.hooks import borrowed
from cnnviz.model import AudioModel


@dataclass(frozen=True, kw_only=True, slots=True)
class WaveformLayer:
    """Filters at the waveform.

    Parameters
    ----------
    layer
        Dotted name of the convolution.
    sample_rate
        Of the taps, in Hz.
    taps
        (filter, tap); of several input channels their sum.
    twins
        The same of untrained banks, (filter, tap) each.
    null
        How the twins were drawn, for sentences.
    is_own
        Whether that is how this network's weights were drawn.
    """

    layer: str
    sample_rate: float
    taps: np.ndarray
    twins: tuple[np.ndarray, ...]
    null: str
    is_own: bool


def read_waveform_layer(
    model: AudioModel, layer: str | None, *, least_untrained: int, seed: int, init: str
) -> WaveformLayer:
    """Read a layer, or the first one, and draw its untrained twins.

    Parameters
    ----------
    model
        With finite weights.
    layer
        Name of a convolution; None: the first that is no front end.
    least_untrained
        Untrained filters to draw at least, where as many can be drawn.
    seed
        Of the draws.
    init
        File of the weights that training began with; empty: those that are kept, if any.

    Raises
    ------
    ModelLoadError
        If weights are not finite, there is no convolution, or `init` does not fit.
    LayerNotFoundError
        If the name is not that of a convolution.
    UnsupportedModelError
        If the layer cannot be brought to the waveform, or has fewer than ten taps there.
    """
    source, chain = _reached(model, layer)
    name = source.convolution.name
    if chain is None:
        raise UnsupportedModelError(
            f"layer {name!r} of model {model.name!r} cannot be brought to the waveform"
            f"{': ' if source.reason else ''}{source.reason}; allowed: convolutions with known "
            "steps from the waveform; see: cnnviz filters MODEL"
        )
    taps = _effective(chain, source)
    if count_taps(taps) < FEWEST_TAPS:
        raise UnsupportedModelError(
            f"layer {name!r} of model {model.name!r} has {count_taps(taps)} taps; allowed: "
            f"{FEWEST_TAPS} or more, since fewer fit any shape by chance"
        )
    settings = Settings(least_points=64, null_draws=least_untrained, seed=seed, init=init)
    axes = input_axes(model)
    with borrowed(model.network):  # factories and layers are called for untrained twins
        facts = read_facts(model, (source,), settings)
        twins = choose(facts.nulls, source)
        drawn = read_twins(twins, chain, axes, settings)
    return WaveformLayer(
        layer=name,
        sample_rate=axes.sample_rate,
        taps=taps,
        twins=drawn,
        null=twins.null.text,
        is_own=twins.null.is_own,
    )


def _reached(model: AudioModel, layer: str | None) -> tuple[Source, tuple[Step, ...] | None]:
    layers = () if layer is None else (layer,)
    source = select(find_sources(model, layers), layers)[0]
    return source, waveform_chain(source, input_axes(model))


def _effective(chain: tuple[Step, ...], source: Source) -> np.ndarray:
    taps: np.ndarray = effective_kernel(chain, source.n_input_channels).taps.sum(axis=1)
    return taps
