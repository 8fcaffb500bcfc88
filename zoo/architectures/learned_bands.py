"""Networks whose first layer is a bank of band-pass filters with learnable edges.

``sinc_net`` learns the two edges of 48 ideal band-passes, ``gabor_net`` centre and width of 48
Gabor bands and hears their power; behind either stand four convolutions. Their untrained twins
are bands evenly on the mel scale, so what training moved can be read in Hz.

References
----------
Ravanelli and Bengio, "Speaker Recognition from Raw Waveform with SincNet" (2018);
Zeghidour, Teboul, Quitry and Tagliasacchi, "LEAF: A Learnable Frontend for Audio
Classification" (2021).
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from ..recipe import Recipe
from ._chain import SAMPLE_RATE, initialised, spec

if TYPE_CHECKING:
    from torch import nn

__all__ = ["N_CLASSES", "TASK", "VARIANTS", "accepts", "build", "recipe", "spec"]

VARIANTS = ("sinc_net", "gabor_net")
TASK = "12 keywords (Speech Commands)"
N_CLASSES = 12
N_FILTERS, KERNEL, STRIDE = 48, 401, 8  # 401 taps: 25 ms
_CHANNELS = (64, 64, 128, 128)


def accepts(name: str) -> bool:
    """Whether this is one of the two networks."""
    return name in VARIANTS


def build(name: str, n_classes: int) -> nn.Module:
    """Build a network for waveforms (clip, 1, 16000), giving logits (clip, class).

    Examples
    --------
    >>> import torch
    >>> build("sinc_net", 12)(torch.zeros(2, 1, 16000)).shape
    torch.Size([2, 12])
    """
    from torch import nn

    from ._bands import GaborBands, LogCompression, SincBands

    layers: OrderedDict[str, nn.Module] = OrderedDict()
    if name == "sinc_net":
        layers["bands"] = SincBands(N_FILTERS, KERNEL, STRIDE, SAMPLE_RATE)
        layers["rectify"] = nn.ReLU()
        layers["pool"] = nn.MaxPool1d(10)
    else:
        layers["bands"] = GaborBands(N_FILTERS, KERNEL, STRIDE, SAMPLE_RATE)
        layers["pool"] = nn.AvgPool1d(10)
        layers["compress"] = LogCompression()
    layers["norm"] = nn.BatchNorm1d(N_FILTERS)
    n_inputs = N_FILTERS
    for i, n_channels in enumerate(_CHANNELS, start=1):
        layers[f"conv{i}"] = nn.Conv1d(n_inputs, n_channels, 5, padding=2)
        layers[f"norm{i}"] = nn.BatchNorm1d(n_channels)
        layers[f"relu{i}"] = nn.ReLU()
        layers[f"pool{i}"] = nn.MaxPool1d(2)
        n_inputs = n_channels
    layers["average"] = nn.AdaptiveAvgPool1d(1)
    layers["flatten"] = nn.Flatten()
    layers["dropout"] = nn.Dropout(0.25)
    layers["linear"] = nn.Linear(n_inputs, n_classes)
    return initialised(nn.Sequential(layers))


def recipe(name: str) -> Recipe:  # noqa: ARG001 (one recipe serves both)
    """How to train them on some thousand clips."""
    return Recipe(epochs=30)
