"""A convolution with its own taps, before any transform."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from cnnviz.dsp.composite import Kernel, effective_kernel, nonlinear_steps
from cnnviz.dsp.response import dilated
from cnnviz.filterbanks.axes import InputAxes, waveform_chain
from cnnviz.filterbanks.chains import along_time, kernel_of
from cnnviz.filterbanks.influence import find_unheard
from cnnviz.filterbanks.sources import Source
from cnnviz.results import Bank

_ROUNDING = 1e-7  # of float32 weights


@dataclass(frozen=True, kw_only=True, slots=True)
class Layer:
    """Taps of a convolution along its own input.

    Parameters
    ----------
    source
        The convolution, and the way to it from the input.
    taps
        Filter first, float64: (filter, channel, time), or (filter, channel, frequency, time).
    dilation
        Per axis of the taps behind the channels.
    sample_rate
        Hz of the axis the taps run along; None when not known.
    dead
        Filters that later layers hear nothing of, bool (filter,).
    """

    source: Source
    taps: np.ndarray
    dilation: tuple[int, ...]
    sample_rate: float | None
    dead: np.ndarray

    @property
    def is_temporal(self) -> bool:
        """Whether taps run along time only."""
        return self.taps.ndim == 3

    @property
    def tap_seconds(self) -> np.ndarray | None:
        """Seconds of each tap from the first, (time,); None when the rate is not known."""
        if self.sample_rate is None:
            return None
        return np.arange(self.taps.shape[-1]) * self.dilation[-1] / self.sample_rate

    def spread(self) -> np.ndarray:
        """Give the taps with the zeros of their dilation in between."""
        taps = dilated(self.taps, self.dilation[-1])
        if self.is_temporal:
            return taps
        return dilated(taps.swapaxes(2, 3), self.dilation[0]).swapaxes(2, 3)


def read_layer(source: Source, parent: Bank | None, axes: InputAxes) -> Layer:
    """Read a convolution's taps and the rate of the axis they run along.

    Parameters
    ----------
    source
        The convolution.
    parent
        Bank of the layer it reads; where that has one spatial axis, so has this one.
    axes
        Of the network's input.
    """
    taps, dilation = _own_taps(source, parent, axes)
    jump = _jump(source, axes)
    return Layer(
        source=source,
        taps=taps,
        dilation=dilation,
        sample_rate=None if jump is None else axes.sample_rate / jump,
        dead=find_unheard(_reached(taps, source, parent), source.influence)
        | _cancelled(source, axes),
    )


def describe(source: Source) -> str:
    """One line such as ``"Conv1d 1->32, 5 taps, stride 1"``."""
    convolution = source.convolution
    sizes = convolution.weight.shape
    n_axes = len(sizes) - 2
    n_filters, n_channels = sizes[0], sizes[1] * convolution.groups
    if convolution.transposed:
        n_filters, n_channels = sizes[1] * convolution.groups, sizes[0]
    name = f"{'ConvTranspose' if convolution.transposed else 'Conv'}{n_axes}d"
    taps = "x".join(map(str, sizes[2:]))
    text = f"{name} {n_channels}->{n_filters}, {taps} taps"
    if not convolution.stride:
        return f"{text} (no graph: from weights alone)"
    text += f", stride {_short(convolution.stride)}"
    if set(convolution.dilation) != {1}:
        text += f", dilation {_short(convolution.dilation)}"
    return text + (f", {convolution.groups} groups" if convolution.groups > 1 else "")


def _own_taps(
    source: Source, parent: Bank | None, axes: InputAxes
) -> tuple[np.ndarray, tuple[int, ...]]:
    """Taps of the layer itself, filter first, and their dilation per axis."""
    convolution = source.convolution
    kernel = kernel_of(convolution)
    if convolution.transposed:
        weight = convolution.weight
        grouped = weight.reshape(convolution.groups, -1, *weight.shape[1:]).swapaxes(1, 2)
        kernel = replace(kernel, taps=grouped.reshape(-1, *grouped.shape[2:]))
    line = waveform_chain(source, axes)
    if line is None and parent is not None and parent.kind == "1d":
        line = along_time((kernel,))
    if line is not None and isinstance(line[-1], Kernel):
        kernel = line[-1]
    return kernel.taps, kernel.dilation


def _reached(taps: np.ndarray, source: Source, parent: Bank | None) -> np.ndarray:
    """Taps without those on channels that are dead themselves."""
    groups = source.convolution.groups
    n_channels = taps.shape[1] * groups
    is_known = parent is not None and source.convolution.stride
    if not is_known or parent is None or len(parent.table.dead) != n_channels:
        return taps
    dead = np.repeat(parent.table.dead.reshape(groups, -1), len(taps) // groups, axis=0)
    return np.where(dead.reshape(*dead.shape, *(1,) * (taps.ndim - 2)), 0.0, taps)


def _cancelled(source: Source, axes: InputAxes) -> np.ndarray:
    """Filters of a linear chain whose taps at the network's input cancel, bool (filter,)."""
    n_filters = len(source.convolution.weight)
    n_kernels = sum(isinstance(step, Kernel) for step in source.chain or ())
    if source.chain is None or n_kernels < 2 or nonlinear_steps(source.chain):
        return np.zeros(n_filters, bool)
    chain = waveform_chain(source, axes) or source.chain
    taps = effective_kernel(chain, source.n_input_channels).taps.reshape(n_filters, -1)
    sizes = np.sqrt(np.square(taps).sum(axis=1))
    return np.asarray(sizes <= _ROUNDING * sizes.max())


def _jump(source: Source, axes: InputAxes) -> float | None:
    """Audio samples per cell of a layer's input; None where not known."""
    convolution = source.convolution
    if convolution.stride:
        jump = float(convolution.time_axis_jump)
        if np.isfinite(jump):
            return jump
    reads_input = source.chain is not None and source.parent is None
    if reads_input and (waveform_chain(source, axes) is not None or not axes.is_waveform):
        return axes.jump
    return None


def _short(sizes: tuple[int, ...]) -> str:
    return str(sizes[0]) if len(set(sizes)) == 1 else "x".join(map(str, sizes))
