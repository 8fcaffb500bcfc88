"""M5: a short chain whose first kernels span ten milliseconds, as a filter bank would.

One convolution of 80 taps, then three of 3 taps; batch normalisation, ReLU and MaxPool 4 after
each, an average over time, one linear layer. ``m5`` is the published network for four seconds of
urban sounds at 8 kHz; ``m5_ch32`` is a small one for one second of speech at 8 kHz.

References
----------
Dai, Dai, Qu, Li and Das, "Very Deep Convolutional Neural Networks for Raw Waveforms" (2017).
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from ..recipe import Augmentation, Recipe

if TYPE_CHECKING:
    from torch import nn

    from cnnviz.model import ModelSpec

VARIANTS = ("m5", "m5_ch32")
TASK = "sounds at 8 kHz (UrbanSound8K; m5_ch32: spoken digits)"
N_CLASSES = 10
SAMPLE_RATE = 8_000  # Hz
_CHANNELS = {"m5": (128, 128, 256, 512), "m5_ch32": (32, 32, 64, 64)}
_STRIDE = {"m5": 4, "m5_ch32": 16}
_N_SAMPLES = {"m5": 32_000, "m5_ch32": 8_000}


def accepts(name: str) -> bool:
    """Whether this is one of the two networks."""
    return name in VARIANTS


def build(name: str, n_classes: int) -> nn.Module:
    """Build a network for waveforms (clip, 1, time), giving logits (clip, class).

    Examples
    --------
    >>> sum(tensor.numel() for tensor in build("m5_ch32", 35).parameters())
    26915
    """
    from torch import nn

    layers: OrderedDict[str, nn.Module] = OrderedDict()
    n_inputs, kernel, stride = 1, 80, _STRIDE[name]
    for i, n_channels in enumerate(_CHANNELS[name], start=1):
        layers[f"conv{i}"] = nn.Conv1d(n_inputs, n_channels, kernel, stride=stride)
        layers[f"norm{i}"] = nn.BatchNorm1d(n_channels)
        layers[f"relu{i}"] = nn.ReLU()
        layers[f"pool{i}"] = nn.MaxPool1d(4)
        n_inputs, kernel, stride = n_channels, 3, 1
    layers["average"] = nn.AdaptiveAvgPool1d(1)
    layers["flatten"] = nn.Flatten()
    layers["linear"] = nn.Linear(n_inputs, n_classes)
    return nn.Sequential(layers)


def spec(name: str, class_names: tuple[str, ...]) -> ModelSpec:
    """The input contract: four seconds or one at 8 kHz, of mean 0 and deviation 1."""
    from cnnviz.frontend import FrontendSpec
    from cnnviz.model import ModelSpec

    return ModelSpec(
        architecture=f"zoo:{name}",
        sample_rate=SAMPLE_RATE,
        n_samples=_N_SAMPLES[name],
        frontend=FrontendSpec(normalize="zscore"),
        class_names=class_names,
        output="logits",
    )


def recipe(name: str) -> Recipe:  # noqa: ARG001 (one recipe serves both)
    """How to train them on some thousand clips."""
    return Recipe(epochs=40, augmentation=Augmentation(speed=0.1))
