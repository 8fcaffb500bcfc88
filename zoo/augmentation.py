"""Variation of training clips as tensor operations over a whole batch.

Every function takes waveforms (clip, time) of full scale 1 and a generator on their device,
and gives waveforms of the same shape.
"""

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from .recipe import Augmentation


def augment(
    waveforms: Tensor,
    background: Tensor | None,
    settings: Augmentation,
    *,
    sample_rate: int,
    generator: Generator,
) -> Tensor:
    """Vary each clip of a batch in time, speed, colour, noise, polarity and level.

    Parameters
    ----------
    waveforms
        float32 (clip, time).
    background
        float32 (clip, time), one excerpt of noise per clip; None adds no noise.
    settings
        Ranges.
    sample_rate
        Hz.
    generator
        Source of every random choice.

    Returns
    -------
    Tensor
        float32 (clip, time).
    """
    shifted = move(waveforms, settings, sample_rate=sample_rate, generator=generator)
    coloured = tilt(shifted, settings.tilt, generator)
    if background is not None:
        coloured = add_noise(coloured, background, settings, generator)
    return change_level(coloured, settings.gain_db, generator)


def move(
    waveforms: Tensor, settings: Augmentation, *, sample_rate: int, generator: Generator
) -> Tensor:
    """Shift by whole audio samples and change the speed about the middle of the clip."""
    n_samples = waveforms.shape[1]
    factor = _uniform(waveforms, settings.speed, generator).exp()
    changed = _chance(waveforms, settings.speed_probability, generator)
    factor = torch.where(changed, factor, torch.ones_like(factor))
    shift = _uniform(waveforms, settings.shift_seconds * sample_rate, generator).round()
    middle = n_samples // 2
    cells = torch.arange(n_samples, device=waveforms.device) - middle
    return interpolate(waveforms, cells * factor + middle + shift)


def interpolate(waveforms: Tensor, positions: Tensor) -> Tensor:
    """Read waveforms between their audio samples by Catmull and Rom's cubic.

    Parameters
    ----------
    waveforms
        (clip, time).
    positions
        (clip, position) in audio samples; beyond the ends the clip is mirrored.

    Returns
    -------
    Tensor
        (clip, position).
    """
    whole = positions.floor()
    t = positions - whole
    a, b, c, d = (_mirrored(waveforms, whole.long() + k) for k in (-1, 0, 1, 2))
    # b + t/2 (c - a + t (2a - 5b + 4c - d + t (3(b - c) + d - a)))
    return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))


def tilt(waveforms: Tensor, largest: float, generator: Generator) -> Tensor:
    """Colour the spectrum by a filter of two taps, as another microphone would."""
    coefficient = _uniform(waveforms, largest, generator)
    return waveforms + coefficient * F.pad(waveforms, (1, 0))[:, :-1]


def add_noise(
    waveforms: Tensor, background: Tensor, settings: Augmentation, generator: Generator
) -> Tensor:
    """Add background noise from a random start, at a random ratio of clip to noise."""
    n_samples = background.shape[1]
    start = torch.randint(
        n_samples, (len(background), 1), generator=generator, device=background.device
    )
    background = background.gather(
        1, (start + torch.arange(n_samples, device=background.device)) % n_samples
    )
    low, high = settings.noise_snr_db
    snr_db = (low + high) / 2 + _uniform(waveforms, (high - low) / 2, generator)
    amplitude = _level(waveforms) / _level(background) * 10 ** (-snr_db / 20)
    chosen = _chance(waveforms, settings.noise_probability, generator)
    return waveforms + background * amplitude * chosen


def change_level(waveforms: Tensor, largest_db: float, generator: Generator) -> Tensor:
    """Apply a random gain and a random polarity."""
    gain = 10 ** (_uniform(waveforms, largest_db, generator) / 20)
    turned = _chance(waveforms, 0.5, generator)
    return waveforms * torch.where(turned, -gain, gain)


def _uniform(waveforms: Tensor, largest: float, generator: Generator) -> Tensor:
    drawn = torch.rand(len(waveforms), 1, generator=generator, device=waveforms.device)
    return (2 * drawn - 1) * largest  # (clip, 1) in [-largest, largest]


def _chance(waveforms: Tensor, probability: float, generator: Generator) -> Tensor:
    drawn = torch.rand(len(waveforms), 1, generator=generator, device=waveforms.device)
    return drawn < probability  # (clip, 1)


def _mirrored(waveforms: Tensor, index: Tensor) -> Tensor:
    last = waveforms.shape[1] - 1
    inside = last - (last - index.abs()).abs()
    return waveforms.gather(1, inside.clamp(0, last))


def _level(waveforms: Tensor) -> Tensor:
    return waveforms.square().mean(dim=1, keepdim=True).sqrt() + 1e-5  # (clip, 1)
