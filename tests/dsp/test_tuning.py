"""Tuning curves against closed forms."""

import numpy as np
import pytest
from scipy import signal

from cnnviz.dsp import tuning

LEVELS = np.arange(-70.0, 1.0, 10.0)
AMPLITUDES = 10 ** (LEVELS / 20)


@pytest.mark.parametrize("bias", [0.0, 0.002, 0.05])
def test_the_threshold_of_a_rectified_linear_unit_is_criterion_and_bias_over_gain(bias):
    gains = np.array([[0.1, 0.5, 1.0, 0.3]])
    peaks = np.maximum(gains[..., None] * AMPLITUDES - bias, 0)  # (unit, frequency, level)
    criterion = np.array([0.1 * peaks.max()])

    found = tuning.threshold_levels(peaks, LEVELS, criterion)

    # the straight line between two levels is exact where both are above the bias
    expected = 20 * np.log10((criterion[0] + bias) / gains)
    above = (gains * AMPLITUDES[np.searchsorted(LEVELS, expected) - 1] > bias) & (expected <= 0)
    np.testing.assert_allclose(found[above], expected[above], atol=1e-3)
    assert above.any()


def test_no_threshold_where_no_level_reaches_it_or_the_softest_does():
    peaks = np.stack([np.zeros(8), np.ones(8), AMPLITUDES])[None]
    found = tuning.threshold_levels(peaks, LEVELS, np.array([0.1]))
    np.testing.assert_allclose(found, [[np.nan, np.nan, -20.0]], atol=1e-9)


def test_the_width_of_a_resonance_is_that_of_its_closed_form():
    frequencies = 1000 * 2 ** np.linspace(-3, 3, 2001)
    octaves = np.log2(frequencies / 1000)
    responses = 10 ** (-3 * np.abs(octaves)[None] * 10 / 20)  # 30 dB per octave, a tent
    at_3_db = 20 * np.log10(np.sqrt(2)) / 30

    found = tuning.best(responses, frequencies)

    np.testing.assert_allclose(found.place, 1000, rtol=2e-3)
    np.testing.assert_allclose(found.width, 1000 * (2**at_3_db - 2**-at_3_db), rtol=5e-3)


def test_q10_of_a_gabor_is_that_of_its_gaussian():
    """|W| falls by 10 dB at f0 +- sqrt(10 ln10 / 10) sigma_f, sigma_f = fs / (2 pi sigma)."""
    rate, sigma, n = 16000, 40.0, np.arange(-200, 201)
    taps = np.exp(-0.5 * (n / sigma) ** 2) * np.cos(2 * np.pi * 1000 / rate * n)
    frequencies = np.geomspace(300, 3000, 800)
    gains = 10 ** (tuning.computed_levels(taps[None], frequencies, rate) / 20)
    peaks = gains[..., None] * AMPLITUDES

    thresholds = tuning.threshold_levels(peaks, LEVELS, 0.1 * peaks.max(axis=(1, 2)))
    found = tuning.characteristic(thresholds, frequencies)

    half = np.sqrt(2 * np.log(10) / 2) * rate / (2 * np.pi * sigma)  # 10 dB: exp(-u^2/2) = 10^-.5
    np.testing.assert_allclose(found.place / found.width, [1000 / (2 * half)], rtol=5e-3)


def test_computed_levels_are_those_of_scipy():
    taps = np.random.default_rng(0).normal(size=(2, 33))
    frequencies = np.array([100.0, 999.9, 7000.0])
    expected = [20 * np.log10(abs(signal.freqz(h, worN=frequencies, fs=16000)[1])) for h in taps]
    np.testing.assert_allclose(
        tuning.computed_levels(taps, frequencies, 16000), expected, atol=1e-9
    )


@pytest.mark.parametrize(("power", "slope"), [(1, 1.0), (2, 2.0), (3, 3.0)])
def test_growth_of_a_power_law_is_its_exponent(power, slope):
    found = tuning.growth(AMPLITUDES[None] ** power, LEVELS)
    np.testing.assert_allclose(found.slope, [slope], rtol=1e-9)
    np.testing.assert_allclose(found.monotonicity, [1.0])


def test_growth_of_a_saturating_unit_that_falls_again():
    found = tuning.growth(np.array([[0, 0, 0.1, 0.5, 1.0, 1.0, 1.0, 0.5]]), LEVELS)
    np.testing.assert_allclose(found.monotonicity, [0.5])
    np.testing.assert_allclose(found.range_db, [-32.0 - -50.0])  # 10 % at -50, 90 % at -32


def test_one_frequency_of_n_stands_10_log10_n_above_the_mean():
    responses = np.array([[0.0, 3.0, 0.0, 0.0], [1.0, 1.0, 1.0, 1.0], np.zeros(4)])
    found = tuning.peak_to_mean_db(responses)
    np.testing.assert_allclose(found, [10 * np.log10(4), 0.0, np.nan], atol=1e-12)


def test_curves_that_differ_by_a_gain_do_not_differ():
    curve = np.array([[-40.0, -10.0, 0.0, -5.0]])
    assert tuning.curve_differences(curve + 7, curve) == pytest.approx([0.0])
    bent = curve + np.array([0, 0, 0, 2.0])
    assert tuning.curve_differences(bent, curve) == pytest.approx([2 / np.sqrt(3)])


def test_the_threshold_that_fits_is_found():
    gains = np.random.default_rng(1).uniform(0.01, 1, size=(3, 64))
    responses = np.maximum(0.7 * gains - 0.2, 0)
    np.testing.assert_allclose(tuning.behind_threshold(responses, gains), responses, atol=1e-12)
