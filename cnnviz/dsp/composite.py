"""One kernel for a chain of layers: what a deep filter sees at the network's input.

Two correlations in a row are one correlation (noble identity; Vaidyanathan, "Multirate Systems
and Filter Banks", 1993). With dilations D, strides S and paddings P,

    g_o[t] = sum_c sum_{k D2 S1 + n D1 = t} w2[o, c, k] w1[c, n],
    offset = -P1 - P2 S1,   jump = S1 S2,   bias = b2 + sum_c b1[c] sum_k w2[o, c, k].

Batch normalisation with running statistics is an affine map per channel; average pooling is a
correlation with equal taps. What is not linear is replaced under a policy that has a name:
``identity`` takes each activation function as gain 1 and max-pooling as average pooling.
Magnitudes, powers, roots and logarithms (`NO_GAIN`) leave no linear path that a gain could
describe. The result is exact for a linear chain, but for outputs whose field reaches into the
padding of a layer behind the first one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from cnnviz.errors import ShapeError

CLIP_GAIN = "normalisation of each clip"
"""Name of a step that multiplies a clip by a number of its own: Hz stay, levels are not known."""
NO_GAIN = frozenset(["abs", "square", "pow", "log", "log2", "log10", "log1p", "sqrt", "rsqrt"])
"""Functions that the policy does not take as gain 1 between two convolutions."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Kernel:
    """A cross-correlation as networks run it.

    Parameters
    ----------
    taps
        (filter, channel / groups, axes ...), float32 or float64.
    bias
        (filter,) or None.
    stride, dilation, padding
        Cells per spatial axis; `padding` is that of the left side, with zeros.
    groups
        Groups of channels that do not see each other.
    """

    taps: np.ndarray
    bias: np.ndarray | None
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    padding: tuple[int, ...]
    groups: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Affine:
    """Scale and shift per channel, such as batch normalisation with running statistics.

    `scale` and `shift` are float64 (channel,), or (1,) for all channels alike.
    """

    scale: np.ndarray
    shift: np.ndarray


@dataclass(frozen=True, kw_only=True, slots=True)
class Pool:
    """Pooling by ``"max"`` or ``"avg"``; sizes in cells per spatial axis, padding on the left.

    `dilation` is empty where the cells of a window lie side by side.
    """

    kind: str
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Nonlinearity:
    """An activation function, by its name in torch such as ``"relu"``."""

    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Pad:
    """Padding (or cropping, when negative) by a step of its own, cells per spatial axis."""

    left: tuple[int, ...]
    right: tuple[int, ...]


Step = Kernel | Affine | Pool | Nonlinearity | Pad


@dataclass(frozen=True, kw_only=True, slots=True)
class EffectiveKernel:
    """A chain of steps as one correlation.

    Parameters
    ----------
    taps
        (filter, channel, axes ...), float64, dense over the channels of the chain's input.
    bias
        (filter,).
    offset, jump
        First input cell seen by output 0 and input cells between outputs, per spatial axis.
    """

    taps: np.ndarray
    bias: np.ndarray
    offset: tuple[int, ...]
    jump: tuple[int, ...]


def effective_kernel(chain: Sequence[Step], n_channels: int) -> EffectiveKernel:
    """Compose a chain of steps under the policy ``identity``.

    Parameters
    ----------
    chain
        From the input on; every step has the same number of spatial axes.
    n_channels
        Channels of the chain's input.

    Returns
    -------
    EffectiveKernel
        With the taps that the last step has at the chain's input.

    Raises
    ------
    ShapeError
        If a step does not fit the channels or axes of the one before.

    Examples
    --------
    >>> taps = np.ones((1, 1, 2))
    >>> step = Kernel(taps=taps, bias=None, stride=(2,), dilation=(1,), padding=(0,))
    >>> effective_kernel([step, step], 1).taps.shape
    (1, 1, 4)
    """
    n_axes = next((step.taps.ndim - 2 for step in chain if isinstance(step, Kernel)), 1)
    effective = EffectiveKernel(
        taps=np.eye(n_channels).reshape(n_channels, n_channels, *(1,) * n_axes),
        bias=np.zeros(n_channels),
        offset=(0,) * n_axes,
        jump=(1,) * n_axes,
    )
    for step in chain:
        effective = _extended(effective, step)
    return effective


def is_clip_gain(name: str) -> bool:
    """Whether a step of a name multiplies by numbers that depend on the clip alone."""
    return name == CLIP_GAIN or name.endswith("-norm")


def nonlinear_steps(chain: Sequence[Step]) -> tuple[str, ...]:
    """Name the steps that the policy replaces, in order; empty for a linear chain."""
    names = [
        step.name if isinstance(step, Nonlinearity) else "max-pool"
        for step in chain
        if isinstance(step, Nonlinearity) or (isinstance(step, Pool) and step.kind == "max")
    ]
    return tuple(names)


