"""Responses over frequency of units whose network has lost its nonlinearities."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from cnnviz.model import AudioModel
from cnnviz.probing.cell_windows import windows_of
from cnnviz.probing.linear_paths import (
    MeasuredGain,
    MeasuringGains,
    WithoutNonlinearities,
)
from cnnviz.probing.listening import Listener, listening
from cnnviz.probing.one_cell import before_activation
from cnnviz.probing.unit_layers import UnitLayer
from cnnviz.probing.white_noise import white_noise

_UNEVEN, _ROUNDING = 1e-3, 1e-5
"""By how much the answer to twice a sound may differ from twice: re the answer, and of float32."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LinearResponses:
    """What is left of the layers of a network under a policy.

    Parameters
    ----------
    gains
        By layer, activation per unit amplitude of a tone, float64 (unit, frequency); only layers
        that are linear under the policy. Along a frequency axis the largest counts.
    absent
        Why, for the other layers.
    """

    gains: dict[str, np.ndarray]
    absent: dict[str, str]


def measure_gains(
    model: AudioModel, layers: Sequence[UnitLayer], *, rms: float, seed: int
) -> list[MeasuredGain]:
    """What nonlinear steps up to the deepest layer do to noise, from one forward pass.

    Raises
    ------
    NotLinearError
        If one of them cannot be replaced.
    """
    with _before_activation(model, layers) as listener:
        noise = white_noise(
            listener.batch_size,
            listener.n_samples,
            rms=rms,
            generator=np.random.default_rng(seed),
        )
        measuring = MeasuringGains()
        with measuring:
            listener.hear(torch.from_numpy(noise))
    return measuring.gains


def linear_responses(
    model: AudioModel,
    layers: Sequence[UnitLayer],
    frequencies: np.ndarray,
    gains: list[MeasuredGain] | None = None,
) -> LinearResponses:
    """Response over frequency of every unit, before its own activation function.

    A linear network answers exp(j 2 pi f t) with its gain at f; sine and cosine are its parts.

    Parameters
    ----------
    model
        Borrowed.
    layers
        In order of execution.
    frequencies
        Hz, (frequency,).
    gains
        Of `measure_gains` for the same layers, the policy ``gated``; None: ``identity``.

    Raises
    ------
    NotLinearError
        If a nonlinear step cannot be replaced.
    """
    with _before_activation(model, layers) as listener:
        mode = WithoutNonlinearities(gains)

        def hear(sounds: np.ndarray) -> dict[str, Tensor]:
            mode.restart()
            with mode:
                return listener.hear(torch.from_numpy(sounds.astype(np.float32)))

        silence = _at_cells(listener, hear(np.zeros((1, listener.n_samples))))
        absent = _not_linear(listener, hear, silence, frequencies)
        found = {name: np.zeros((one.shape[1], len(frequencies))) for name, one in silence.items()}
        size = max(1, listener.batch_size // 2)
        for start in range(0, len(frequencies), size):
            part = frequencies[start : start + size]
            answers = _at_cells(listener, hear(_waves(part, listener)))
            for name, answer in answers.items():
                parts = (answer - silence[name]).reshape(2, len(part), *answer.shape[1:])
                levels = np.hypot(parts[0], parts[1])  # (frequency, unit, [band])
                columns = slice(start, start + len(part))
                found[name][:, columns] = levels.reshape(*levels.shape[:2], -1).max(2).T
    kept = {name: values for name, values in found.items() if name not in absent}
    return LinearResponses(gains=kept, absent=absent)


@contextmanager
def _before_activation(model: AudioModel, layers: Sequence[UnitLayer]) -> Iterator[Listener]:
    with listening(model, layers) as listener:
        n_samples = listener.n_samples
    raw = [before_activation(layer) for layer in layers]
    with listening(model, raw, n_samples=n_samples) as listener:
        yield replace(listener, layers=tuple(raw))


def _waves(frequencies: np.ndarray, listener: Listener) -> np.ndarray:
    """Cosines, then sines, without ramps, (2 * frequency, samples)."""
    times = np.arange(listener.n_samples) / listener.model.sample_rate
    angles = 2 * np.pi * np.outer(frequencies, times)
    return np.concatenate([np.cos(angles), np.sin(angles)])


def _at_cells(listener: Listener, heard: dict[str, Tensor]) -> dict[str, np.ndarray]:
    """Of each layer the middle one of the cells that see no padding, (sound, unit, [band])."""
    found = {}
    for layer in listener.layers:
        maps = heard[layer.name]
        cells = windows_of(layer, maps.shape[-1], listener.n_samples).cells
        found[layer.name] = maps[..., int(cells[len(cells) // 2])].double().cpu().numpy()
    return found


def _not_linear(
    listener: Listener,
    hear: Callable[[np.ndarray], dict[str, Tensor]],
    silence: dict[str, np.ndarray],
    frequencies: np.ndarray,
) -> dict[str, str]:
    """Layers that answer twice a sound otherwise than twice."""
    sound = 0.01 * _waves(frequencies[len(frequencies) // 2 :][:1], listener)
    absent = {}
    for name, answers in _at_cells(listener, hear(np.concatenate([sound, 2 * sound]))).items():
        changes = answers - silence[name]
        n = len(sound)
        off = np.abs(changes[n:] - 2 * changes[:n]).max()
        if not off <= _UNEVEN * np.abs(changes).max() + _ROUNDING * np.abs(answers).max():
            absent[name] = "a step on the way is not linear under any gain"
    return absent
