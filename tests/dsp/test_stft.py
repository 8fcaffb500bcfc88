"""Time-frequency relevance: exact conservation, and mass where the evidence is."""

import numpy as np
import pytest
from scipy import stats
from scipy.signal.windows import hann

from cnnviz.dsp.stft import (
    display_window,
    energy_correlation,
    map_distance,
    relevance_grid,
    time_frequency_relevance,
)
from cnnviz.errors import ParameterError, ShapeError

RATE = 16000
CONFIGURATIONS = [(512, 128), (256, 128), (64, 16), (100, 37)]


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def relevance_by_the_definition(d, c, *, window, hop):
    """Plain double loop: STFT frames, canonical dual window, real inner products."""
    taper = hann(window, sym=False)
    d, c = np.pad(d, window), np.pad(c, window)
    starts = range(len(d) - window + 1)
    starts = [s for s in starts if s % hop == 0 and s > 0]
    power = sum(np.pad(taper**2, (s, len(d) - s - window)) for s in starts)
    c = np.divide(c, power, out=np.zeros_like(c), where=power > 1e-9)
    rows = []
    for k in range(window // 2 + 1):
        wave = np.exp(-2j * np.pi * k * np.arange(window) / window)
        mu = 1 if k in (0, window // 2) else 2
        rows.append(
            [
                mu
                / window
                * np.real(
                    np.conj(np.sum(c[s : s + window] * taper * wave))
                    * np.sum(d[s : s + window] * taper * wave)
                )
                for s in starts
            ]
        )
    return np.array(rows)


def test_relevance_is_what_the_definition_says():
    d, c = noise(300), noise(300, seed=1)

    found = time_frequency_relevance(d[None], c[None], window=64, hop=16)[0]

    expected = relevance_by_the_definition(d, c, window=64, hop=16)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize(("window", "hop"), CONFIGURATIONS)
@pytest.mark.parametrize("n_samples", [1, 333, 5000])
def test_all_cells_sum_to_the_relevance_of_the_waveform(window, hop, n_samples):
    d, c = noise(2, n_samples), noise(2, n_samples, seed=1)

    found = time_frequency_relevance(d, c, window=window, hop=hop)

    # float64 sums of up to 1e5 cells of order one
    np.testing.assert_allclose(found.sum((1, 2)), (d * c).sum(1), rtol=0, atol=1e-14 * n_samples)


@pytest.mark.parametrize(("window", "hop"), CONFIGURATIONS)
def test_the_marginal_over_frequency_is_the_smoothed_waveform_relevance(window, hop):
    d, c = noise(1, 3000), noise(1, 3000, seed=1)

    found = time_frequency_relevance(d, c, window=window, hop=hop).sum(1)[0]

    grid = relevance_grid(3000, window=window, hop=hop, sample_rate=RATE)
    starts = grid.receptive_field.offset + hop * np.arange(len(found))
    power = hann(window, sym=False) ** 2
    places = (np.arange(3000)[None] - starts[:, None]).astype(int)  # (time, samples)
    weights = np.where((places >= 0) & (places < window), power[places % window], 0.0)
    np.testing.assert_allclose(found, (weights / weights.sum(0)) @ (d * c)[0], atol=1e-12)


def test_a_matched_filter_puts_its_mass_in_the_true_box():
    times = np.arange(RATE) / RATE
    burst = np.exp(-(((times - 0.6) / 0.02) ** 2)) * np.sin(2 * np.pi * 2000 * times)
    clip = burst + 0.1 * noise(RATE)

    found = time_frequency_relevance(clip[None], burst[None], window=512, hop=128)[0]

    grid = relevance_grid(RATE, window=512, hop=128, sample_rate=RATE)
    box = np.ix_(np.abs(grid.frequencies - 2000) < 150, np.abs(grid.times - 0.6) < 0.08)
    assert found[box].sum() / found.sum() > 0.999
    assert np.abs(found[box]).sum() / np.abs(found).sum() > 0.99


def test_a_tone_at_a_null_of_the_detector_gets_no_relevance():
    times = np.arange(RATE) / RATE
    loud, used = np.sin(2 * np.pi * 1000 * times), np.sin(2 * np.pi * 137 * times)
    average = np.ones(16) / 16  # exact null at 16000 / 16 = 1000 Hz
    clip = loud + used
    filtered = np.convolve(clip, average)
    gradient = 2 * np.correlate(filtered, average, mode="valid")  # of the filtered energy

    found = time_frequency_relevance(clip[None], gradient[None], window=512, hop=128)[0]

    inner = found[:, 4:-4]  # the clip starts and stops abruptly, which is heard at all frequencies
    frequencies = np.fft.rfftfreq(512, 1 / RATE)
    share = inner[np.abs(frequencies - 1000) < 130].sum() / inner.sum()
    assert abs(share) < 1e-5
    assert inner[np.abs(frequencies - 137) < 130].sum() / inner.sum() > 0.999


def test_the_grid_is_in_hertz_and_in_seconds_of_frame_centres():
    grid = relevance_grid(RATE, window=512, hop=128, sample_rate=RATE)

    clip = np.zeros((1, RATE))
    clip[0, 8000] = 1.0
    found = time_frequency_relevance(clip, clip, window=512, hop=128)[0].sum(0)

    assert grid.frequencies[[0, 1, -1]] == pytest.approx([0, 31.25, 8000])
    assert len(grid.times) == len(found)
    assert abs(grid.times @ found / found.sum() - 0.5) < 64 / RATE


@pytest.mark.parametrize(
    ("rate", "window"), [(16000, 512), (8000, 256), (22050, 512), (44100, 1024), (2000, 64)]
)
def test_the_window_scales_with_the_rate(rate, window):
    assert display_window(rate) == window


def test_relevance_stays_finite_where_the_sound_is_next_to_nothing():
    d, c = noise(1, 1000), noise(1, 1000, seed=1)
    d[0, ::3], d[0, 1::3] = 0.0, -1e-6  # divided by d + 1e-6, a relevance of d c would explode

    found = time_frequency_relevance(d, c, window=64, hop=16)

    assert np.abs(found).max() < 10
    assert found.sum() == pytest.approx((d * c).sum(), abs=1e-12)


def test_silence_has_no_relevance():
    clip = np.zeros((1, 1000))

    assert not time_frequency_relevance(clip, noise(1, 1000), window=64, hop=16).any()


@pytest.mark.parametrize(("window", "hop", "text"), [(63, 16, "window=63"), (64, 33, "hop=33")])
def test_a_window_that_cannot_conserve_is_refused(window, hop, text):
    with pytest.raises(ParameterError, match=text):
        time_frequency_relevance(noise(1, 99), noise(1, 99), window=window, hop=hop)


def test_clips_and_coefficients_of_different_shapes_are_refused():
    with pytest.raises(ShapeError, match=r"\(1, 99\).*allowed: both \(clip, samples\)"):
        time_frequency_relevance(noise(1, 99), noise(1, 98), window=64, hop=16)


def test_the_energy_correlation_is_spearmans_over_frames():
    clip, relevance = noise(1600) * np.linspace(0, 1, 1600), noise(1600, seed=1)

    found = energy_correlation(relevance, clip, sample_rate=RATE)

    frames = (np.abs(relevance).reshape(10, 160).sum(1), (clip**2).reshape(10, 160).sum(1))
    assert found == pytest.approx(stats.spearmanr(*frames).statistic, abs=1e-12)


@pytest.mark.parametrize(
    ("relevance", "clip", "expected"),
    [
        pytest.param(np.zeros(1600), noise(1600), 0.0, id="constant relevance"),
        pytest.param(noise(1600), np.zeros(1600), 0.0, id="silent clip"),
        pytest.param(noise(100), noise(100), 0.0, id="one frame"),
        pytest.param(np.arange(1600.0), np.arange(1600.0), 1.0, id="the envelope itself"),
    ],
)
def test_the_energy_correlation_is_always_a_number(relevance, clip, expected):
    assert energy_correlation(relevance, clip, sample_rate=RATE) == pytest.approx(expected)


def test_maps_that_differ_by_a_factor_are_that_far_apart():
    clip, coefficients = noise(2000), noise(2000, seed=1)

    apart = map_distance(clip, 1.25 * coefficients, coefficients, sample_rate=RATE)

    assert apart == pytest.approx(0.25)


@pytest.mark.parametrize(("scale", "expected"), [(0.0, 0.0), (1.0, np.inf)])
def test_the_distance_to_a_map_of_zeros_is_nought_or_infinite(scale, expected):
    clip = noise(2000)

    assert map_distance(clip, scale * clip, 0 * clip, sample_rate=RATE) == expected


def test_digital_silence_does_not_raise_the_energy_correlation():
    clip, relevance = noise(1600), noise(1600, seed=1)
    padded = np.pad(clip, (0, 8000)), np.pad(relevance, (0, 8000))

    alone = energy_correlation(relevance, clip, sample_rate=RATE)

    assert energy_correlation(padded[1], padded[0], sample_rate=RATE) == pytest.approx(alone)
