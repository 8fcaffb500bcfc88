"""Sounds that units hear in earnest: excerpts of a run's clips, else seeded mixtures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import signal

from cnnviz.probing.stimuli import seconds
from cnnviz.results.finding import plural

if TYPE_CHECKING:
    from cnnviz.run import Run

_CHORD_HZ = (80.0, 1000.0)
_N_PARTIALS = 8
_ENVELOPE_HZ = 4.0
_RMS = 0.1


@dataclass(frozen=True, kw_only=True, slots=True)
class Excerpts:
    """Sounds (sound, samples), float64, and where they are from, in words."""

    waveforms: np.ndarray
    source: str


def excerpts(run: Run, *, n_sounds: int, n_samples: int, seed: int) -> Excerpts:
    """The loudest part of clips spread over classes; without a capture, mixtures.

    Parameters
    ----------
    run
        With or without clips whose audio is kept.
    n_sounds
        At most.
    n_samples
        Of each; clips may be shorter, and the sounds are then.
    seed
        Of the choice of clips and of mixtures.
    """
    generator = np.random.default_rng(seed)
    chosen = _spread(run, n_sounds, generator)
    if len(chosen) > 1:
        clips = run.capture.waveforms(chosen)
        parts = np.stack([loudest(clip, n_samples) for clip in clips])
        parts = parts[np.abs(parts).max(axis=1) > 0]
        if len(parts) > 1:
            source = f"{plural(len(parts), 'clip')} of the run, spread over classes"
            return Excerpts(waveforms=parts.astype(np.float64), source=source)
    rate = run.model.sample_rate
    made = mixtures(n_sounds, n_samples=n_samples, sample_rate=rate, generator=generator)
    return Excerpts(waveforms=made, source=f"{plural(len(made), 'mixture')} of noise and a chord")


def loudest(clip: np.ndarray, n_samples: int) -> np.ndarray:
    """The `n_samples` in a row of a clip (samples,) that hold most energy."""
    if len(clip) <= n_samples:
        return clip
    energy = np.concatenate([[0.0], np.cumsum(np.float64(clip) ** 2)])
    first = int(np.argmax(energy[n_samples:] - energy[:-n_samples]))
    return clip[first : first + n_samples]


def mixtures(
    n_sounds: int, *, n_samples: int, sample_rate: float, generator: np.random.Generator
) -> np.ndarray:
    """Pink noise and a harmonic chord, each under a slow envelope of its own, (sound, samples).

    Parameters
    ----------
    n_sounds, n_samples
        How many, and how long; the root mean square of each is 0.1.
    sample_rate
        Hz.
    generator
        Of everything that is drawn.
    """
    times = seconds(n_samples, sample_rate)
    partials = np.arange(1, _N_PARTIALS + 1)
    made = []
    for _ in range(n_sounds):
        noise = _pink(n_samples, generator)
        pitch = np.exp(generator.uniform(*np.log(np.minimum(_CHORD_HZ, sample_rate / 8))))
        heard = partials[partials * pitch < sample_rate / 2]
        phases = generator.uniform(0, 2 * np.pi, len(heard))
        chord = (np.sin(2 * np.pi * np.outer(heard * pitch, times) + phases[:, None])).sum(0)
        sound = sum(
            part / part.std() * _envelope(n_samples, sample_rate, generator)
            for part in (noise, chord)
        )
        made.append(sound * _RMS / np.sqrt(np.mean(sound**2)))
    return np.stack(made)


def _pink(n_samples: int, generator: np.random.Generator) -> np.ndarray:
    """Noise of 3 dB less power per octave."""
    spectrum = np.fft.rfft(generator.normal(size=n_samples))
    spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))
    spectrum[0] = 0
    return np.asarray(np.fft.irfft(spectrum, n_samples))


def _envelope(n_samples: int, sample_rate: float, generator: np.random.Generator) -> np.ndarray:
    """A slow positive curve: what is left of noise below `_ENVELOPE_HZ`, as a level."""
    n_points = max(4, int(np.ceil(2 * _ENVELOPE_HZ * n_samples / sample_rate)) + 1)
    slow = signal.resample(generator.normal(size=n_points), n_samples)
    return np.asarray(np.exp(slow))


def _spread(run: Run, n_sounds: int, generator: np.random.Generator) -> np.ndarray:
    """Clips with audio, drawn from each class in turn, ascending."""
    if not run.has_capture:
        return np.empty(0, dtype=np.int64)
    available = np.asarray(getattr(run.capture, "audio_index", ()), dtype=np.int64)
    labels = np.asarray(run.capture.labels)[available]
    order = generator.permutation(len(available))
    turns: dict[int, int] = {}
    keyed = []
    for place in order:
        label = int(labels[place])
        turns[label] = turns.get(label, -1) + 1
        keyed.append((turns[label], label, int(available[place])))
    return np.sort([clip for _, _, clip in sorted(keyed)][:n_sounds]).astype(np.int64)
