"""Raw-waveform networks with wide kernels and large linear layers: the study's baseline.

Convolutions of kernel 25 without padding and 8, 16, 32, ... channels, MaxPool 4 (the last,
shorter window is kept) after every convolution, then linear layers of 1024 (``fc1``) or 1024
and 512 (``fc2``). ``baseline_fc2-5`` has 1,855,056 parameters for 16 classes. Where the study
put its dropout is not printed; here it stands before the last linear layer.
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

VARIANTS = variants(["baseline_fc1", "baseline_fc2"], (4, 5))
_KERNEL, _CHANNELS = 25, 8
_HIDDEN = (1024, 512)


def accepts(name: str) -> bool:
    """Whether this is such a name: ``baseline_fcF[_kK][_chC]-DEPTH[-doRATE][-bn]``."""
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
    >>> sum(tensor.numel() for tensor in build("baseline_fc2-5", 16).parameters())
    1855056
    """
    found = read_chain(name, _plan)
    assert found is not None, name
    return build_chain(*found, n_classes)


def recipe(name: str) -> Recipe:  # noqa: ARG001 (one recipe serves the whole family)
    """How to train any of them on some thousand clips."""
    return Recipe()


def _plan(variant: Variant) -> Plan | None:
    said = variant.kernel == _KERNEL or variant.channels == _CHANNELS
    if variant.family != "baseline" or variant.n_hidden not in (1, 2) or said:
        return None
    depth, width = variant.n_convolutions, variant.channels or _CHANNELS
    return Plan(
        channels=tuple(width * 2**i for i in range(depth)),
        kernel=variant.kernel or _KERNEL,
        same=False,
        pool=4,
        pooled=(True,) * depth,
        ceil=True,
        hidden=_HIDDEN[: variant.n_hidden],
    )
