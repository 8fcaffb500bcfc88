"""Sounds made for a purpose, float64 (sound, samples), at levels re a full-scale sine.

A tone of 0 dBFS has amplitude 1. Every sound rises and falls over raised cosines of `RAMP_SECONDS`,
so that no click of its ends is heard.
"""

import numpy as np

RAMP_SECONDS = 0.01


def amplitude(level_db: np.ndarray | float) -> np.ndarray:
    """Amplitude of a sine at a level in dB re full scale."""
    return np.asarray(10 ** (np.asarray(level_db, dtype=np.float64) / 20))


def seconds(n_samples: int, sample_rate: float) -> np.ndarray:
    """Time of each audio sample in s, (samples,)."""
    return np.arange(n_samples) / sample_rate


def ramp_samples(sample_rate: float) -> int:
    """Audio samples over which a sound rises, and over which it falls."""
    return int(np.ceil(RAMP_SECONDS * sample_rate))


def ramped(sounds: np.ndarray, sample_rate: float) -> np.ndarray:
    """Let sounds (sound, samples) rise from and fall to zero over raised cosines."""
    n_ramp = min(ramp_samples(sample_rate), sounds.shape[-1] // 2)
    rise = np.sin(0.5 * np.pi * (np.arange(n_ramp) + 0.5) / max(n_ramp, 1)) ** 2
    envelope = np.ones(sounds.shape[-1])
    envelope[:n_ramp] = rise
    envelope[len(envelope) - n_ramp :] = rise[::-1]
    return np.asarray(sounds * envelope)


def tones(
    frequencies: np.ndarray, phases: np.ndarray, *, n_samples: int, sample_rate: float
) -> np.ndarray:
    """Full-scale pure tones, (sound, samples).

    Parameters
    ----------
    frequencies, phases
        Hz and radians of each sound, (sound,).
    n_samples
        Length.
    sample_rate
        Hz.

    Examples
    --------
    >>> tones(np.array([1000.0]), np.array([0.0]), n_samples=4000, sample_rate=8000).shape
    (1, 4000)
    """
    angles = 2 * np.pi * np.outer(frequencies, seconds(n_samples, sample_rate))
    return ramped(np.sin(angles + np.asarray(phases)[:, None]), sample_rate)


def even_phases(n_phases: int) -> np.ndarray:
    """Phases in radians in equal steps around the circle, (n_phases,)."""
    return 2 * np.pi * np.arange(n_phases) / n_phases
