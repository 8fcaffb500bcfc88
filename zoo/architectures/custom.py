"""Raw-waveform networks of small kernels: five samples wide, pooled by three at each step.

The ``custom`` series of the speech command study: convolutions of kernel 5 with same padding
and c, c, c, c, 2c, 2c, 2c, 2c, 4c channels, MaxPool 3 after every convolution but the first,
one linear layer. ``custom_ch32-8`` has 94,768 parameters for 16 classes.
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
    *variants(["custom_ch32"], range(3, 10)),
    *variants(["custom_ch64"], range(1, 10)),
    *variants(["custom_ch128"], range(3, 10)),
)
_KERNEL = 5


def accepts(name: str) -> bool:
    """Whether this is such a name: ``custom[_kK]_chC-DEPTH[-doRATE][-bn]``."""
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
    >>> sum(tensor.numel() for tensor in build("custom_ch32-8", 16).parameters())
    94768
    """
    found = read_chain(name, _plan)
    assert found is not None, name
    return build_chain(*found, n_classes)


def recipe(name: str) -> Recipe:  # noqa: ARG001 (one recipe serves the whole family)
    """How to train any of them on some thousand clips.

    The two layers before the first pooling take four fifths of the time.
    """
    return Recipe(slow_layers=("conv1", "norm1", "conv2", "norm2"), slow_interval=3)


def _plan(variant: Variant) -> Plan | None:
    named = variant.channels is not None and variant.kernel != _KERNEL
    if variant.family != "custom" or variant.n_hidden is not None or not named:
        return None
    depth, width = variant.n_convolutions, variant.channels or 0
    return Plan(
        channels=tuple(width * 2 ** (i // 4) for i in range(depth)),
        kernel=variant.kernel or _KERNEL,
        same=True,
        pool=3,
        pooled=(False, *(True,) * (depth - 1)),
        ceil=False,
    )
