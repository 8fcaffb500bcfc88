"""Weights that a training began with, from a file, in a copy of the network."""

from copy import deepcopy
from pathlib import Path

from torch import nn

from cnnviz.errors import ModelLoadError
from cnnviz.hooks import borrowed
from cnnviz.loaders._request import first_names
from cnnviz.loaders._weights import load_weights, read_tensors
from cnnviz.model import AudioModel, WeightsOnly

_NEXT = "save the weights before the first step: torch.save(model.state_dict(), FILE)"


def load(model: AudioModel, path: Path) -> nn.Module:
    """Fill a copy of a network, or weights alone, with a file; what `load_initial` gives."""
    if not path.is_file():
        raise ModelLoadError(f"init={path} does not exist; allowed: a file of tensors; {_NEXT}")
    if isinstance(model.network, WeightsOnly):
        return _weights_alone(model.network, path)
    with borrowed(model.network):
        copy = deepcopy(model.network)
    load_weights(copy, path, reference=model.reference or model.name)
    return copy


def _weights_alone(network: WeightsOnly, path: Path) -> WeightsOnly:
    tensors = read_tensors(path)
    other = [
        name
        for name, tensor in network.tensors.items()
        if name not in tensors or tensors[name].shape != tensor.shape
    ]
    if other:
        raise ModelLoadError(
            f"init={path} has no tensor of the same name and shape for {first_names(other, 3)}; "
            f"allowed: initial weights of the same network; {_NEXT}"
        )
    return WeightsOnly({name: tensors[name] for name in network.tensors}, network.hint)
