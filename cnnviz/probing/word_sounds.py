"""Exemplars of the words of the vocabulary: waveforms, float64 (exemplar, samples).

Lasting sounds have equal rms at each of three levels; a click has its peak there instead, and an
onset or offset the level of the sound that begins or ends. Every exemplar of a word follows from
the seed and the word alone, so that it does not change with the rest of a vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from zlib import crc32

import numpy as np

from cnnviz.dsp.scales import erb_spaced
from cnnviz.probing.stimuli import amplitude, ramped, seconds
from cnnviz.probing.vocabulary import Word

LEVELS_DB = (-16.0, -23.0, -30.0)
"""rms re that of a full-scale sine."""
N_EXEMPLARS = 12
_NEARLY_SILENT_DB = -140.0
_SWEEP_SECONDS = (0.0125, 0.025, 0.05, 0.1)
_FM_DEPTH = 0.1
_EDGE_SECONDS = 0.001
_BANDWIDTHS_HZ = (60.0, 90.0, 150.0)  # of formants
Make = Callable[[Word, "_Frame"], np.ndarray]


class _Frame:
    """Length, sample rate and source of random numbers of one word's exemplars."""

    def __init__(self, n_samples: int, sample_rate: float, generator: np.random.Generator) -> None:
        self.n_samples, self.sample_rate, self.generator = n_samples, sample_rate, generator
        self.times = seconds(n_samples, sample_rate)

    @property
    def top_hz(self) -> float:
        """Highest frequency that sounds contain."""
        return 0.45 * self.sample_rate

    def phases(self, *shape: int) -> np.ndarray:
        """Phases in radians."""
        return self.generator.uniform(0, 2 * np.pi, shape)

    def places(self) -> np.ndarray:
        """An audio sample of the middle fifth for each exemplar, (exemplar,)."""
        return np.asarray(
            self.generator.uniform(0.4, 0.6, N_EXEMPLARS) * self.n_samples, dtype=np.int64
        )


def exemplars(word: Word, *, n_samples: int, sample_rate: float, seed: int) -> np.ndarray:
    """Sounds of a word, float64 (`N_EXEMPLARS`, samples).

    Parameters
    ----------
    word
        Of `vocabulary`.
    n_samples
        Length.
    sample_rate
        Hz.
    seed
        Of phases, noises, places and carriers.

    Examples
    --------
    >>> word = Word(family="tone", low_hz=900.0, high_hz=1100.0)
    >>> exemplars(word, n_samples=4000, sample_rate=16000, seed=0).shape
    (12, 4000)
    """
    name = word.name.removeprefix("up-").removeprefix("down-")  # chirps both ways are drawn alike
    generator = np.random.default_rng((seed, crc32(name.encode())))
    frame = _Frame(n_samples, sample_rate, generator)
    levels = np.resize(LEVELS_DB, N_EXEMPLARS)
    if word.family == "silence":
        levels = np.full(N_EXEMPLARS, _NEARLY_SILENT_DB)
    sounds = _MAKERS[word.family](word, frame)
    return ramped(sounds * amplitude(levels)[:, None], sample_rate)


def _equal_rms(sounds: np.ndarray) -> np.ndarray:
    """Sounds with the rms of a full-scale sine."""
    rms = np.sqrt(np.mean(np.square(sounds), axis=1, keepdims=True))
    return np.asarray(sounds * np.sqrt(0.5) / np.maximum(rms, 1e-12))