def steps_without_gain(chain: Sequence[Step]) -> tuple[str, ...]:
    """Name the steps in `NO_GAIN`, in order: no composite leads through them."""
    names = [step.name for step in chain if isinstance(step, Nonlinearity)]
    return tuple(name for name in names if name in NO_GAIN)


def _extended(effective: EffectiveKernel, step: Step) -> EffectiveKernel:
    if isinstance(step, Nonlinearity):
        return effective
    if isinstance(step, Affine):
        return _scaled(effective, step)
    if isinstance(step, Pad):
        return _moved(effective, padding=step.left, stride=(1,) * len(step.left))
    if isinstance(step, Pool):
        step = _averaging(step, len(effective.taps))
    return _correlated(effective, step)


def _scaled(effective: EffectiveKernel, step: Affine) -> EffectiveKernel:
    if len(step.scale) not in (1, len(effective.bias)):
        raise ShapeError(
            f"scale has {len(step.scale)} values; allowed: 1 or one for each of the "
            f"{len(effective.bias)} channels"
        )
    axes = (1,) * (effective.taps.ndim - 1)
    return EffectiveKernel(
        taps=effective.taps * step.scale.reshape(-1, *axes),
        bias=effective.bias * step.scale + step.shift,
        offset=effective.offset,
        jump=effective.jump,
    )


def _moved(
    effective: EffectiveKernel, *, padding: tuple[int, ...], stride: tuple[int, ...]
) -> EffectiveKernel:
    axes = list(zip(effective.offset, effective.jump, padding, stride, strict=True))
    return EffectiveKernel(
        taps=effective.taps,
        bias=effective.bias,
        offset=tuple(offset - pad * jump for offset, jump, pad, _ in axes),
        jump=tuple(jump * step for _, jump, _, step in axes),
    )


def _averaging(step: Pool, n_channels: int) -> Kernel:
    """Equal taps for each channel alone: average pooling, and max-pooling under ``identity``."""
    taps = np.full((n_channels, 1, *step.kernel), 1 / np.prod(step.kernel))
    return Kernel(
        taps=taps,
        bias=None,
        stride=step.stride,
        dilation=step.dilation or (1,) * len(step.kernel),
        padding=step.padding,
        groups=n_channels,
    )


def _correlated(effective: EffectiveKernel, step: Kernel) -> EffectiveKernel:
    n_channels = step.taps.shape[1] * step.groups
    if n_channels != len(effective.taps) or step.taps.ndim != effective.taps.ndim:
        raise ShapeError(
            f"kernel has shape {step.taps.shape} in {step.groups} groups; allowed: "
            f"{len(effective.taps)} input channels and {effective.taps.ndim - 2} spatial axes"
        )
    hops = tuple(d * j for d, j in zip(step.dilation, effective.jump, strict=True))
    taps = _interleaved(effective.taps, step, hops)
    sums = step.taps.sum(axis=tuple(range(2, step.taps.ndim)))  # (filter, channel / groups)
    offsets = _mixed(effective.bias[:, None], sums, step.groups)[:, 0]
    bias = offsets if step.bias is None else offsets + step.bias
    joined = EffectiveKernel(taps=taps, bias=bias, offset=effective.offset, jump=effective.jump)
    return _moved(joined, padding=step.padding, stride=step.stride)


def _interleaved(inner: np.ndarray, step: Kernel, hops: tuple[int, ...]) -> np.ndarray:
    """Sum copies of the inner kernel, each moved by its outer tap's place and mixed by it."""
    size = inner.shape[2:]
    outer = step.taps.shape[2:]
    full = tuple(s + (k - 1) * hop for s, k, hop in zip(size, outer, hops, strict=True))
    taps = np.zeros((len(step.taps), inner.shape[1], *full))
    flat = inner.reshape(len(inner), -1)  # (channel, input channel x axes)
    for index in product(*map(range, outer)):
        tap: tuple[int | slice, ...] = (slice(None), slice(None), *index)
        at = (slice(i * hop, i * hop + s) for i, hop, s in zip(index, hops, size, strict=True))
        place: tuple[int | slice, ...] = (slice(None), slice(None), *at)
        mixed = _mixed(flat, step.taps[tap], step.groups)
        taps[place] += mixed.reshape(len(taps), inner.shape[1], *size)
    return taps


def _mixed(values: np.ndarray, weights: np.ndarray, groups: int) -> np.ndarray:
    """Apply (filter, channel / groups) weights group by group to (channel, n) values."""
    inner = values.reshape(groups, -1, values.shape[1])
    outer = weights.reshape(groups, -1, weights.shape[1])
    mixed: np.ndarray = outer @ inner  # (group, filter, n)
    return mixed.reshape(len(weights), values.shape[1])
