"""Variation of training clips as tensor operations over a whole batch.

Every function takes waveforms (clip, time) of full scale 1 and a generator on their device,
and gives waveforms of the same shape; `mask` does so with spectrograms.
"""

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from ..recipe import Augmentation


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
        Ranges; what they leave out costs nothing.
    sample_rate
        Hz.
    generator
        Source of every random choice.

    Returns
    -------
    Tensor
        float32 (clip, time).
    """
    if settings.shift_seconds or settings.speed:
        waveforms = move(waveforms, settings, sample_rate=sample_rate, generator=generator)
    if settings.tilt:
        waveforms = tilt(waveforms, settings.tilt, generator)
    if background is not None and settings.noise_probability:
        waveforms = add_noise(waveforms, background, settings, generator)
    if settings.gain_db or settings.turn_probability:
        waveforms = change_level(waveforms, settings, generator)
    return waveforms


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
    is_noisy = _chance(waveforms, settings.noise_probability, generator)
    return waveforms + background * amplitude * is_noisy


def change_level(waveforms: Tensor, settings: Augmentation, generator: Generator) -> Tensor:
    """Apply a random gain and a random polarity."""
    gain = 10 ** (_uniform(waveforms, settings.gain_db, generator) / 20)
    inverted = _chance(waveforms, settings.turn_probability, generator)
    return waveforms * torch.where(inverted, -gain, gain)


def mask(spectrograms: Tensor, settings: Augmentation, generator: Generator) -> Tensor:
    """Hide random rows and frames of each clip behind its mean.

    Parameters
    ----------
    spectrograms
        What a frontend gives: (clip, frequency, time) or (clip, 1, frequency, time).
    settings
        Number of masks and their largest width; widths are uniform from 0 on.
    generator
        Source of every random choice; not asked when there is no mask.

    Returns
    -------
    Tensor
        Of the same shape.

    References
    ----------
    D. S. Park and others, "SpecAugment: A Simple Data Augmentation Method for Automatic
    Speech Recognition", 2019.
    """
    if not (settings.frequency_masks or settings.time_masks):
        return spectrograms
    n_clips, n_rows, n_frames = len(spectrograms), *spectrograms.shape[-2:]
    rows = _hidden(
        (n_clips, settings.frequency_masks, n_rows), settings.frequency_mask_bands, generator
    )
    frames = _hidden((n_clips, settings.time_masks, n_frames), settings.time_mask_frames, generator)
    hidden = rows[:, :, None] | frames[:, None, :]  # (clip, frequency, time)
    if spectrograms.ndim > hidden.ndim:
        hidden = hidden.unsqueeze(1)  # (clip, 1, frequency, time)
    return torch.where(hidden, spectrograms.mean(dim=(-2, -1), keepdim=True), spectrograms)


def _hidden(shape: tuple[int, int, int], widest: int, generator: Generator) -> Tensor:
    """Cells that masks of random width and place hide, bool (clip, cell)."""
    n_clips, n_masks, n_cells = shape
    drawn = torch.rand(2, n_clips, n_masks, 1, generator=generator, device=generator.device)
    width = (drawn[0] * (min(widest, n_cells) + 1)).floor()  # (clip, mask, 1)
    start = (drawn[1] * (n_cells - width + 1)).floor()
    cells = torch.arange(n_cells, device=generator.device)
    return ((cells >= start) & (cells < start + width)).any(dim=1)  # (clip, cell)


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
