"""Raw-waveform networks with one linear layer, whose channels double at each step.

Convolutions without padding and 8, 16, 32, ... channels, max pooling (the last, shorter window
is kept) after every convolution: by 4 with kernels of 25 taps and more, by 3 with shorter ones,
as in the study's two series, ``only_conv_k25`` and ``only_conv_k5``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..recipe import Recipe
from ..variant import Variant, variants
from ._chain import N_CLASSES, TASK, Plan, spec
from ._chain import build as build_chain
from ._chain import read as read_chain

if TYPE_CHECKING:
    from torch import nn

__all__ = ["N_CLASSES", "TASK", "VARIANTS", "accepts", "build", "recipe", "spec"]

VARIANTS = (
    *variants(["only_conv_k25"], range(1, 6)),
    *variants(["only_conv_k5"], range(1, 9)),
)
_CHANNELS = 8
_LONG = 25  # taps from which the study pools by four


def accepts(name: str) -> bool:
    """Whether this is such a name: ``only_conv_kK[_chC]-DEPTH[-doRATE][-bn]``."""
    return read_chain(name, _plan) is not None


def build(name: str, n_classes: int) -> nn.Module:
    """Build a network for waveforms (clip, 1, 16000), giving logits (clip, class).

    Parameters
    ----------
    name
        One of `VARIANTS`, or another that `accepts`.
    n_classes
        Number of outputs.

    Examples
    --------
    >>> sum(tensor.numel() for tensor in build("only_conv_k25-5", 16).parameters())
    288848
    """
    found = read_chain(name, _plan)
    assert found is not None, name
    return build_chain(*found, n_classes)


def recipe(name: str) -> Recipe:  # noqa: ARG001 (one recipe serves the whole family)
    """How to train any of them on some thousand clips."""
    return Recipe()


def _plan(variant: Variant) -> Plan | None:
    unsaid = variant.kernel is None or variant.n_hidden is not None
    if variant.family != "only_conv" or unsaid or variant.channels == _CHANNELS:
        return None
    depth, width = variant.n_convolutions, variant.channels or _CHANNELS
    kernel = variant.kernel or 0
    return Plan(
        channels=tuple(width * 2**i for i in range(depth)),
        kernel=kernel,
        same=False,
        pool=4 if kernel >= _LONG else 3,
        pooled=(True,) * depth,
        ceil=True,
    )