def _inside(word: Word, n: int = N_EXEMPLARS // len(LEVELS_DB)) -> np.ndarray:
    """Frequencies in the middle of the n equal parts of a band, each at all levels, (exemplar,)."""
    parts = erb_spaced(word.low_hz, word.high_hz, 2 * n + 1)[1::2]
    return np.repeat(parts, len(LEVELS_DB))


def _tone(word: Word, frame: _Frame) -> np.ndarray:
    angles = 2 * np.pi * np.outer(_inside(word), frame.times)
    return np.asarray(np.sin(angles + frame.phases(N_EXEMPLARS, 1)))


def _noise(word: Word, frame: _Frame) -> np.ndarray:
    """Gaussian noise of a band, by its Fourier transform."""
    hertz = np.fft.rfftfreq(frame.n_samples, 1 / frame.sample_rate)
    shape = (N_EXEMPLARS, len(hertz))
    spectrum = frame.generator.normal(size=shape) * np.exp(1j * frame.phases(*shape))
    spectrum[:, (hertz < word.low_hz) | (hertz > word.high_hz)] = 0
    return _equal_rms(np.fft.irfft(spectrum, frame.n_samples))


def _chirp(word: Word, frame: _Frame) -> np.ndarray:
    """Sweeps across a band, exponential in time, one after the other, of several durations.

    Those down are those up played backwards.
    """
    sweeps = np.repeat(_SWEEP_SECONDS, len(LEVELS_DB))[:, None]  # (exemplar, 1)
    starts = frame.generator.uniform(0, 1, (N_EXEMPLARS, 1))
    share = np.mod(frame.times / sweeps + starts, 1)
    up = _from_frequency(word.low_hz * (word.high_hz / word.low_hz) ** share, frame)
    return up[:, ::-1] if word.family == "down-chirp" else up


def _fm(word: Word, frame: _Frame) -> np.ndarray:
    """Tones whose frequency swings by a tenth around a carrier."""
    swing = np.sin(2 * np.pi * word.rate_hz * frame.times + frame.phases(N_EXEMPLARS, 1))
    carriers = np.minimum(_inside(word), frame.top_hz / (1 + _FM_DEPTH))[:, None]
    return _from_frequency(carriers * (1 + _FM_DEPTH * swing), frame)


def _from_frequency(hertz: np.ndarray, frame: _Frame) -> np.ndarray:
    """Sines of an instantaneous frequency (exemplar, samples)."""
    turns = np.cumsum(hertz, axis=1) / frame.sample_rate
    return np.asarray(np.sin(2 * np.pi * turns + frame.phases(N_EXEMPLARS, 1)))


def _carriers(word: Word, frame: _Frame) -> np.ndarray:
    """Broad noise for one half of the exemplars, tones of all frequencies for the other."""
    is_noise = (np.arange(N_EXEMPLARS) // len(LEVELS_DB)) % 2 == 0
    return np.where(is_noise[:, None], _noise(word, frame), _tone(word, frame))


def _am(word: Word, frame: _Frame) -> np.ndarray:
    """Carriers under a full sinusoidal modulation."""
    angles = 2 * np.pi * word.rate_hz * frame.times + frame.phases(N_EXEMPLARS, 1)
    return _equal_rms(_carriers(word, frame) * (1 + np.sin(angles)))


def _harmonic(word: Word, frame: _Frame) -> np.ndarray:
    """Equal harmonics up to the top, in random phases for half of the exemplars, else in sine."""
    return _equal_rms(_stack(_inside(word), frame, np.ones_like))


def _vowel(word: Word, frame: _Frame) -> np.ndarray:
    """Harmonics of a voice, falling by 12 dB per octave, under the resonances of a vowel."""
    f0 = np.repeat(frame.generator.uniform(90, 220, N_EXEMPLARS // len(LEVELS_DB)), len(LEVELS_DB))

    def envelope(hertz: np.ndarray) -> np.ndarray:
        gains = 1 / np.maximum(hertz, 1.0) ** 2 * hertz  # radiation lifts by 6 dB per octave
        for centre, width in zip(word.formants_hz, _BANDWIDTHS_HZ, strict=True):
            gains = gains * centre**2 / np.abs(centre**2 - hertz**2 + 1j * width * hertz)
        return np.asarray(gains)

    return _equal_rms(_stack(f0, frame, envelope))


def _stack(
    f0: np.ndarray, frame: _Frame, envelope: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """Harmonics of fundamentals (exemplar,) under a spectral envelope."""
    sounds = np.zeros((N_EXEMPLARS, frame.n_samples))
    is_random = np.arange(N_EXEMPLARS) // len(LEVELS_DB) % 2 == 0
    for k, fundamental in enumerate(f0):
        hertz = fundamental * np.arange(1, int(frame.top_hz / fundamental) + 1)
        phases = frame.phases(len(hertz)) * is_random[k]
        turns = np.exp(2j * np.pi * fundamental * frame.times)
        coefficients = envelope(hertz) * np.exp(1j * phases)
        sounds[k] = np.polynomial.polynomial.polyval(turns, np.r_[0, coefficients]).imag
    return sounds


def _click(word: Word, frame: _Frame) -> np.ndarray:  # noqa: ARG001 (what every maker takes)
    """Single pulses of one audio sample or half a millisecond, of either sign."""
    sounds = np.zeros((N_EXEMPLARS, frame.n_samples))
    widths = np.resize((1, max(1, round(0.0005 * frame.sample_rate))), N_EXEMPLARS)
    signs = np.repeat((1.0, -1.0), N_EXEMPLARS // 2)
    for k, (place, width) in enumerate(zip(frame.places(), widths, strict=True)):
        sounds[k, place : place + width] = signs[k]
    return sounds


def _onset(word: Word, frame: _Frame) -> np.ndarray:
    """Carriers that begin within a millisecond, or end so."""
    n_edge = max(1, round(_EDGE_SECONDS * frame.sample_rate))
    since = np.arange(frame.n_samples) - frame.places()[:, None]
    gate = np.clip(since / n_edge, 0, 1)
    return np.asarray(_carriers(word, frame) * (gate if word.family == "onset" else 1 - gate))


def _silence(word: Word, frame: _Frame) -> np.ndarray:
    """Noise that no 16 bits hold, and zeros."""
    return _noise(word, frame) * (np.arange(N_EXEMPLARS) % 2)[:, None]


_MAKERS: Mapping[str, Make] = MappingProxyType(
    {
        "tone": _tone,
        "noise band": _noise,
        "noise": _noise,
        "up-chirp": _chirp,
        "down-chirp": _chirp,
        "AM": _am,
        "FM": _fm,
        "harmonic": _harmonic,
        "vowel": _vowel,
        "click": _click,
        "onset": _onset,
        "offset": _onset,
        "silence": _silence,
    }
)
