"""Policies for nonlinear steps of a path that are not gains: what passes on is an envelope.

Behind a rectifier or max pooling a steady tone is a level. `incoherent_gains` adds the powers of
the channels, as if their phases were independent; `envelope_levels` adds the levels themselves
with the signs of the weights, after each function (the constant term of the describing function of
a sinusoid: Gelb and Vander Velde, "Multiple-Input Describing Functions and Nonlinear System
Design", 1968).
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import numpy as np
from scipy.special import erf, expit, ndtr

from cnnviz.dsp.composite import (
    Affine,
    Kernel,
    Nonlinearity,
    Pool,
    Step,
    effective_kernel,
    is_clip_gain,
)

_N_PHASES = 32
_SELU = (1.0507009873554805, 1.6732632423543772)
_FUNCTIONS: Mapping[str, Callable[[np.ndarray], np.ndarray]] = MappingProxyType(
    {
        "relu": lambda z: np.maximum(z, 0.0),
        "relu6": lambda z: np.clip(z, 0.0, 6.0),
        "gelu": lambda z: 0.5 * z * (1 + erf(z / np.sqrt(2))),
        "silu": lambda z: z * expit(z),
        "mish": lambda z: z * np.tanh(np.logaddexp(0.0, z)),
        "softplus": lambda z: np.logaddexp(0.0, z),
        "hardswish": lambda z: z * np.clip(z + 3, 0.0, 6.0) / 6,
        "hardsigmoid": lambda z: np.clip(z + 3, 0.0, 6.0) / 6,
        "selu": lambda z: _SELU[0] * np.where(z > 0, z, _SELU[1] * np.expm1(np.minimum(z, 0.0))),
        "tanh": np.tanh,
        "sigmoid": expit,
    }
)


def rectifier_gain(mean: np.ndarray, deviation: np.ndarray) -> np.ndarray:
    """Gain that describes a rectifier of Gaussian input best: Phi(mean / deviation).

    Bussgang (1952): the mean slope, here the share of inputs above zero. An input that does not
    vary has the slope at its mean.

    Examples
    --------
    >>> rectifier_gain(np.array([0.0, -1.0, 0.25]), np.ones(3)).round(5)
    array([0.5    , 0.15866, 0.59871])
    """
    still = np.where(mean > 0, 1.0, 0.0)
    ratio = mean / np.where(deviation > 0, deviation, 1.0)
    return np.asarray(np.where(deviation > 0, ndtr(ratio), still))


def detectors(chain: Sequence[Step]) -> tuple[str, ...]:
    """Name the steps behind which a tone is an envelope: functions, and max pooling."""
    return tuple(
        step.name if isinstance(step, Nonlinearity) else "max-pool"
        for step in chain
        if _is_detector(step)
    )


def unknown_functions(chain: Sequence[Step]) -> tuple[str, ...]:
    """Name the functions that `envelope_levels` cannot compute."""
    names = (step.name for step in chain if isinstance(step, Nonlinearity))
    return tuple(name for name in names if name not in _FUNCTIONS and not is_clip_gain(name))


def incoherent_gains(
    chain: Sequence[Step], n_channels: int, frequencies: np.ndarray, sample_rate: float
) -> np.ndarray:
    """Root of E_o(f) = sum_c |W2_oc(0)|^2 |W1_c(f)|^2, once for every detector on the path.

    Between detectors layers are composed as they are; the envelope of a steady tone lies at 0 Hz.
    It is the root mean square output where the channels in front of a detector have independent
    random phases. Of a path without a detector it is the gain of the composite.

    Parameters
    ----------
    chain
        From the waveform to a layer, one spatial axis; it ends with the layer's kernel.
    n_channels
        Of the chain's input, which all carry the waveform.
    frequencies, sample_rate
        Hz, (frequency,).

    Returns
    -------
    np.ndarray
        At least 0, (filter, frequency).
    """
    first, *behind = _segments(chain)
    powers = np.square(np.abs(_spectrum(first, n_channels, frequencies, sample_rate)))
    for segment in behind:
        taps = effective_kernel(segment, len(powers)).taps
        powers = np.square(taps.sum(axis=2)) @ powers
    return np.asarray(np.sqrt(powers))


def envelope_levels(
    chain: Sequence[Step],
    followers: Sequence[Step],
    n_channels: int,
    frequencies: np.ndarray,
    *,
    sample_rate: float,
    amplitude: float,
) -> np.ndarray:
    """Rise of each unit above its answer to silence, while a tone is on.

    Up to the first detector the path is linear. Of what follows it up to the next kernel the mean
    over the phases of the tone is taken; on from there all is constant in time.

    Parameters
    ----------
    chain, n_channels, frequencies, sample_rate
        As `incoherent_gains` takes them, with a detector and no unknown functions.
    followers
        Steps through which later layers see the units.
    amplitude
        Of the tone.

    Returns
    -------
    np.ndarray
        At least 0, (filter, frequency).
    """
    first = next(k for k, step in enumerate(chain) if _is_detector(step))
    gains = np.abs(_spectrum(chain[:first], n_channels, frequencies, sample_rate))
    linear = effective_kernel(chain[:first], n_channels)
    end = next((k for k in range(first, len(chain)) if isinstance(chain[k], Kernel)), len(chain))
    angles = 2 * np.pi * frequencies * linear.jump[0] / sample_rate
    columns = [
        _mean_behind(chain[first:end], amplitude * gain, linear.bias, angle)
        for gain, angle in zip(gains.T, angles, strict=True)
    ]
    silent = _mean_behind(chain[first:end], np.zeros(len(gains)), linear.bias, 0.0)
    levels = np.stack([*columns, silent], axis=1)  # (channel, frequency and silence)
    for step in (*chain[end:], *followers):
        levels = _of_constant(levels, step)
    return np.asarray(np.maximum(levels[:, :-1] - levels[:, -1:], 0.0))


def _is_detector(step: Step) -> bool:
    if isinstance(step, Pool):
        return step.kind == "max" and max(step.kernel) > 1
    return isinstance(step, Nonlinearity) and not is_clip_gain(step.name)


def _segments(chain: Sequence[Step]) -> list[list[Step]]:
    """Linear stretches between detectors; max pooling passes the mean of its window on."""
    segments: list[list[Step]] = [[]]
    for step in chain:
        if _is_detector(step) and any(isinstance(each, Kernel) for each in segments[-1]):
            segments.append([])
        segments[-1].append(step)
    return segments


def _spectrum(
    chain: Sequence[Step], n_channels: int, frequencies: np.ndarray, sample_rate: float
) -> np.ndarray:
    """W(f) = sum_n w[n] exp(-2j pi f n / fs) of the composite, (filter, frequency)."""
    taps = effective_kernel(chain, n_channels).taps.sum(axis=1)  # (filter, tap)
    angles = np.outer(np.arange(taps.shape[1]), frequencies) / sample_rate
    return np.asarray(taps @ np.exp(-2j * np.pi * angles))


def _mean_behind(
    steps: Sequence[Step], amplitudes: np.ndarray, means: np.ndarray, angle: float
) -> np.ndarray:
    """Mean over phases of what steps make of mean + amplitude cos(phase + angle cell)."""
    phases = 2 * np.pi * (np.arange(_N_PHASES) + 0.5) / _N_PHASES
    waves = np.cos(phases[:, None] + angle * np.arange(cells_seen(steps)))  # (phase, cell)
    values = means[:, None, None] + amplitudes[:, None, None] * waves
    return np.asarray(behind(steps, values).mean(axis=(1, 2)))


def cells_seen(steps: Sequence[Step]) -> int:
    """Cells that one cell behind functions and pooling sees."""
    n_cells = 1
    for step in reversed(steps):
        if isinstance(step, Pool):
            n_cells = (n_cells - 1) * step.stride[0] + _window(step)
    return n_cells


def behind(steps: Sequence[Step], values: np.ndarray) -> np.ndarray:
    """What functions, affine steps and pooling make of values (channel, ..., cell)."""
    for step in steps:
        values = _pooled(values, step) if isinstance(step, Pool) else _of_constant(values, step)
    return values


def _window(step: Pool) -> int:
    return (step.kernel[0] - 1) * (step.dilation or (1,))[0] + 1


def _pooled(values: np.ndarray, step: Pool) -> np.ndarray:
    """Windows along the last axis that lie inside of it."""
    view = np.lib.stride_tricks.sliding_window_view(values, _window(step), axis=-1)
    windows = view[..., :: step.stride[0], :: (step.dilation or (1,))[0]]
    return np.asarray(windows.max(-1) if step.kind == "max" else windows.mean(-1))


def _of_constant(levels: np.ndarray, step: Step) -> np.ndarray:
    """What a step makes of channels (channel, ...) that stay as they are in time."""
    if isinstance(step, Nonlinearity):
        return levels if is_clip_gain(step.name) else _FUNCTIONS[step.name](levels)
    if isinstance(step, Affine | Kernel):
        one = effective_kernel([_without_axes(step)], len(levels))
        weights = one.taps[:, :, 0]
        shape = (-1, *(1,) * (levels.ndim - 1))
        return np.asarray(np.tensordot(weights, levels, axes=1) + one.bias.reshape(shape))
    return levels


def _without_axes(step: Affine | Kernel) -> Affine | Kernel:
    """A kernel with the sum of its taps as the only one: its gain at 0 Hz."""
    if isinstance(step, Affine):
        return step
    taps = step.taps.sum(axis=2, keepdims=True)
    return Kernel(
        taps=taps,
        bias=step.bias,
        stride=(1,),
        dilation=(1,),
        padding=(0,),
        groups=step.groups,
    )
