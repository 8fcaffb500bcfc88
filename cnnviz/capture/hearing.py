"""A channel's extremes on a clip as later layers see them: after normalisation and activation."""

from collections.abc import Mapping, Sequence
from itertools import takewhile
from types import MappingProxyType

import torch
from torch import Tensor
from torch.nn import functional as F

from cnnviz.dsp.composite import Affine, Step

_N_POINTS = 9  # between the extremes, for functions that dip
_FUNCTIONS = MappingProxyType(  # those without a parameter that a step would not carry
    {
        **{
            name: getattr(F, name) for name in ("relu", "relu6", "gelu", "silu", "mish", "softplus")
        },
        **{
            name: getattr(F, name)
            for name in ("hardswish", "hardsigmoid", "selu", "tanh", "sigmoid")
        },
    }
)
Steps = Mapping[str, Sequence[Step]]


def heard_range(lowest: Tensor, highest: Tensor, steps: Sequence[Step]) -> tuple[Tensor, Tensor]:
    """Take the range of each channel through normalisation and activation functions.

    Parameters
    ----------
    lowest, highest
        Over time and frequency, (clip, channel).
    steps
        What all readers see the channels through; a function that is not known by its name
        alone counts as the identity.

    Returns
    -------
    tuple of Tensor
        Lowest and highest value that later layers see, (clip, channel).
    """
    for step in steps:
        shares = torch.linspace(0, 1, _N_POINTS, dtype=lowest.dtype, device=lowest.device)
        values = as_heard(torch.lerp(lowest[..., None], highest[..., None], shares), (step,))
        lowest, highest = values.amin(-1), values.amax(-1)
    return lowest, highest


def as_heard(values: Tensor, steps: Sequence[Step]) -> Tensor:
    """Take activations through normalisation and activation functions.

    Parameters
    ----------
    values
        (clip, channel, cells ...).
    steps
        As in `heard_range`.
    """
    for step in steps:
        if isinstance(step, Affine):
            axes = (1,) * (values.ndim - 2)
            scale, shift = (
                torch.tensor(v).to(values).view(-1, *axes) for v in (step.scale, step.shift)
            )
            values = values * scale + shift
        else:
            values = _FUNCTIONS.get(getattr(step, "name", ""), _same)(values)
    return values


def known_steps(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Steps up to the first whose effect on single values is not known, such as a pooling."""
    return tuple(
        takewhile(
            lambda step: isinstance(step, Affine) or getattr(step, "name", "") in _FUNCTIONS, steps
        )
    )


def is_turned(lowest: Tensor, highest: Tensor, steps: Sequence[Step]) -> Tensor:
    """Whether later layers see the lowest value of a channel above its highest one.

    So it is where batch normalisation has a negative scale.

    Parameters
    ----------
    lowest, highest, steps
        As `heard_range` takes them.

    Returns
    -------
    Tensor
        Bool (clip, channel).
    """
    ends = torch.stack([lowest, highest], dim=-1)  # (clip, channel, end)
    ends = as_heard(ends, steps)
    return ends[..., 0] > ends[..., 1]


def _same(values: Tensor) -> Tensor:
    return values
