"""Responses of units to pure tones: frequency by level, over all phases."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from cnnviz.model import AudioModel
from cnnviz.probing import stimuli
from cnnviz.probing.listening import Listener, UnitLayer, listening


@dataclass(frozen=True, kw_only=True, slots=True)
class ToneResponses:
    """What units of one layer answer to tones.

    Parameters
    ----------
    peaks
        Largest value over time and phases less the answer to silence, float64
        (unit, frequency, level): of a linear unit the amplitude of the tone times its gain.
    silence
        Mean answer to silence, (unit,).
    is_steady
        Whether cells were read that see no ramp of a tone and no padding.
    """

    peaks: np.ndarray
    silence: np.ndarray
    is_steady: bool


def hear_tones(
    model: AudioModel,
    layers: Sequence[UnitLayer],
    *,
    frequencies: np.ndarray,
    levels_db: np.ndarray,
    n_phases: int,
    progress: Callable[[int], None] | None = None,
) -> dict[str, ToneResponses]:
    """Measure responses of units to pure tones.

    Of layers with a frequency axis the cell of the largest response counts. Tones of all phases
    are one measurement: behind a stride a single phase can fall on the zeros of a wave.

    Parameters
    ----------
    model
        Borrowed.
    layers
        In order of execution.
    frequencies, levels_db
        Hz (frequency,) and dB re a full-scale sine (level,).
    n_phases
        In even steps.
    progress
        Called with the number of frequencies that are done.
    """
    with listening(model, layers) as listener:
        silence = _silence(listener)
        shape = (len(frequencies), len(levels_db))
        peaks = {layer.name: np.zeros((layer.n_units, *shape)) for layer in layers}
        size = max(1, listener.batch_size // n_phases)
        for start in range(0, len(frequencies), size):
            rows = slice(start, min(start + size, len(frequencies)))
            sounds = _tones(listener, frequencies[rows], n_phases)
            for column, amplitude in enumerate(stimuli.amplitude(levels_db)):
                heard = listener.hear(sounds * float(amplitude))
                for layer in layers:
                    maps = listener.steady(layer, heard[layer.name], sounds.shape[1])
                    peaks[layer.name][:, rows, column] = _peaks(
                        maps - silence[layer.name], n_phases
                    )
            if progress is not None:
                progress(rows.stop)
        ramp = stimuli.ramp_samples(model.sample_rate)
        steady = {
            layer.name: layer.interior(
                heard[layer.name].shape[-1], n_samples=listener.n_samples, ramp=ramp
            )[1]
            for layer in layers
        }
    return {
        name: ToneResponses(
            peaks=one,
            silence=_array(silence[name].flatten(1).mean(1)),
            is_steady=steady[name],
        )
        for name, one in peaks.items()
    }


def _tones(listener: Listener, frequencies: np.ndarray, n_phases: int) -> Tensor:
    """All phases of each frequency, float32 (frequency and phase, samples)."""
    sounds = stimuli.tones(
        np.repeat(frequencies, n_phases),
        np.tile(stimuli.even_phases(n_phases), len(frequencies)),
        n_samples=listener.n_samples,
        sample_rate=listener.model.sample_rate,
    )
    return torch.from_numpy(sounds.astype(np.float32))


def _silence(listener: Listener) -> dict[str, Tensor]:
    """Mean over time of the answer to silence, (unit, [frequency,] 1)."""
    heard = listener.hear(torch.zeros(1, listener.n_samples))
    return {
        layer.name: listener.steady(layer, heard[layer.name], listener.n_samples)[0].mean(
            -1, keepdim=True
        )
        for layer in listener.layers
    }


def _peaks(changes: Tensor, n_phases: int) -> np.ndarray:
    """Maxima of a batch (frequency and phase, unit, cells ...) as (unit, frequency)."""
    highest = changes.flatten(2).amax(2)  # (frequency and phase, unit)
    return _array(highest.reshape(-1, n_phases, highest.shape[1]).amax(1).T)


def _array(values: Tensor) -> np.ndarray:
    return np.asarray(values.double().cpu().numpy())
