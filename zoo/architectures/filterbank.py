"""Raw-waveform networks whose first layer is a bank of long kernels that nothing shapes.

One convolution of c kernels of K taps, stride 8, MaxPool 10; then kernels of 5 taps with same
padding and c, c, 2c, 2c ... channels, MaxPool 2 after each; an average over time, one linear
layer. Kernels of 128 taps (8 ms) tell frequencies 125 Hz apart, which short ones cannot.

Their first layer learns as fast as its decay forgets: the rates of its recipe erase the random
taps it starts from, so that what the trained kernels show is learned.

Names: ``filterbank_kK_chC-DEPTH[-doRATE][-bn]``.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from cnnviz.errors import ParameterError

from ..recipe import LayerSettings, Recipe
from ..variant import Variant, parse
from ._chain import N_SAMPLES, initialised, spec

if TYPE_CHECKING:
    from torch import nn

__all__ = ["N_CLASSES", "TASK", "VARIANTS", "accepts", "build", "recipe", "spec"]

VARIANTS = ("filterbank_k128_ch64-5-do0.25-bn",)
TASK = "12 keywords (Speech Commands)"
N_CLASSES = 12
STRIDE = 8
_FIRST_POOL, _POOL, _KERNEL = 10, 2, 5


def accepts(name: str) -> bool:
    """Whether this is a name of the family, listed or not.

    Raises
    ------
    ParameterError
        If a second of sound is too short for so many layers or taps.
    """
    return _read(name) is not None


def build(name: str, n_classes: int) -> nn.Module:
    """Build a network for waveforms (clip, 1, 16000), giving logits (clip, class).

    Examples
    --------
    >>> import torch
    >>> build("filterbank_k128_ch64-5-do0.25-bn", 12)(torch.zeros(2, 1, 16000)).shape
    torch.Size([2, 12])
    """
    from torch import nn

    variant = _read(name)
    assert variant is not None, name
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    n_inputs = 1
    for i, n_channels in enumerate(_channels(variant), start=1):
        if i == 1:
            layers["conv1"] = nn.Conv1d(1, n_channels, variant.kernel or 0, stride=STRIDE)
        else:
            layers[f"conv{i}"] = nn.Conv1d(n_inputs, n_channels, _KERNEL, padding="same")
        if variant.batch_norm:
            layers[f"norm{i}"] = nn.BatchNorm1d(n_channels)
        layers[f"relu{i}"] = nn.ReLU()
        layers[f"pool{i}"] = nn.MaxPool1d(_FIRST_POOL if i == 1 else _POOL)
        n_inputs = n_channels
    layers["average"] = nn.AdaptiveAvgPool1d(1)
    layers["flatten"] = nn.Flatten()
    if variant.dropout:
        layers["dropout"] = nn.Dropout(variant.dropout)
    layers["linear"] = nn.Linear(n_inputs, n_classes)
    return initialised(nn.Sequential(layers))


def recipe(name: str) -> Recipe:  # noqa: ARG001 (one recipe serves the whole family)
    """How to train any of them on some thousand clips.

    On 3,000 clips of a second the listed one takes eight minutes on one processor core.
    """
    first = LayerSettings(layer="conv1", learning_rate=0.01, weight_decay=0.3)
    return Recipe(epochs=40, schedule="one_cycle", weight_decay=0.01, layers=(first,))


def _channels(variant: Variant) -> tuple[int, ...]:
    width, n_more = variant.channels or 0, variant.n_convolutions - 1
    return (width, *(width * 2 ** (i // 2) for i in range(n_more)))


def _read(name: str) -> Variant | None:
    variant = parse(name)
    if variant is None or variant.family != "filterbank" or variant.n_hidden is not None:
        return None
    if not (variant.kernel and variant.channels and variant.n_convolutions):
        return None
    n_cells = ((N_SAMPLES - variant.kernel) // STRIDE + 1) // _FIRST_POOL
    deepest = n_cells.bit_length()  # the first pooling, then one halving each
    if variant.n_convolutions > deepest:
        raise ParameterError(
            f"{name} has {variant.n_convolutions} convolutions; allowed: 1 to {deepest}, then "
            f"nothing is left of {N_SAMPLES} audio samples; choose a smaller depth or kernel"
        )
    return variant
