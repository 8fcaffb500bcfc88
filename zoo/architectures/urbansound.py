"""A small log-mel network for the ten urban sounds, four seconds at 22.05 kHz.

Three convolutions of 5 x 5 with batch normalisation, pooling by 4 in frequency and 2 in time
after the first two as in the published network, which this one makes smaller: averages over
frequency and time stand where it has large linear layers.

References
----------
Salamon and Bello, "Deep Convolutional Neural Networks and Data Augmentation for Environmental
Sound Classification" (2017).
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from ..recipe import Augmentation, Recipe
from ._chain import initialised

if TYPE_CHECKING:
    from torch import nn

    from cnnviz.model import ModelSpec

VARIANTS = ("urbansound_logmel",)
TASK = "10 urban sounds (UrbanSound8K)"
N_CLASSES = 10
SAMPLE_RATE = 22_050  # Hz
N_SAMPLES = 88_200
_CHANNELS = (24, 48, 48)


def accepts(name: str) -> bool:
    """Whether this is the network's name."""
    return name in VARIANTS


def build(name: str, n_classes: int) -> nn.Module:  # noqa: ARG001 (the family has one network)
    """Build the network for (clip, 1, 64, 173), mel bands x frames, giving logits (clip, class).

    Examples
    --------
    >>> import torch
    >>> build("urbansound_logmel", 10)(torch.zeros(2, 1, 64, 173)).shape
    torch.Size([2, 10])
    """
    from torch import nn

    layers: OrderedDict[str, nn.Module] = OrderedDict()
    n_inputs = 1
    for i, n_channels in enumerate(_CHANNELS, start=1):
        layers[f"conv{i}"] = nn.Conv2d(n_inputs, n_channels, 5, padding=2)
        layers[f"norm{i}"] = nn.BatchNorm2d(n_channels)
        layers[f"relu{i}"] = nn.ReLU()
        if i < len(_CHANNELS):
            layers[f"pool{i}"] = nn.MaxPool2d((4, 2))
        n_inputs = n_channels
    layers["average"] = nn.AdaptiveAvgPool2d(1)
    layers["flatten"] = nn.Flatten()
    layers["dropout"] = nn.Dropout(0.5)
    layers["linear"] = nn.Linear(n_inputs, n_classes)
    return initialised(nn.Sequential(layers))


def spec(name: str, class_names: tuple[str, ...]) -> ModelSpec:
    """The input contract: four seconds, 64 mel bands every 23 ms from windows of 46 ms."""
    from cnnviz.frontend import FrontendSpec
    from cnnviz.model import ModelSpec

    return ModelSpec(
        architecture=f"zoo:{name}",
        sample_rate=SAMPLE_RATE,
        n_samples=N_SAMPLES,
        frontend=FrontendSpec(
            kind="log_mel",
            normalize="rms",
            n_fft=1024,
            hop_length=512,
            n_mels=64,
            amin=1e-4,
            mean=-8.0,  # over slices of the data set, in dB, rounded
            std=22.0,
        ),
        class_names=class_names,
        output="logits",
    )


def recipe(name: str) -> Recipe:  # noqa: ARG001 (the family has one network)
    """How to train it, also on a hundred clips."""
    masks = Augmentation(
        shift_seconds=1.0,
        noise_probability=0.0,
        frequency_masks=1,
        frequency_mask_bands=8,
        time_masks=1,
        time_mask_frames=24,
    )
    return Recipe(epochs=60, batch_size=8, augmentation=masks)
