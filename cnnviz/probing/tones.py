"""Responses of units to pure tones: frequency by level, over all phases."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor

from cnnviz.capture.hearing import as_heard
from cnnviz.dsp.scales import erb_spaced
from cnnviz.errors import ParameterError
from cnnviz.model import AudioModel
from cnnviz.probing import stimuli
from cnnviz.probing.listening import Activations, Listener, listening
from cnnviz.probing.unit_layers import UnitLayer

_OF_NYQUIST = 0.98  # highest tone
_PERIODS = 2  # of the lowest tone; the peak of one would do


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


def tone_frequencies(low_hz: float, sample_rate: float, n_frequencies: int) -> np.ndarray:
    """Frequencies in Hz in even steps on the ERB-rate scale, up to just below Nyquist.

    Raises
    ------
    ParameterError
        If the lowest is not below the highest.
    """
    highest = _OF_NYQUIST * sample_rate / 2
    if low_hz >= highest:
        raise ParameterError(
            f"low_hz={low_hz:g}; allowed: below {highest:g} Hz at {sample_rate:g} Hz"
        )
    return erb_spaced(low_hz, highest, n_frequencies)


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
    are one measurement: behind a stride a single phase can fall on the zeros of a wave. Cells that
    are read see two periods of the lowest tone at least, and no ramp.

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
    ramp = stimuli.ramp_samples(model.sample_rate)
    steady = _PERIODS / float(frequencies.min()) + 2 * stimuli.RAMP_SECONDS
    with listening(model, layers, read=partial(_extremes, ramp), steady_seconds=steady) as listener:
        silence = _peaks(layers, listener.hear(torch.zeros(1, listener.n_samples)), n_phases=1)
        shape = (len(frequencies), len(levels_db))
        peaks = {layer.name: np.zeros((layer.n_units, *shape)) for layer in layers}
        size = max(1, listener.batch_size // n_phases)
        for start in range(0, len(frequencies), size):
            rows = slice(start, min(start + size, len(frequencies)))
            sounds = _tones(listener, frequencies[rows], n_phases)
            for column, amplitude in enumerate(stimuli.amplitude(levels_db)):
                heard = _peaks(layers, listener.hear(sounds * float(amplitude)), n_phases)
                for name, values in heard.items():
                    changes = values - silence[name]  # (frequency, unit, frequency cell)
                    peaks[name][:, rows, column] = changes.amax(2).T.numpy()
            if progress is not None:
                progress(rows.stop)
    return {
        layer.name: ToneResponses(
            peaks=peaks[layer.name],
            silence=silence[layer.name].mean(2)[0].numpy(),
            is_steady=layer.is_steady(listener.n_samples, ramp),
        )
        for layer in layers
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


def _extremes(ramp: int, layer: UnitLayer, output: Tensor, n_samples: int) -> Tensor:
    """Lowest and highest value over the steady cells, (sound, unit, [frequency,] 2)."""
    cells, _ = layer.interior(output.shape[-1], n_samples=n_samples, ramp=ramp)
    lowest, highest = output[..., cells].aminmax(dim=-1)
    return torch.stack([lowest, highest], dim=-1)


def _peaks(layers: Sequence[UnitLayer], extremes: Activations, n_phases: int) -> Activations:
    """Highest value that later layers see, over phases, float64 (frequency, unit, cell)."""
    found = {}
    for layer in layers:
        values = as_heard(extremes[layer.name].double(), layer.followers).amax(-1)
        phases = values.reshape(-1, n_phases, layer.n_units, values[0, 0].numel())
        found[layer.name] = phases.amax(1).cpu()
    return found
