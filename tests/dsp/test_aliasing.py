"""Strides against tones that are really run through a strided correlation."""

import numpy as np
import pytest
import torch
from scipy import integrate
from torch.nn.functional import conv1d

from cnnviz.dsp.aliasing import alias_frequencies, fold, measure_aliasing, zone_shares
from cnnviz.dsp.response import power, spectra

from .kernels import SAMPLE_RATE, delta, gabor, moving_average

STRIDE = 8
TAPS = np.random.default_rng(0).normal(size=(1, 64))


def output_of_a_tone(hertz: float) -> tuple[float, float]:
    """Frequency and amplitude of what a strided correlation makes of a tone, both as measured."""
    n = np.arange(16_000 + 64)
    tone = np.cos(2 * np.pi * hertz * n / SAMPLE_RATE + 0.3)
    made = conv1d(torch.tensor(tone)[None, None], torch.tensor(TAPS)[None], stride=STRIDE)
    output = made[0, 0, :2000].numpy()  # one second at 2 kHz: bins of 1 Hz
    spectrum = np.abs(np.fft.rfft(output)) * 2 / len(output)
    return float(spectrum.argmax()), float(spectrum.max())


def gain_at(hertz: float) -> float:
    return float(np.abs(TAPS[0] @ np.exp(-2j * np.pi * hertz * np.arange(64) / SAMPLE_RATE)))


@pytest.mark.parametrize(("hertz", "alias"), [(300.0, 300.0), (1700.0, 300.0), (5200.0, 800.0)])
def test_a_tone_appears_at_its_alias_with_the_gain_of_its_own_frequency(
    hertz: float, alias: float
) -> None:
    measured, amplitude = output_of_a_tone(hertz)

    assert measured == alias
    assert alias_frequencies(np.array(hertz), SAMPLE_RATE / STRIDE) == alias
    assert amplitude == pytest.approx(gain_at(hertz), rel=1e-11)


def test_folded_gains_are_those_of_every_tone_that_appears_there() -> None:
    folded = fold(TAPS, SAMPLE_RATE, STRIDE, n_steps=100)

    at_300 = int(np.flatnonzero(folded.frequencies == 300.0)[0])
    expected = [300, 1700, 2300, 3700, 4300, 5700, 6300, 7700]
    np.testing.assert_allclose(folded.branches_hz[:, at_300], expected)
    np.testing.assert_allclose(
        folded.gains[0, :, at_300], [gain_at(hz) for hz in expected], rtol=1e-11
    )


def test_every_branch_folds_to_the_frequency_it_is_drawn_at() -> None:
    folded = fold(TAPS, SAMPLE_RATE, 5)

    aliases = alias_frequencies(folded.branches_hz, SAMPLE_RATE / 5)
    np.testing.assert_allclose(aliases, np.broadcast_to(folded.frequencies, aliases.shape))


@pytest.mark.parametrize("stride", [1, 2, 3, 8, 100])
def test_shares_are_the_integrals_of_the_power_over_the_zones(stride: int) -> None:
    taps = np.random.default_rng(1).normal(size=(3, 41))
    n_steps = 2400
    powers = power(spectra(taps, 2 * stride * n_steps))
    integrals = np.stack(
        [
            integrate.simpson(powers[:, k * n_steps : (k + 1) * n_steps + 1], axis=1)
            for k in range(stride)
        ],
        axis=1,
    )

    shares = zone_shares(taps, stride)

    np.testing.assert_allclose(shares, integrals / integrals.sum(1, keepdims=True), atol=1e-9)


def test_a_flat_filter_has_the_same_share_in_each_zone() -> None:
    np.testing.assert_allclose(zone_shares(delta(64, at=3)[None], 16), 1 / 16, atol=1e-12)


def test_a_narrow_band_inside_one_zone_leaks_nothing_wherever_the_zone() -> None:
    taps = np.stack([gabor(500, 80, 1201), gabor(3500, 80, 1201), gabor(4000, 80, 1201)])

    found = measure_aliasing(taps, np.array([500.0, 3500.0, 4000.0]), SAMPLE_RATE, STRIDE)

    np.testing.assert_array_equal(found.output_rate_hz, 2000.0)
    np.testing.assert_allclose(found.alias_hz, [500, 500, 0])
    np.testing.assert_allclose(found.baseband_leakage, [0, 1, 1], atol=1e-9)
    np.testing.assert_allclose(found.zone_leakage, [0, 0, 0.5], atol=1e-6)
    np.testing.assert_array_equal(found.nyquist_zone[:2], [1, 4])


def test_without_a_stride_nothing_is_folded() -> None:
    taps = np.stack([moving_average(25, 64), np.zeros(64)])

    found = measure_aliasing(taps, np.array([0.0, np.nan]), SAMPLE_RATE, 1)

    assert found.zone_leakage[0] == 0
    assert found.baseband_leakage[0] == 0
    assert np.isnan(found.zone_leakage[1])
    assert np.isnan(found.nyquist_zone[1])
