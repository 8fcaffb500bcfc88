"""Soft stretches and bands: together the whole, and each where it says it is."""

import numpy as np
import pytest

from cnnviz.dsp.noise import phase_randomised
from cnnviz.dsp.scales import erb_number
from cnnviz.dsp.segments import (
    band_centres,
    band_edges,
    band_shares,
    soft_bands,
    soft_windows,
    split_bands,
    window_starts,
)

RATE = 16000


@pytest.mark.parametrize("n_samples", [100, 800, 1000, 1601])
@pytest.mark.parametrize(("length", "hop"), [(400, 400), (400, 200), (400, 150)])
def test_windows_reach_the_end_of_a_clip_and_none_lies_beyond(n_samples, length, hop):
    starts = window_starts(n_samples, length=length, hop=hop)

    assert starts[0] == 0
    assert starts[-1] + length >= n_samples
    assert starts[-1] < n_samples
    assert len(starts) == 1 or starts[-2] + length < n_samples


def test_adjoining_windows_sum_to_one_and_fade_over_the_ramp():
    starts = window_starts(1000, length=400, hop=400)

    found = soft_windows(np.arange(1000), starts, length=400, n_samples=1000, ramp=40)

    np.testing.assert_allclose(found.sum(0), 1, atol=1e-15)
    assert found[1, 399] + found[1, 400] == pytest.approx(1)
    assert (found[1, :379] == 0).all()
    assert (found[1, 420:780] == 1).all()
    assert (found[0, 0], found[2, -1]) == (1, 1)


def test_bands_are_equally_wide_in_erbs_and_sum_to_one():
    edges, centres = band_edges(8, RATE), band_centres(8, RATE)
    frequencies = np.linspace(0, RATE / 2, 257)

    found = soft_bands(frequencies, 8, RATE)

    np.testing.assert_allclose(np.diff(erb_number(edges)), erb_number(np.array(8000)) / 8)
    np.testing.assert_allclose(
        erb_number(centres), (erb_number(edges[1:]) + erb_number(edges[:-1])) / 2
    )
    assert (edges[0], edges[-1]) == (0, pytest.approx(RATE / 2))
    np.testing.assert_allclose(found.sum(0), 1, atol=1e-15)
    assert (soft_bands(centres, 8, RATE).argmax(0) == np.arange(8)).all()
    np.testing.assert_allclose(np.diag(soft_bands(centres, 8, RATE)), 1)
    np.testing.assert_allclose(soft_bands(edges[1:-1], 8, RATE)[0, 0], 0.5)


@pytest.mark.parametrize(("n_bands", "rate"), [(12, 16000), (8, 8000), (24, 44100)])
def test_the_filters_of_bands_are_linear_phase_and_meet_their_response(n_bands, rate):
    impulse = np.zeros(2**15)
    impulse[2**14] = 1
    edges = band_edges(n_bands, rate)

    bands = split_bands(impulse, edges.tolist(), rate)

    around = np.roll(bands, -(2**14), axis=1)
    responses = np.fft.rfft(around)
    np.testing.assert_allclose(responses.imag, 0, atol=1e-10)  # symmetric taps
    frequencies, widths = np.fft.rfftfreq(2**15, 1 / rate), np.diff(edges)
    for band in range(n_bands):
        low, high = edges[band], edges[band + 1]
        before = min(widths[band], widths[max(band - 1, 0)]) / 4
        after = min(widths[band], widths[min(band + 1, n_bands - 1)]) / 4
        passed = (frequencies >= low + before * (band > 0)) & (
            frequencies <= high - after * (band < n_bands - 1)
        )
        stopped = (frequencies < low - before) | (frequencies > high + after)
        gain = responses[band].real
        assert np.abs(1 - gain[passed]).max() < 10 ** (-50 / 20)  # the band-stop filter
        assert np.abs(gain[stopped]).max(initial=0) < 10 ** (-50 / 20)


def test_the_bands_of_a_sound_sum_to_it():
    sound = np.random.default_rng(0).normal(size=3000)

    bands = split_bands(sound, band_edges(10, RATE).tolist(), RATE)

    np.testing.assert_allclose(bands.sum(0), sound, atol=1e-12)


@pytest.mark.parametrize("n", [1000, 1001])
def test_noise_of_drawn_phases_has_the_spectrum_and_the_energy_of_its_sound(n):
    sound = np.random.default_rng(0).normal(size=n).cumsum()

    found = phase_randomised(sound, np.random.default_rng(1))

    np.testing.assert_allclose(np.abs(np.fft.rfft(found)), np.abs(np.fft.rfft(sound)), rtol=1e-9)
    assert np.linalg.norm(found) == pytest.approx(np.linalg.norm(sound))
    assert abs(np.corrcoef(np.diff(found), np.diff(sound))[0, 1]) < 0.1  # 3 / sqrt(n)


@pytest.mark.parametrize("n_bands", [3, 24, 60])
def test_the_shares_of_bins_in_bands_are_whole_and_as_wide_as_the_bands(n_bands):
    frequencies = np.fft.rfftfreq(512, 1 / 16000)
    edges = band_edges(n_bands, 16000)

    shares = band_shares(frequencies, edges)

    widths = np.full(len(frequencies), 31.25)
    widths[[0, -1]] /= 2  # bins at the ends of the axis reach to one side
    np.testing.assert_allclose(shares.sum(0), 1)
    np.testing.assert_allclose(shares @ widths, np.diff(edges))
    assert shares.min() >= 0
