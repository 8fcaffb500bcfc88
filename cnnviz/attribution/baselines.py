"""Sounds that a clip is compared with: silence, noise like it, its own quiet part.

Silence is one baseline of several: a network may gain most of its score at levels where nothing
is heard yet, and another baseline may rank the parts of a clip otherwise.
"""

from typing import Literal

import numpy as np

from cnnviz.dsp.noise import phase_randomised

BaselineChoice = Literal["silence", "noise", "quiet"]
"""All samples 0; noise of the clip's spectrum and level; its quietest 100 ms, repeated."""
WORDS = {
    "silence": "silence (all samples 0)",
    "noise": "noise of the clip's own spectrum and level (phases drawn at random)",
    "quiet": "the quietest 100 ms of the clip that sound, repeated",
}
_QUIET_SECONDS, _RAMP_SECONDS, _SOUNDING = 0.1, 0.01, 1e-8


def baseline(
    kind: BaselineChoice, waveform: np.ndarray, *, sample_rate: int, seed: int
) -> np.ndarray:
    """The baseline of one clip, (samples,), of the clip's type.

    Parameters
    ----------
    kind
        One of `BaselineChoice`.
    waveform
        (samples,).
    sample_rate
        Hz.
    seed
        Of the phases of noise.
    """
    if kind == "silence":
        return np.zeros(waveform.shape, waveform.dtype)
    if kind == "noise":
        return np.asarray(noise_like(waveform, 1, seed=seed)[0])
    return quiet_part(waveform, sample_rate=sample_rate)


def noise_like(waveform: np.ndarray, n: int, *, seed: int) -> np.ndarray:
    """Noises with the magnitude spectrum of a clip and phases drawn at random, (n, samples).

    The level is that of the clip as well, spread evenly over it.
    """
    generator = np.random.default_rng(seed)
    drawn = [phase_randomised(waveform, generator) for _ in range(n)]
    return np.stack(drawn).astype(waveform.dtype)


def quiet_part(waveform: np.ndarray, *, sample_rate: int) -> np.ndarray:
    """The quietest 100 ms that sound, repeated over the whole clip, (samples,).

    Repetitions overlap by ramps of 10 ms whose powers sum to 1. Digital silence is passed over
    while anything else is there: it would be the baseline of silence again.
    """
    n = min(round(_QUIET_SECONDS * sample_rate), len(waveform))
    ramp = min(round(_RAMP_SECONDS * sample_rate), n // 4)
    starts = np.arange(0, len(waveform) - n + 1, max(1, n // 4))
    powers = np.array([np.mean(np.square(waveform[k : k + n], dtype=float)) for k in starts])
    sounding = powers > _SOUNDING * powers.max()
    if not sounding.any():
        return np.zeros_like(waveform)
    quietest = starts[np.where(sounding, powers, np.inf).argmin()]
    fade = np.sin(np.pi / 2 * (np.arange(ramp) + 0.5) / max(ramp, 1))
    taper = np.concatenate([fade, np.ones(n - 2 * ramp), fade[::-1]])
    piece = waveform[quietest : quietest + n] * taper
    step = n - ramp
    repeated = np.zeros(len(waveform) + 2 * n)
    for start in range(0, len(waveform) + n, step):
        repeated[start : start + n] += piece
    return np.asarray(repeated[ramp : ramp + len(waveform)].astype(waveform.dtype))
