"""Raw-waveform networks of small kernels: five samples wide, pooled by three at each step.

The ``custom`` series of the speech command study: convolutions of kernel 5 with same padding
and c, c, c, c, 2c, 2c, 2c, 2c, 4c channels, MaxPool 3 after every convolution but the first,
one linear layer. ``custom_ch32-8`` has 94,768 parameters for 16 classes.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from ..recipe import Recipe
from ..variant import variants

if TYPE_CHECKING:
    from torch import nn

    from cnnviz.model import ModelSpec

SAMPLE_RATE = 16_000  # Hz
N_SAMPLES = 16_000
WIDTHS = (32, 64, 128)
DEPTHS = range(3, 10)
_VARIANTS = variants([f"custom_ch{width}" for width in WIDTHS], DEPTHS)

VARIANTS = tuple(variant.name for variant in _VARIANTS)


def build(variant: str, n_classes: int) -> nn.Module:
    """Build a network for waveforms (clip, 1, 16000), giving logits (clip, class).

    Parameters
    ----------
    variant
        One of `VARIANTS`.
    n_classes
        Number of outputs.

    Examples
    --------
    >>> sum(tensor.numel() for tensor in build("custom_ch32-8", 16).parameters())
    94768
    """
    from torch import nn

    chosen = _VARIANTS[VARIANTS.index(variant)]
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    n_inputs, n_cells = 1, N_SAMPLES
    for i, n_channels in enumerate(_channels(chosen.series, chosen.n_convolutions), start=1):
        layers[f"conv{i}"] = nn.Conv1d(n_inputs, n_channels, 5, padding="same")
        if chosen.batch_norm:
            layers[f"norm{i}"] = nn.BatchNorm1d(n_channels)
        layers[f"relu{i}"] = nn.ReLU()
        if i > 1:
            layers[f"pool{i}"] = nn.MaxPool1d(3)
            n_cells //= 3
        n_inputs = n_channels
    layers["flatten"] = nn.Flatten()  # (clip, channel * time)
    if chosen.dropout:
        layers["dropout"] = nn.Dropout(chosen.dropout)
    layers["linear"] = nn.Linear(n_inputs * n_cells, n_classes)
    return _initialised(nn.Sequential(layers))


def spec(variant: str, class_names: tuple[str, ...]) -> ModelSpec:
    """The input contract: one second at 16 kHz, each clip of mean 0 and deviation 1."""
    from cnnviz.frontend import FrontendSpec
    from cnnviz.model import ModelSpec

    return ModelSpec(
        architecture=f"zoo:{variant}",
        sample_rate=SAMPLE_RATE,
        n_samples=N_SAMPLES,
        frontend=FrontendSpec(normalize="zscore"),
        class_names=class_names,
        output="logits",
    )


def recipe(variant: str) -> Recipe:  # noqa: ARG001 (one recipe serves the whole family)
    """How to train any of them on some thousand clips.

    The two layers before the first pooling take four fifths of the time.
    """
    return Recipe(slow_layers=("conv1", "norm1", "conv2", "norm2"), slow_interval=3)


def _initialised(network: nn.Module) -> nn.Module:
    """He's normal initialisation: without batch norm, eight layers need it to learn at all."""
    from torch import nn

    for layer in network.modules():
        if isinstance(layer, nn.Conv1d):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    return network


def _channels(series: str, n_convolutions: int) -> list[int]:
    width = int(series.removeprefix("custom_ch"))
    return [width * 2 ** (i // 4) for i in range(n_convolutions)]
