"""Periodic sounds: how long they must be, and which cells of a layer hold one period.

Of a sound that repeats every T audio samples, a layer with J audio samples between its cells gives
cells that repeat every N = T / J. Over these N cells sines of k / T cycles per audio sample are
orthogonal, so that Fourier components are exact and nothing leaks.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from cnnviz.probing.listening import Activations, Listener
from cnnviz.probing.stimuli import ramp_samples
from cnnviz.probing.unit_layers import UnitLayer

_BATCH_SAMPLES = 1 << 16  # of a pass: what stays in a core's cache is twice as fast
_REFUSALS = (RuntimeError, ValueError, IndexError, AssertionError, TypeError)


def why_not(layer: UnitLayer) -> str:
    """Why cells of a layer have no known place in time; empty where they do."""
    if layer.call.time_axis is None:
        return "it has no time axis"
    if layer.known_field is None:
        return "the receptive field of its cells is not known"
    return ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Room:
    """Lengths that sounds for some layers may have, in audio samples.

    Parameters
    ----------
    sample_rate
        Hz.
    step
        What periods are multiples of, so that the cells of every layer repeat with them.
    margin
        Ramps and receptive fields around a period.
    fixed
        The only length that the network takes; None: any.
    """

    sample_rate: int
    step: int
    margin: int
    fixed: int | None

    def length(self, period: int) -> int:
        """Of a sound with a period inside its ramps and receptive fields."""
        return self.fixed or self.margin + period

    def period(self, seconds: float) -> int:
        """Shortest period of so many seconds or more, or the longest there is room for; 0: none."""
        steps = math.ceil(seconds * self.sample_rate / self.step - 1e-9)
        if self.fixed is not None:
            steps = min(steps, (self.fixed - self.margin) // self.step)
        return max(steps, 0) * self.step


def room_for(listener: Listener, layers: Sequence[UnitLayer], *, seconds: float) -> Room:
    """Room for periods of so many seconds, less where the network takes one length only.

    Parameters
    ----------
    listener
        Of the network.
    layers
        Those without a `why_not`.
    seconds
        Of the longest period that will be asked for.
    """
    fields = [layer.field for layer in layers]
    jumps = [field.jump for field in fields]
    rate = listener.model.sample_rate
    largest = max(field.size + field.jump for field in fields)
    margin = 2 * ramp_samples(rate) + math.ceil(largest)
    room = Room(sample_rate=rate, step=_common(jumps, rate), margin=margin, fixed=None)
    if takes(listener, room.length(room.period(seconds))):
        return room
    return Room(sample_rate=rate, step=room.step, margin=margin, fixed=listener.n_samples)


def takes(listener: Listener, n_samples: int) -> bool:
    """Whether the network runs on sounds of a length."""
    try:
        listener.hear(torch.zeros(1, n_samples))
    except _REFUSALS:
        return False
    return True


def _common(jumps: Sequence[float], sample_rate: int) -> int:
    """Least common multiple; the largest where there is none below a second."""
    whole = [max(1, round(jump)) for jump in jumps]
    common = math.lcm(*whole)
    return common if common <= sample_rate else max(whole)


def period_cells(
    layer: UnitLayer, n_cells: int, *, n_samples: int, room: Room, period: int
) -> slice:
    """Cells of one period, free of ramps and padding.

    Parameters
    ----------
    layer
        Without a `why_not`.
    n_cells
        That it gave.
    n_samples, period
        Of the sound, and of its period, in audio samples.
    room
        That gave the period.
    """
    ramp = ramp_samples(room.sample_rate)
    inside, _ = layer.interior(n_cells, n_samples=n_samples, ramp=ramp)
    return slice(inside.start, min(inside.start + round(period / layer.field.jump), inside.stop))


def projection(
    layer: UnitLayer, cells: slice, cycles: Sequence[float], *, sample_rate: float
) -> np.ndarray:
    """Mean and sines of some frequencies, fitted by least squares, complex (1 + frequency, cell).

    Parameters
    ----------
    layer
        Without a `why_not`; cells stand at the centres of their receptive fields.
    cells
        Of the layer.
    cycles
        Hz, above 0 and below half the rate of the cells.
    sample_rate
        Hz of the audio.

    Returns
    -------
    np.ndarray
        Times cells it gives the mean, and c of each Re(c exp(2 pi i f t)) with t in s from the
        beginning of the sound.
    """
    times = layer.field.centres(cells.stop)[cells] / sample_rate
    turns = 2 * np.pi * np.outer(times, cycles)
    columns = np.hstack([np.ones((len(times), 1)), np.cos(turns), np.sin(turns)])
    fitted = np.linalg.pinv(columns)
    n = len(cycles)
    return np.vstack([fitted[:1] + 0j, fitted[1 : 1 + n] - 1j * fitted[1 + n :]])


def cell_rate_hz(layer: UnitLayer, sample_rate: float) -> float:
    """Cells of a layer per second."""
    return float(sample_rate / layer.field.jump)


def heard_in_batches(
    listener: Listener, sounds: Callable[[np.ndarray], np.ndarray], n_sounds: int, n_samples: int
) -> Iterator[tuple[np.ndarray, Activations]]:
    """Activations batch by batch of sounds that are made when they are needed.

    Parameters
    ----------
    listener
        Of the network.
    sounds
        Numbers of sounds to waveforms (sound, samples).
    n_sounds, n_samples
        How many there are, and how long they are.

    Yields
    ------
    numbers of the sounds, and activations by layer
    """
    size = listener.model.batch_size or max(1, _BATCH_SAMPLES // n_samples)
    for start in range(0, n_sounds, size):
        index = np.arange(start, min(start + size, n_sounds))
        made = np.ascontiguousarray(sounds(index), np.float32)
        yield index, listener.hear(torch.from_numpy(made))


def at_bands(activations: Tensor, bands: np.ndarray) -> Tensor:
    """Each unit at one cell of the frequency axis: (sound, unit, [frequency,] time) without it."""
    if activations.ndim == 3:
        return activations
    units = torch.arange(activations.shape[1], device=activations.device)
    return activations[:, units, torch.from_numpy(bands).to(activations.device)]
