"""Augmentation changes what it says, by the amount it says."""

from dataclasses import replace

import pytest
import torch
from torch import Generator, Tensor

from zoo.recipe import NO_AUGMENTATION, Augmentation
from zoo.training.augmentation import (
    add_noise,
    augment,
    change_level,
    interpolate,
    mask,
    move,
    tilt,
)


def _generator() -> Generator:
    return Generator().manual_seed(0)


def _waveforms(n_clips: int = 64, n_samples: int = 400) -> Tensor:
    return torch.randn(n_clips, n_samples, generator=_generator())


def test_interpolation_at_whole_positions_reads_the_clip() -> None:
    clips = _waveforms(2)

    assert torch.equal(interpolate(clips, torch.arange(400.0).expand(2, -1)), clips)


def test_interpolation_is_exact_for_a_parabola() -> None:
    positions = torch.tensor([[3.25, 10.5, 20.75]], dtype=torch.float64)
    parabola = torch.arange(40, dtype=torch.float64)[None] ** 2

    # Catmull and Rom's cubic reproduces polynomials to degree 2
    torch.testing.assert_close(interpolate(parabola, positions), positions**2)


def test_interpolation_mirrors_beyond_both_ends() -> None:
    clip = torch.tensor([[0.0, 1.0, 2.0, 3.0]])

    found = interpolate(clip, torch.tensor([[-1.0, -2.0, 4.0, 5.0]]))

    assert found.tolist() == [[1.0, 2.0, 2.0, 1.0]]


def test_shift_stays_within_its_range() -> None:
    clips = torch.zeros(64, 400)
    clips[:, 200] = 1.0
    settings = Augmentation(shift_seconds=0.05, speed=0)

    moved = move(clips, settings, sample_rate=1_000, generator=_generator())

    shifts = moved.argmax(dim=1) - 200
    assert shifts.abs().max() <= 50
    assert len(shifts.unique()) > 20


def test_speed_changes_the_frequency_of_a_tone() -> None:
    times = torch.arange(16_000) / 16_000
    tones = torch.sin(2 * torch.pi * 1_000 * times).expand(32, -1)
    settings = Augmentation(shift_seconds=0, speed=0.15, speed_probability=1.0)

    moved = move(tones, settings, sample_rate=16_000, generator=_generator())

    peaks = torch.fft.rfft(moved).abs().argmax(dim=1)  # one bin per Hz
    assert peaks.min() >= 1_000 * 0.86
    assert peaks.max() <= 1_000 * 1.162
    assert peaks.max() - peaks.min() > 150


def test_tilt_of_an_impulse_is_the_two_tap_filter() -> None:
    impulse = torch.zeros(1, 8)
    impulse[0, 3] = 1.0

    tilted = tilt(impulse, 0.3, _generator())

    assert tilted[0, 3] == 1.0
    assert 0 < abs(float(tilted[0, 4])) <= 0.3
    assert tilted.count_nonzero() == 2


def test_noise_has_the_asked_ratio_to_the_clip() -> None:
    clips, background = _waveforms(), torch.randn(64, 400, generator=Generator().manual_seed(1))
    settings = Augmentation(noise_probability=1.0, noise_snr_db=(10.0, 10.0))

    noise = add_noise(clips, background, settings, _generator()) - clips

    ratio_db = 10 * (clips.square().mean(1) / noise.square().mean(1)).log10()
    torch.testing.assert_close(ratio_db, torch.full((64,), 10.0), atol=0.01, rtol=0)


def test_level_changes_within_range_and_polarity_in_half_of_the_clips() -> None:
    clips = torch.ones(512, 4)

    changed = change_level(clips, Augmentation(gain_db=6.0), _generator())[:, 0]

    assert changed.abs().max() <= 10 ** (6 / 20)
    assert changed.abs().min() >= 10 ** (-6 / 20)
    assert 200 < int((changed < 0).sum()) < 312


def test_still_settings_change_nothing() -> None:
    clips = _waveforms()

    found = augment(clips, clips, NO_AUGMENTATION, sample_rate=1_000, generator=_generator())

    assert torch.equal(found, clips)


MASKS = Augmentation(frequency_masks=1, frequency_mask_bands=10, time_masks=2, time_mask_frames=25)


@pytest.mark.parametrize("shape", [(256, 40, 101), (256, 1, 40, 101)], ids=["3-d", "4-d"])
def test_masks_hide_whole_rows_and_frames_behind_the_mean_of_their_clip(
    shape: tuple[int, ...],
) -> None:
    clips = torch.randn(shape, generator=_generator())

    masked = mask(clips, MASKS, _generator()).reshape(256, 40, 101)

    kept = masked == clips.reshape(256, 40, 101)
    rows, frames = ~kept.any(dim=2), ~kept.any(dim=1)  # (clip, row), (clip, frame)
    means = clips.mean(dim=(-2, -1)).reshape(256, 1, 1).expand_as(masked)
    assert torch.equal(~kept, rows[:, :, None] | frames[:, None, :])
    torch.testing.assert_close(masked[~kept], means[~kept])


def test_masks_are_as_wide_as_allowed_and_everywhere() -> None:
    clips = torch.randn(2_000, 40, 101, generator=_generator())

    hidden = mask(clips, replace(MASKS, time_masks=0), _generator()) != clips

    rows = hidden.any(dim=2)  # (clip, row)
    widths = rows.sum(dim=1)
    assert widths.unique().tolist() == list(range(11))  # 0 to frequency_mask_bands
    assert torch.equal(hidden.all(dim=2), rows)
    assert rows.any(dim=0).all()


def test_masks_wider_than_the_spectrogram_hide_no_more_than_it() -> None:
    clips = torch.randn(2_000, 4, 6, generator=_generator())
    settings = Augmentation(frequency_masks=1, frequency_mask_bands=40)

    masked = mask(clips, settings, _generator())

    n_hidden = (masked != clips).all(dim=2).sum(dim=1).bincount(minlength=5)
    # 0 to 4 rows, all equally often: five standard deviations of 2,000 draws
    torch.testing.assert_close(n_hidden, torch.full((5,), 400), rtol=0, atol=90)


def test_without_masks_nothing_is_drawn() -> None:
    generator = _generator()
    before = generator.get_state()
    clips = torch.randn(2, 40, 101)

    assert mask(clips, Augmentation(), generator) is clips
    assert torch.equal(generator.get_state(), before)


def test_same_seed_gives_the_same_clips() -> None:
    clips = _waveforms()

    first, second = (
        augment(clips, clips, Augmentation(), sample_rate=1_000, generator=_generator())
        for _ in range(2)
    )

    assert torch.equal(first, second)


@pytest.mark.parametrize("n_clips", [1, 7])
def test_shape_is_kept(n_clips: int) -> None:
    clips = _waveforms(n_clips)

    found = augment(clips, clips, Augmentation(), sample_rate=1_000, generator=_generator())

    assert found.shape == clips.shape
