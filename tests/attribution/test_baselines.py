"""Baselines against their definition: spectrum, level, place in the clip."""

import numpy as np
import pytest
from scipy import signal

from cnnviz.attribution.baselines import baseline, noise_like, quiet_part

RATE = 8000


def sound(n=8000, seed=0):
    """Noise in a band, ten times quieter in its third quarter."""
    noise = np.random.default_rng(seed).normal(size=n)
    shaped = signal.lfilter(*signal.butter(2, [300, 900], "bandpass", fs=RATE), noise)
    shaped[n // 2 : 3 * n // 4] *= 0.1
    return shaped.astype(np.float32)


@pytest.mark.parametrize("n", [8000, 8001])
def test_noise_has_the_spectrum_and_the_level_of_the_clip(n):
    clip = sound(n)

    drawn = noise_like(clip, 3, seed=1)

    expected = np.abs(np.fft.rfft(clip.astype(float)))
    for one in drawn:
        np.testing.assert_allclose(np.abs(np.fft.rfft(one)), expected, atol=1e-3)
        assert np.square(one).sum() == pytest.approx(np.square(clip).sum(), rel=1e-5)
        assert abs(np.corrcoef(one, clip)[0, 1]) < 0.15
    assert drawn.dtype == clip.dtype


def test_noise_is_spread_evenly_over_the_clip():
    quarters = np.square(noise_like(sound(), 200, seed=0)).mean(0).reshape(4, -1).mean(1)

    assert quarters.max() / quarters.min() < 1.1  # 100 to 1 in the clip


def test_the_same_seed_gives_the_same_noise():
    first, second, other = (noise_like(sound(), 2, seed=seed) for seed in (0, 0, 1))

    np.testing.assert_array_equal(first, second)
    assert not np.allclose(first, other)


def test_the_quiet_part_is_as_loud_as_the_quietest_stretch_all_along():
    clip = sound()

    quiet = quiet_part(clip, sample_rate=RATE)

    level = np.square(clip[4000:6000]).mean()
    powers = np.square(quiet).reshape(8, -1).mean(1)
    assert quiet.shape == clip.shape
    assert (powers < 1.5 * level).all()
    assert (powers > 0.3 * level).all()


def test_digital_silence_is_passed_over():
    clip = sound()
    clip[:2000] = 0

    assert np.abs(quiet_part(clip, sample_rate=RATE)).max() > 0


def test_a_silent_clip_has_a_silent_quiet_part_and_silent_noise():
    clip = np.zeros(1000, np.float32)

    for kind in ("silence", "noise", "quiet"):
        assert not baseline(kind, clip, sample_rate=RATE, seed=0).any()
