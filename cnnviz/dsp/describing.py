"""A tone through a chain of layers by describing functions: its mean and its fundamental.

Behind each nonlinear step a tone keeps its mean and its fundamental, harmonics are left out: the
describing function of a sinusoid on a bias (Gelb and Vander Velde, "Multiple-Input Describing
Functions and Nonlinear System Design", 1968). Linear layers take both on exactly.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from cnnviz.dsp.composite import Kernel, Pool, Step, effective_kernel
from cnnviz.dsp.composite_policies import behind, cells_seen

_N_PHASES = 32


@dataclass(frozen=True, kw_only=True, slots=True)
class _Tones:
    """mean + Re(wave exp(j angle cell)) of each channel at each frequency.

    `means` and `waves` are (channel, frequency), `angles` radians per cell (frequency,).
    """

    means: np.ndarray
    waves: np.ndarray
    angles: np.ndarray


def describing_levels(
    chain: Sequence[Step],
    followers: Sequence[Step],
    n_channels: int,
    frequencies: np.ndarray,
    *,
    sample_rate: float,
    amplitude: float,
) -> np.ndarray:
    """Largest rise of each unit above its answer to silence, over the phases of a tone.

    Parameters
    ----------
    chain
        From the waveform to a layer, one spatial axis, functions known by name; see
        `composite_policies.unknown_functions`.
    followers
        Steps through which later layers see the units.
    n_channels
        Of the chain's input, which all carry the waveform.
    frequencies, sample_rate
        Hz, (frequency,).
    amplitude
        Of the tone.

    Returns
    -------
    np.ndarray
        At least 0, (filter, frequency).
    """
    amplitudes = np.append(np.full(len(frequencies), amplitude), 0.0)  # silence last
    angles = 2 * np.pi * np.append(frequencies, 0.0) / sample_rate
    waves = np.tile(amplitudes, (n_channels, 1)).astype(complex)
    tones = _Tones(means=np.zeros(waves.shape), waves=waves, angles=angles)
    steps: list[Step] = []
    for step in chain:
        if isinstance(step, Kernel):
            tones, steps = _filtered(_described(tones, steps), step), []
        else:
            steps.append(step)
    tones = _described(tones, steps)
    phases = 2 * np.pi * np.arange(_N_PHASES) / _N_PHASES
    swings = np.abs(tones.waves)[..., None] * np.cos(phases)
    heard = behind(followers, tones.means[..., None] + swings).max(axis=-1)
    return np.asarray(np.maximum(heard[:, :-1] - heard[:, -1:], 0.0))


def _filtered(tones: _Tones, kernel: Kernel) -> _Tones:
    """Sum over channels and taps; a wave moves on by an angle from tap to tap."""
    dense = effective_kernel([kernel], len(tones.means))
    waves = sum(
        dense.taps[:, :, k] @ (tones.waves * np.exp(1j * k * tones.angles))
        for k in range(dense.taps.shape[2])
        if dense.taps[:, :, k].any()
    )
    shape = (len(dense.taps), tones.means.shape[1])
    return _Tones(
        means=dense.taps.sum(axis=2) @ tones.means + dense.bias[:, None],
        waves=np.broadcast_to(np.asarray(waves, dtype=complex), shape),
        angles=tones.angles * kernel.stride[0],
    )


def _described(tones: _Tones, steps: Sequence[Step]) -> _Tones:
    """Mean and fundamental behind functions, affine steps and pooling."""
    if not steps:
        return tones
    phases = 2 * np.pi * (np.arange(_N_PHASES) + 0.5) / _N_PHASES
    cells = np.arange(cells_seen(steps))
    means, waves = np.empty(tones.means.shape), np.empty(tones.waves.shape, dtype=complex)
    for k, angle in enumerate(tones.angles):
        turns = np.exp(1j * (phases[:, None] + angle * cells))  # (phase, cell)
        swings = (tones.waves[:, k, None, None] * turns).real
        values = behind(steps, tones.means[:, k, None, None] + swings)[..., 0]
        means[:, k] = values.mean(axis=1)
        waves[:, k] = 2 * (values * np.exp(-1j * phases)).mean(axis=1)
    strides = [step.stride[0] for step in steps if isinstance(step, Pool)]
    moved = replace(tones, angles=tones.angles * np.prod(strides, dtype=int))
    return replace(moved, means=means, waves=waves)
