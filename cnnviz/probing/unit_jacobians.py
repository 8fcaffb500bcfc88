"""Jacobians of units at one cell with respect to the waveform, at many sounds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch

from cnnviz.model import AudioModel
from cnnviz.probing.cell_windows import CellWindows, of_bands, shortest_sound, windows_of
from cnnviz.probing.listening import Listener, listening
from cnnviz.probing.unit_layers import UnitLayer
from cnnviz.probing.white_noise import white_noise

_VALUES = 1 << 24
_GRAPH_SHARE = 4  # of a batch that is held with its graph
_REFUSALS = (RuntimeError, ValueError, IndexError, AssertionError, TypeError, NotImplementedError)


class NoGradientError(Exception):
    """No gradient of the layer reaches the waveform."""


def unit_jacobians(
    model: AudioModel,
    layer: UnitLayer,
    bands: np.ndarray | None,
    *,
    units: Sequence[int],
    n_sounds: int,
    rms: float,
    generator: np.random.Generator,
) -> Iterator[np.ndarray]:
    """Jacobians of units of a layer at sounds of noise, unit after unit.

    The sounds are independent: of a sound and its negative, a unit near its threshold has exactly
    one half of its gradient nearly always, so that few pairs tell no mean.

    Parameters
    ----------
    model
        Whose layer it is.
    layer
        See `unit_layers`.
    bands
        Cell along frequency of each unit, or None.
    units
        Channels.
    n_sounds
        Of noise.
    rms
        Of the noise.
    generator
        Of the noise.

    Yields
    ------
    np.ndarray
        float32 (input, tap): the derivatives of one cell that sees no padding by the audio
        samples that it sees.

    Raises
    ------
    NoGradientError
        If the layer carries no gradient to the waveform.
    """
    with listening(
        model, [layer], gradients=True, n_samples=_accepted_length(model, layer)
    ) as listener:
        silence = listener.hear(torch.zeros(1, listener.n_samples))[layer.name]
        windows = windows_of(layer, silence.shape[-1], listener.n_samples)
        sounds = white_noise(n_sounds, listener.n_samples, rms=rms, generator=generator)
        size = max(1, _VALUES // (len(sounds) * windows.size))
        for start in range(0, len(units), size):
            some = units[start : start + size]
            yield from _of_units(listener, sounds, windows, some, bands)


def _accepted_length(model: AudioModel, layer: UnitLayer) -> int | None:
    """The fewest audio samples; None, those of `listening`, where the network refuses them."""
    n_samples = shortest_sound(layer)
    if n_samples is None or n_samples > (model.n_samples or n_samples):
        return None
    with listening(model, [layer], n_samples=n_samples) as listener:
        try:
            heard = listener.hear(torch.zeros(1, n_samples))[layer.name]
        except _REFUSALS:
            return None
    return n_samples if windows_of(layer, heard.shape[-1], n_samples).is_known else None


def _of_units(
    listener: Listener,
    sounds: np.ndarray,
    windows: CellWindows,
    units: Sequence[int],
    bands: np.ndarray | None,
) -> np.ndarray:
    """Jacobians of a few units, float32 (unit, input, tap)."""
    found = np.empty((len(units), len(sounds), windows.size), np.float32)
    size = max(1, listener.batch_size // _GRAPH_SHARE)
    seen = slice(int(windows.starts[0]), int(windows.starts[0]) + windows.size)
    name, cell = listener.layers[0].name, int(windows.cells[0])
    for start in range(0, len(sounds), size):
        waveforms = torch.from_numpy(sounds[start : start + size]).requires_grad_()
        answers = of_bands(listener.hear(waveforms)[name], bands)[..., cell]  # (input, unit)
        if not answers.requires_grad:
            raise NoGradientError
        for row, unit in enumerate(units):
            gradient = _gradient(answers[:, unit].sum(), waveforms)
            found[row, start : start + size] = gradient[:, seen].cpu().numpy()
    return found


def _gradient(answer: torch.Tensor, waveforms: torch.Tensor) -> torch.Tensor:
    try:
        (gradient,) = torch.autograd.grad(answer, waveforms, retain_graph=True, allow_unused=True)
    except (RuntimeError, NotImplementedError) as error:
        raise NoGradientError from error
    if gradient is None:
        raise NoGradientError
    return gradient
