"""Convolutions as steps of a chain, on the axes that filters are read on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from cnnviz.dsp.composite import CLIP_GAIN, Affine, Kernel, Nonlinearity, Pad, Pool, Step
from cnnviz.frontend import FrontendSpec
from cnnviz.trace import Convolution

_StepType = TypeVar("_StepType", bound=Step)


def along_time(chain: Sequence[Step]) -> tuple[Step, ...] | None:
    """Reduce a chain to the only spatial axis that is longer than one; None if there are two."""
    kernels = [step for step in chain if isinstance(step, Kernel)]
    sizes = np.array([kernel.taps.shape[2:] for kernel in kernels])  # (kernel, axis)
    long = np.flatnonzero((sizes > 1).any(axis=0))
    if len(long) > 1 or (sizes.shape[1] > 1 and not len(long)):
        return None
    axis = int(long[0]) if len(long) else 0
    return tuple(_on_axis(step, axis) for step in chain)


def frontend_steps(spec: FrontendSpec) -> tuple[Step, ...]:
    """Steps of a waveform frontend, such as a scale that was said; none for a spectrogram."""
    gain = (Nonlinearity(name=CLIP_GAIN),) if spec.normalize != "none" else ()
    numbers = (spec.scale, spec.mean, spec.std)
    if spec.kind != "waveform" or (not gain and numbers == (1.0, 0.0, 1.0)):
        return ()
    scale = np.atleast_1d(spec.scale / np.asarray(spec.std, dtype=np.float64))
    shift = -np.atleast_1d(np.asarray(spec.mean, dtype=np.float64) / np.asarray(spec.std))
    return (*gain, Affine(scale=scale, shift=shift))


def kernel_of(convolution: Convolution) -> Kernel:
    """Turn a convolution into a step, frequency before time.

    Unknown strides, dilations and paddings count as none.
    """
    n_axes = convolution.weight.ndim - 2
    kernel = Kernel(
        taps=convolution.weight,
        bias=convolution.bias,
        stride=convolution.stride or (1,) * n_axes,
        dilation=convolution.dilation or (1,) * n_axes,
        padding=convolution.padding or (0,) * n_axes,
        groups=convolution.groups,
    )
    return turned(kernel) if is_time_first(convolution) else kernel


def is_time_first(convolution: Convolution) -> bool:
    """Whether a kernel lies over time before frequency."""
    return convolution.axes == ("time", "frequency")


def turned(step: _StepType) -> _StepType:
    """A step over (time, frequency) as one over (frequency, time)."""
    names = ("kernel", "stride", "dilation", "padding", "left", "right")
    sizes: dict[str, Any] = {
        name: getattr(step, name)[::-1] for name in names if hasattr(step, name)
    }
    taps: dict[str, Any] = {"taps": step.taps.swapaxes(2, 3)} if isinstance(step, Kernel) else {}
    return replace(step, **sizes, **taps)


def _on_axis(step: Step, axis: int) -> Step:
    axes = slice(axis, axis + 1)
    if isinstance(step, Kernel):
        taps = step.taps.reshape(*step.taps.shape[:2], -1)
        return replace(
            step,
            taps=taps,
            stride=step.stride[axes],
            dilation=step.dilation[axes],
            padding=step.padding[axes],
        )
    if isinstance(step, Pool):
        return replace(
            step,
            kernel=step.kernel[axes],
            stride=step.stride[axes],
            padding=step.padding[axes],
            dilation=step.dilation[axes],
        )
    if isinstance(step, Pad):
        return replace(step, left=step.left[axes], right=step.right[axes])
    return step
