"""Weights of convolutions as a network uses them, by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from torch import nn

from cnnviz.dsp.composite import Affine, Kernel
from cnnviz.filterbanks.chains import is_time_first
from cnnviz.filterbanks.sources import Source
from cnnviz.model import AudioModel, WeightsOnly
from cnnviz.model.audio_model import named_tensors
from cnnviz.trace import weight_convolutions
from cnnviz.trace.runner import trace
from cnnviz.trace.weights import as_array


def read_kernels(
    network: nn.Module, model: AudioModel, sources: Sequence[Source]
) -> Mapping[str, np.ndarray]:
    """Read the weights that a network of the same architecture as a model's uses.

    Where a convolution of the model uses a parameter as it is, so does the other network;
    weights that a layer computes (sinc, weight normalisation) need a forward pass.

    Parameters
    ----------
    network
        Of the same architecture.
    model
        Whose convolutions `sources` are.
    sources
        The convolutions to read.

    Returns
    -------
    Mapping
        Weights by convolution, which may share the network's memory, float32 where that holds
        all digits.
    """
    if isinstance(network, WeightsOnly):
        found = {each.name: each.weight for each in weight_convolutions(network)}
        return {name: found[name] for name in _names(sources) if name in found}
    tensors = named_tensors(network)
    plain = {source.convolution.name: parameter_of(source, model) for source in sources}
    kernels = {
        name: as_array(tensors[key])
        for name, key in plain.items()
        if key is not None and key in tensors
    }
    computed = [name for name in plain if name not in kernels]
    if computed:
        traced = trace(replace(model, network=network), model.n_samples or model.sample_rate)
        found = {each.name: each.weight for each in traced.convolutions}
        kernels |= {name: found[name] for name in computed if name in found}
    return kernels


def parameter_of(source: Source, model: AudioModel) -> str | None:
    """Name of the parameter that a convolution uses as it is; None where it computes one."""
    key = f"{source.convolution.name.partition('#')[0]}.weight"
    tensor = model.tensors.get(key)
    weight = source.convolution.weight
    if tensor is None or tuple(tensor.shape) != weight.shape:
        return None
    return key if np.array_equal(as_array(tensor), weight) else None


def ancestry(source: Source) -> tuple[Source, ...]:
    """A source and all that its channels come from."""
    return (source,) if source.parent is None else (source, *ancestry(source.parent))


def lineage(source: Source) -> tuple[Source, ...]:
    """The convolutions that a reading of a source rests on, itself first."""
    return (source,) if source.chain is None else ancestry(source)


def with_kernels(source: Source, kernels: Mapping[str, np.ndarray]) -> Source:
    """The same layer with other weights all the way from the input, without normalisation.

    Before training, normalisation with running statistics is the identity.
    """
    swapped = {
        id(_owner(each.convolution.weight)): _as_read(each, kernels[each.convolution.name])
        for each in lineage(source)
    }
    convolution = replace(source.convolution, weight=kernels[source.convolution.name])
    untrained = replace(source, convolution=convolution, influence=None)
    if source.chain is None:
        return untrained
    chain = tuple(
        replace(step, taps=swapped[id(_owner(step.taps))], bias=None)
        if isinstance(step, Kernel) and id(_owner(step.taps)) in swapped
        else step
        for step in source.chain
        if not isinstance(step, Affine)
    )
    return replace(untrained, chain=chain)


def widened(kernels: Mapping[str, np.ndarray]) -> Mapping[str, np.ndarray]:
    """Weights of their own, float64."""
    return {name: kernel.astype(np.float64) for name, kernel in kernels.items()}


def narrowed(taps: np.ndarray) -> np.ndarray:
    """As float32 where nothing is lost."""
    narrow = taps.astype(np.float32)
    return narrow if np.array_equal(narrow, taps) else taps


def _owner(taps: np.ndarray) -> np.ndarray:
    """The array that holds the numbers, also of a kernel that was turned."""
    return taps.base if isinstance(taps.base, np.ndarray) else taps


def _as_read(source: Source, weight: np.ndarray) -> np.ndarray:
    return weight.swapaxes(2, 3) if is_time_first(source.convolution) else weight


def _names(sources: Sequence[Source]) -> tuple[str, ...]:
    return tuple(source.convolution.name for source in sources)
