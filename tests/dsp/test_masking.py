"""Masked sounds: scipy's dual-window resynthesis, and how far a mask is from any sound."""

import numpy as np
import pytest
from scipy.ndimage import uniform_filter
from scipy.signal import ShortTimeFFT
from scipy.signal.windows import hann

from cnnviz.dsp.masking import consistency_error, masked
from cnnviz.dsp.stft import frame_starts, relevance_grid, window_power
from cnnviz.errors import ParameterError, ShapeError

RATE = 16000
CONFIGURATIONS = [(512, 128), (256, 64), (64, 32), (100, 37)]


def noise(n, seed=0):
    return np.random.default_rng(seed).normal(size=n)


def shape_of(n, window, hop):
    return window // 2 + 1, len(frame_starts(n, window=window, hop=hop))


def scipys(window, hop, *, n):
    """Transform of scipy, and the slices that begin with the first frame that touches the clip."""
    transform = ShortTimeFFT(hann(window, sym=False), hop, RATE)
    first = (frame_starts(n, window=window, hop=hop)[0] + window // 2) / hop
    return transform, first


@pytest.mark.parametrize(("window", "hop"), CONFIGURATIONS)
@pytest.mark.parametrize("n", [1, 200, 3001])
def test_a_mask_of_ones_gives_the_sound_back(window, hop, n):
    sound = noise(n)

    found = masked(sound, np.ones(shape_of(n, window, hop)), window=window, hop=hop)

    np.testing.assert_allclose(found, sound, atol=1e-12)


@pytest.mark.parametrize(("window", "hop"), [(512, 128), (256, 64), (64, 32)])
def test_a_masked_sound_is_scipys_with_the_dual_window(window, hop):
    n = 3000
    sound, (transform, first) = noise(n), scipys(window, hop, n=n)
    mask = np.random.default_rng(1).random(shape_of(n, window, hop))
    first, last = round(first), round(first) + mask.shape[1]

    found = masked(sound, mask, window=window, hop=hop)

    spectra = transform.stft(sound, p0=first, p1=last) * mask
    padded = np.zeros((len(mask), transform.p_max(n) - transform.p_min))
    padded = padded.astype(complex)
    padded[:, first - transform.p_min : last - transform.p_min] = spectra[
        :, : padded.shape[1] - (first - transform.p_min)
    ]
    np.testing.assert_allclose(found, transform.istft(padded, k1=n), atol=1e-12)


@pytest.mark.parametrize(("window", "hop"), CONFIGURATIONS)
def test_the_power_of_the_window_repeats_with_the_hop(window, hop):
    n, taper = 700, hann(window, sym=False)
    total = np.zeros(n + 2 * window)
    for start in frame_starts(n, window=window, hop=hop) + window:
        total[start : start + window] += taper**2

    found = window_power(n, taper, hop=hop)

    np.testing.assert_allclose(found, total[window : window + n], rtol=1e-12)


def test_a_masked_sound_is_nearest_to_the_masked_transform():
    sound, mask = (
        noise(600),
        (np.random.default_rng(1).random((33, shape_of(600, 64, 16)[1])) < 0.5),
    )
    frames = {"window": 64, "hop": 16}
    wanted = full_spectra(sound) * both_halves(mask)
    best = np.linalg.norm(full_spectra(masked(sound, mask, **frames)) - wanted)

    moved = [
        np.linalg.norm(full_spectra(masked(sound, mask, **frames) + 1e-3 * noise(600, k)) - wanted)
        for k in range(5)
    ]

    assert best < min(moved)
    assert consistency_error(sound, mask, **frames) == pytest.approx(best / np.linalg.norm(wanted))


def full_spectra(sound, window=64, hop=16):
    starts = frame_starts(len(sound), window=window, hop=hop) + window
    padded = np.pad(sound, window)
    frames = [padded[s : s + window] * hann(window, sym=False) for s in starts]
    return np.fft.fft(frames, axis=1).T  # (frequency, time)


def both_halves(mask):
    return np.concatenate([mask, mask[-2:0:-1]])


def test_a_gain_over_time_alone_leaves_frequencies_in_their_place():
    times = np.arange(8000) / RATE
    sound = np.sin(2 * np.pi * 1000 * times)
    grid = relevance_grid(8000, window=512, hop=128, sample_rate=RATE)
    mask = np.ones((257, 1)) * (grid.times < 0.25)

    found = masked(sound, mask, window=512, hop=128)

    np.testing.assert_allclose(found[:3500], sound[:3500], atol=1e-9)
    np.testing.assert_allclose(found[4600:], 0, atol=1e-9)


@pytest.mark.parametrize(
    ("smoothing", "expected"), [(1, (0.82, 0.24)), (9, (0.54, 0.20))], ids=["cells", "regions"]
)
def test_smooth_masks_are_nearer_to_a_sound_than_binary_ones(smoothing, expected):
    sound, frames = noise(RATE), {"window": 512, "hop": 128}
    drawn = uniform_filter(np.random.default_rng(3).random(shape_of(RATE, **frames)), smoothing)
    binary = (drawn >= np.quantile(drawn, 0.9)).astype(float)  # a tenth of the plane

    errors = [consistency_error(sound, m, **frames) for m in (binary, uniform_filter(binary, 5))]

    assert errors == pytest.approx(expected, abs=0.01)


def test_a_tenth_of_the_plane_that_holds_a_chirp_is_nearly_a_sound():
    times = np.arange(RATE) / RATE
    sound = noise(RATE) * 0.1 + np.sin(2 * np.pi * (300 + 2000 * times) * times)
    power = np.abs(full_spectra(sound, 512, 128)[:257]) ** 2
    mask = (power >= np.quantile(power, 0.9)).astype(float)

    assert consistency_error(sound, mask, window=512, hop=128) == pytest.approx(0.048, abs=2e-3)


def test_a_mask_that_keeps_nothing_is_silence():
    mask = np.zeros(shape_of(500, 64, 16))

    assert not masked(noise(500), mask, window=64, hop=16).any()
    assert consistency_error(noise(500), mask, window=64, hop=16) == 0


@pytest.mark.parametrize(
    ("window", "hop", "text"),
    [(63, 16, "window=63; allowed: an even number"), (64, 33, "hop=33; allowed: 1 to window / 2")],
)
def test_frames_that_leave_samples_uncovered_are_refused(window, hop, text):
    with pytest.raises(ParameterError, match=text):
        masked(noise(500), np.ones((33, 3)), window=window, hop=hop)


def test_a_mask_of_other_axes_is_refused():
    with pytest.raises(ShapeError, match=r"mask has shape \(33, 3\); allowed: \(33, 35\)"):
        masked(noise(500), np.ones((33, 3)), window=64, hop=16)
