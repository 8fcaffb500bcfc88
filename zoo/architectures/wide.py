"""Raw-waveform networks of wide kernels and many channels.

Convolutions without padding and c, c, 2c, 2c, 4c, 4c channels, MaxPool 3 (the last, shorter
window is kept) after every convolution, one linear layer. The study printed three series of
kernel 25; the counts of ``wide_k25_ch64`` follow from no such chain and stand beside ours in
``cnnviz zoo list``.
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

VARIANTS = variants(["wide_k25_ch32", "wide_k25_ch64", "wide_k25_ch128"], range(1, 7))


def accepts(name: str) -> bool:
    """Whether this is such a name: ``wide_kK_chC-DEPTH[-doRATE][-bn]``."""
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
    >>> sum(tensor.numel() for tensor in build("wide_k25_ch32-6-bn", 16).parameters())
    816240
    """
    found = read_chain(name, _plan)
    assert found is not None, name
    return build_chain(*found, n_classes)


def recipe(name: str) -> Recipe:  # noqa: ARG001 (one recipe serves the whole family)
    """How to train any of them on some thousand clips."""
    return Recipe()


def _plan(variant: Variant) -> Plan | None:
    unsaid = variant.kernel is None or variant.channels is None
    if variant.family != "wide" or unsaid or variant.n_hidden is not None:
        return None
    depth, width = variant.n_convolutions, variant.channels or 0
    return Plan(
        channels=tuple(width * 2 ** (i // 2) for i in range(depth)),
        kernel=variant.kernel or 0,
        same=False,
        pool=3,
        pooled=(True,) * depth,
        ceil=True,
    )
