"""SampleCNN: kernels of three samples from the first layer to the last.

The published network pools 59,049 audio samples by three, nine times over; this one takes one
second at 16 kHz and has half the channels: a strided convolution, seven of kernel 3 each
followed by MaxPool 3, one of kernel 1, dropout 0.5 and one linear layer.

References
----------
Lee, Park, Kim and Nam, "Sample-level Deep Convolutional Neural Networks for Music Auto-tagging
Using Raw Waveforms" (2017).
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from ..recipe import Recipe
from ._chain import N_SAMPLES, initialised, spec

if TYPE_CHECKING:
    from torch import nn

__all__ = ["N_CLASSES", "TASK", "VARIANTS", "accepts", "build", "recipe", "spec"]

VARIANTS = ("sample_cnn",)
TASK = "12 keywords (Speech Commands)"
N_CLASSES = 12
_CHANNELS = (64, 64, 64, 128, 128, 128, 128)
_LAST_CHANNELS = 256


def accepts(name: str) -> bool:
    """Whether this is the network's name."""
    return name in VARIANTS


def build(name: str, n_classes: int) -> nn.Module:  # noqa: ARG001 (the family has one network)
    """Build the network for waveforms (clip, 1, 16000), giving logits (clip, class).

    Examples
    --------
    >>> import torch
    >>> build("sample_cnn", 12)(torch.zeros(2, 1, 16000)).shape
    torch.Size([2, 12])
    """
    from torch import nn

    layers = _block(1, 1, 64, stride=3)
    n_inputs, n_cells = 64, N_SAMPLES // 3
    for i, n_channels in enumerate(_CHANNELS, start=2):
        layers |= _block(i, n_inputs, n_channels)
        layers[f"pool{i}"] = nn.MaxPool1d(3)
        n_inputs, n_cells = n_channels, n_cells // 3
    layers |= _block(len(_CHANNELS) + 2, n_inputs, _LAST_CHANNELS, kernel=1)
    layers["flatten"] = nn.Flatten()
    layers["dropout"] = nn.Dropout(0.5)
    layers["linear"] = nn.Linear(_LAST_CHANNELS * n_cells, n_classes)
    return initialised(nn.Sequential(layers))


def recipe(name: str) -> Recipe:  # noqa: ARG001 (the family has one network)
    """How to train it on some thousand clips."""
    return Recipe(epochs=30)


def _block(
    i: int, n_inputs: int, n_channels: int, *, kernel: int = 3, stride: int = 1
) -> OrderedDict[str, nn.Module]:
    from torch import nn

    padding = kernel // 2 if stride == 1 else 0
    convolution = nn.Conv1d(n_inputs, n_channels, kernel, stride=stride, padding=padding)
    return OrderedDict(
        {f"conv{i}": convolution, f"norm{i}": nn.BatchNorm1d(n_channels), f"relu{i}": nn.ReLU()}
    )
