"""One sound changed: shifted, turned around, made louder, higher or faster.

Every sound lies between stretches of silence as long as the receptive field, so that a shift moves
nothing over an edge, and has the level of the excerpt but where the gain is what changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from cnnviz.probing.stimuli import amplitude, ramped

GAINS_DB = (-12.0, -6.0, 6.0, 12.0)
SEMITONES = (-4.0, -2.0, -1.0, 1.0, 2.0, 4.0)
SPEEDS_PERCENT = (-20.0, -10.0, -5.0, 5.0, 10.0, 20.0)
SLACK = 1 + SPEEDS_PERCENT[-1] / 100
"""Length of an excerpt over that of its sounds: faster sounds take in more of it."""
UNITS = MappingProxyType({"gain": "dB", "pitch": "semitones", "speed": "%"})
_REMADE = ("pitch", "speed")  # sounds that get the level of the excerpt again
_WINDOW_SECONDS = 0.064


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """A change of a sound by an amount, in one of `UNITS` or without."""

    family: str
    amount: float = float("nan")

    @property
    def words(self) -> str:
        """Such as ``"pitch +2 semitones"``."""
        unit = UNITS.get(self.family)
        return self.family if unit is None else f"{self.family} {self.amount:+g} {unit}"


CHANGES = (
    Change(family="polarity"),
    Change(family="reversal"),
    *(Change(family="gain", amount=amount) for amount in GAINS_DB),
    *(Change(family="pitch", amount=amount) for amount in SEMITONES),
    *(Change(family="speed", amount=amount) for amount in SPEEDS_PERCENT),
)


def changed(
    excerpt: np.ndarray, changes: Sequence[Change], *, n_samples: int, sample_rate: float
) -> np.ndarray:
    """The middle of an excerpt as it is, then under each change, with ramps.

    Parameters
    ----------
    excerpt
        (samples,), `SLACK` times as long as the sounds.
    changes
        Of `CHANGES`.
    n_samples
        Of each sound.
    sample_rate
        Hz.

    Returns
    -------
    np.ndarray
        float64 (1 + change, samples).

    Examples
    --------
    >>> noise = np.random.default_rng(0).normal(size=1200)
    >>> changed(noise, CHANGES[:2], n_samples=1000, sample_rate=8000).shape
    (3, 1000)
    """
    own = _middle(excerpt, n_samples)
    level = _rms(own)
    made = [own]
    for change in changes:
        sound = _middle(_apply(change, excerpt, sample_rate), n_samples)
        made.append(sound * level / (_rms(sound) or 1.0) if change.family in _REMADE else sound)
    return ramped(np.stack(made), sample_rate)


def in_silence(sounds: np.ndarray, *, n_samples: int, start: int) -> np.ndarray:
    """Sounds (sound, samples) from `start` on in silence of `n_samples`."""
    out = np.zeros((len(sounds), n_samples))
    out[:, start : start + sounds.shape[1]] = sounds
    return out


def shifts_below(jump: float, n_shifts: int) -> np.ndarray:
    """Shifts in audio samples, even over [0, jump), int64; one sample where the jump is one."""
    n_steps = max(round(jump), 2)
    return np.unique(np.arange(min(n_shifts, n_steps)) * n_steps // min(n_shifts, n_steps))


def _apply(change: Change, excerpt: np.ndarray, sample_rate: float) -> np.ndarray:
    """A change of the whole excerpt."""
    if change.family == "polarity":
        return -excerpt
    if change.family == "reversal":
        return excerpt[::-1]
    if change.family == "gain":
        return np.asarray(excerpt * amplitude(change.amount))
    if change.family == "pitch":
        return _pitched(excerpt, change.amount, sample_rate)
    return _faster(excerpt, 1 + change.amount / 100)


def _pitched(excerpt: np.ndarray, semitones: float, sample_rate: float) -> np.ndarray:
    """By librosa's phase vocoder and resampling, at constant duration."""
    from librosa.effects import pitch_shift

    longest = min(_WINDOW_SECONDS * sample_rate, len(excerpt))
    n_fft = 2 ** int(np.log2(longest))
    shifted = pitch_shift(
        excerpt, sr=sample_rate, n_steps=semitones, n_fft=n_fft, res_type="soxr_hq"
    )
    return np.asarray(shifted)


def _faster(excerpt: np.ndarray, factor: float) -> np.ndarray:
    """Read `factor` times as fast: shorter and higher."""
    import soxr

    return np.asarray(soxr.resample(excerpt, factor, 1.0, quality="HQ"))


def _middle(sound: np.ndarray, n_samples: int) -> np.ndarray:
    """`n_samples` around the middle, filled up with silence where there are fewer."""
    missing = max(0, n_samples - len(sound))
    filled = np.pad(sound, (missing // 2, missing - missing // 2))
    first = (len(filled) - n_samples) // 2
    return filled[first : first + n_samples]


def _rms(sound: np.ndarray) -> float:
    return float(np.sqrt(np.mean(sound**2)))
