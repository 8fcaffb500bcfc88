"""Networks for the instrument families of NSynth, on four seconds at 2 kHz.

Notes of 64,000 audio samples were reduced to 8,000 by Fourier resampling; kernels are two taps
wide. ``nsynth_preliminary`` averages over time, ``nsynth_optimized`` keeps every cell, which
takes nearly all of its 8,838,158 parameters. cnnviz resamples with soxr, whose low-pass is less
steep than the Fourier method's.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from ..recipe import Augmentation, Recipe

if TYPE_CHECKING:
    from torch import nn

    from cnnviz.model import ModelSpec

VARIANTS = ("nsynth_preliminary", "nsynth_optimized")
TASK = "10 instrument families (NSynth)"
N_CLASSES = 10
SAMPLE_RATE = 2_000  # Hz
N_SAMPLES = 8_000
_SLOPE = 0.3  # of the leaky ReLU below zero


def accepts(name: str) -> bool:
    """Whether this is one of the two networks."""
    return name in VARIANTS


def build(name: str, n_classes: int) -> nn.Module:
    """Build a network for waveforms (clip, 1, 8000), giving logits (clip, class).

    Examples
    --------
    >>> sum(tensor.numel() for tensor in build("nsynth_preliminary", 10).parameters())
    9098
    """
    return _preliminary(n_classes) if name == "nsynth_preliminary" else _optimized(n_classes)


def spec(name: str, class_names: tuple[str, ...]) -> ModelSpec:
    """The input contract: four seconds at 2 kHz, each clip with a peak of 1."""
    from cnnviz.frontend import FrontendSpec
    from cnnviz.model import ModelSpec

    return ModelSpec(
        architecture=f"zoo:{name}",
        sample_rate=SAMPLE_RATE,
        n_samples=N_SAMPLES,
        frontend=FrontendSpec(normalize="peak"),
        class_names=class_names,
        output="logits",
    )


def recipe(name: str) -> Recipe:  # noqa: ARG001 (one recipe serves both)
    """Ten epochs, as printed; notes keep their pitch."""
    return Recipe(epochs=10, batch_size=64, augmentation=Augmentation(speed_probability=0.0))


def _preliminary(n_classes: int) -> nn.Module:
    from torch import nn

    return nn.Sequential(
        _named(
            ("conv1", nn.Conv1d(1, 64, 2)),
            ("relu1", nn.ReLU()),
            ("conv2", nn.Conv1d(64, 64, 2)),
            ("relu2", nn.ReLU()),
            ("average", nn.AdaptiveAvgPool1d(1)),
            ("flatten", nn.Flatten()),
            ("linear", nn.Linear(64, n_classes)),
        )
    )


def _optimized(n_classes: int) -> nn.Module:
    from torch import nn

    return nn.Sequential(
        _named(
            ("conv1", nn.Conv1d(1, 64, 2)),
            ("relu1", nn.LeakyReLU(_SLOPE)),
            ("conv2", nn.Conv1d(64, 32, 2)),
            ("relu2", nn.LeakyReLU(_SLOPE)),
            ("conv3", nn.Conv1d(32, 92, 2)),
            ("relu3", nn.LeakyReLU(_SLOPE)),
            ("pool3", nn.MaxPool1d(2)),
            ("dropout", nn.Dropout(0.5)),
            ("flatten", nn.Flatten()),
            ("hidden1", nn.Linear(92 * ((N_SAMPLES - 3) // 2), 24)),
            ("linear", nn.Linear(24, n_classes)),
        )
    )


def _named(*layers: tuple[str, nn.Module]) -> OrderedDict[str, nn.Module]:
    return OrderedDict(layers)
