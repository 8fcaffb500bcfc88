"""What training moved: filters beside the weights that it began with, where these are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np

from cnnviz.dsp.composite import effective_kernel
from cnnviz.dsp.drift import compare_spectra, cosines, moved_share, norm_changes
from cnnviz.errors import ModelLoadError
from cnnviz.filterbanks.axes import InputAxes, waveform_chain
from cnnviz.filterbanks.kernels import lineage, read_kernels, widened, with_kernels
from cnnviz.filterbanks.layer import Layer, read_layer
from cnnviz.filterbanks.sources import Source
from cnnviz.loaders import load_initial
from cnnviz.model import AudioModel, check_finite
from cnnviz.results import Bank, FilterDrift, Responses


@dataclass(frozen=True, kw_only=True, slots=True)
class Drift:
    """Cosine to the initial taps and change of their norm, as columns of `FilterTable`."""

    drift_cosine: np.ndarray
    norm_change: np.ndarray


def read_initial(
    model: AudioModel, sources: Sequence[Source], init: str
) -> Mapping[str, np.ndarray]:
    """Weights that training began with, by convolution; empty where they are not known.

    Parameters
    ----------
    model
        Whose own initial weights count where no file is given.
    sources
        The convolutions to read.
    init
        A file of tensors, or empty.

    Raises
    ------
    ModelLoadError
        If the file does not fit the network, or holds NaN.
    """
    if not init:
        began = None if model.initial is None else model.initial()
        return {} if began is None else widened(read_kernels(began, model, sources))
    network = load_initial(model, init)
    check_finite(network, name=init)
    kernels = widened(read_kernels(network, model, sources))
    if not kernels:
        raise ModelLoadError(f"init={init} holds no convolution of {model.name}")
    return kernels


def measure_drift(
    layer: Layer, parent: Bank | None, initial: Mapping[str, np.ndarray], axes: InputAxes
) -> Drift | None:
    """Hold a layer's own taps against their initial ones; None where those are not known."""
    convolution = layer.source.convolution
    before = initial.get(convolution.name)
    if before is None or before.shape != convolution.weight.shape:
        return None
    bare = Source(convolution=convolution, chain=None, parent=None, origin=convolution)
    taps = read_layer(with_kernels(bare, initial), parent, axes).taps
    return Drift(
        drift_cosine=cosines(layer.taps, taps),
        norm_change=norm_changes(layer.taps, taps),
    )


def measure_spectral_drift(
    layer: Layer,
    responses: Responses | None,
    own: Drift | None,
    initial: Mapping[str, np.ndarray],
    axes: InputAxes,
) -> FilterDrift | None:
    """Hold a layer's responses at the waveform against those that training began with.

    Parameters
    ----------
    layer
        As it is now.
    responses
        Its responses; None: it has none, and no such drift.
    own
        Drift of its own taps.
    initial
        Weights that training began with, by convolution.
    axes
        Of the network's input.
    """
    if responses is None or own is None or not _all_fit(layer.source, initial):
        return None
    before = with_kernels(layer.source, initial)
    chain = waveform_chain(before, axes)
    if chain is None:
        return None
    taps = effective_kernel(chain, before.n_input_channels).taps.sum(axis=1)  # (filter, tap)
    if taps.shape != responses.kernels.taps.shape:
        return None
    found = compare_spectra(responses.kernels.taps, taps, axes.sample_rate)
    columns = {field.name: getattr(found, field.name) for field in fields(found)}
    return FilterDrift(
        **columns,
        norm_ratio=1 + own.norm_change,
        moved_share=moved_share(found.centre_change_erbs[~layer.dead]),
    )


def _all_fit(source: Source, initial: Mapping[str, np.ndarray]) -> bool:
    """Whether initial weights of all convolutions on the way are known."""
    layers = [one.convolution for one in lineage(source)]
    return all(
        one.name in initial and initial[one.name].shape == one.weight.shape for one in layers
    )
