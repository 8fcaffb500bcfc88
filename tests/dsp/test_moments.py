"""Moments over frequency and time against closed forms and sums on a fine grid."""

import numpy as np
import pytest
from scipy import signal

from cnnviz.dsp.moments import (
    autocorrelations,
    durations,
    power_quantiles,
    spectral_entropies,
    spectral_moments,
)
from cnnviz.dsp.response import group_delays, log_powers, power, spectra

from .kernels import SAMPLE_RATE, delta, erb, gabor, gammatone, moving_average

N_FFT = 2**15
SPREAD_HZ = SAMPLE_RATE / (2 * np.pi * 40) / np.sqrt(2)  # of the power of a Gabor, sigma 40 taps


def powers_of(taps: np.ndarray) -> np.ndarray:
    return power(spectra(np.atleast_2d(taps), N_FFT))


def quantile_hz(taps: np.ndarray, share: float) -> float:
    return float(power_quantiles(powers_of(taps), [share])[0, 0] * SAMPLE_RATE / N_FFT)


def entropy_of(taps: np.ndarray) -> float:
    powers = powers_of(taps)
    return float(spectral_entropies(powers, log_powers(powers))[0])


def test_autocorrelations_equal_numpy() -> None:
    taps = np.random.default_rng(0).normal(size=(3, 17))

    expected = np.correlate(taps[1], taps[1], "full")[16:] / np.sum(taps[1] ** 2)
    np.testing.assert_allclose(autocorrelations(taps)[1], expected, atol=1e-12)


def test_a_gabor_has_the_centroid_and_spread_of_its_gaussian() -> None:
    found = spectral_moments(gabor(1000, 40)[None], SAMPLE_RATE)

    assert pytest.approx(45.016, abs=1e-3) == SPREAD_HZ
    assert found.centroid_hz[0] == pytest.approx(1000, rel=1e-9)
    assert found.spread_hz[0] == pytest.approx(SPREAD_HZ, rel=1e-6)


@pytest.mark.parametrize(
    ("taps", "centroid", "spread"),
    [
        (delta(64, at=10), 4000.0, 8000 / np.sqrt(12)),  # flat: mean and deviation of a uniform
        (np.array([1.0, -1.0]), 8000 * (0.5 + 2 / np.pi**2), None),  # 1 - cos w
        (np.array([1.0, 1.0]), 8000 * (0.5 - 2 / np.pi**2), None),  # 1 + cos w
    ],
    ids=["delta", "difference", "sum"],
)
def test_short_kernels_have_the_moments_of_their_trigonometric_power(
    taps: np.ndarray, centroid: float, spread: float | None
) -> None:
    found = spectral_moments(taps[None], SAMPLE_RATE)

    assert found.centroid_hz[0] == pytest.approx(centroid)
    if spread is not None:
        assert found.spread_hz[0] == pytest.approx(spread)


def test_moments_equal_sums_on_a_fine_grid() -> None:
    taps = np.random.default_rng(1).normal(size=(4, 41))
    hertz = np.linspace(0, SAMPLE_RATE / 2, N_FFT // 2 + 1)
    weights = powers_of(taps)
    weights[:, [0, -1]] /= 2
    mean = weights @ hertz / weights.sum(1)
    spread = np.sqrt(weights @ hertz**2 / weights.sum(1) - mean**2)

    found = spectral_moments(taps, SAMPLE_RATE)

    np.testing.assert_allclose(found.centroid_hz, mean, rtol=1e-7)
    np.testing.assert_allclose(found.spread_hz, spread, rtol=1e-6)


def test_a_windowed_sinc_has_its_centroid_in_the_middle_of_its_band() -> None:
    taps = signal.firwin(251, [1000, 1800], pass_zero=False, fs=SAMPLE_RATE)

    found = spectral_moments(taps[None], SAMPLE_RATE)

    assert found.centroid_hz[0] == pytest.approx(1400.0, abs=0.05)


@pytest.mark.parametrize(
    ("share", "deviations"), [(0.05, -1.644854), (0.5, 0.0), (0.95, 1.644854), (0.975, 1.959964)]
)
def test_quantiles_of_a_gabor_are_those_of_a_gaussian(share: float, deviations: float) -> None:
    expected = 1000 + deviations * SPREAD_HZ

    assert quantile_hz(gabor(1000, 40), share) == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize("share", [0.025, 0.05, 0.5, 0.95, 0.975])
def test_quantiles_of_a_flat_spectrum_are_shares_of_the_axis(share: float) -> None:
    assert quantile_hz(delta(64), share) == pytest.approx(8000 * share)


def test_the_median_of_a_sum_solves_its_integral() -> None:
    hertz = quantile_hz(np.array([1.0, 1.0]), 0.5)  # power 1 + cos w

    angle = 2 * np.pi * hertz / SAMPLE_RATE
    assert angle + np.sin(angle) == pytest.approx(np.pi / 2, abs=1e-6)


def test_a_flat_spectrum_has_the_highest_entropy() -> None:
    assert entropy_of(delta(64)) == pytest.approx(0.0, abs=1e-12)


def test_a_gabor_has_the_entropy_of_its_gaussian_whatever_the_grid() -> None:
    bits = 0.5 * np.log2(2 * np.pi * np.e * SPREAD_HZ**2) - np.log2(SAMPLE_RATE / 2)
    coarse = power(spectra(gabor(1000, 40)[None], 4096))

    assert entropy_of(gabor(1000, 40)) == pytest.approx(bits, abs=1e-3)
    assert spectral_entropies(coarse, log_powers(coarse))[0] == pytest.approx(bits, abs=2e-3)


@pytest.mark.parametrize(
    ("taps", "expected"),
    [
        (gabor(1000, 40), 40 / np.sqrt(2)),
        (moving_average(25), np.sqrt((25**2 - 1) / 12)),
        (gammatone(1000), np.sqrt(7) / (4 * np.pi * 1.019 * erb(1000)) * SAMPLE_RATE),
        (delta(64, at=10), 0.0),
    ],
    ids=["gabor", "moving average", "gammatone", "delta"],
)
def test_durations_are_those_of_the_closed_forms(taps: np.ndarray, expected: float) -> None:
    assert durations(taps[None])[0] == pytest.approx(expected, rel=2e-3, abs=1e-6)


def test_energy_weighted_group_delay_of_a_gammatone_is_the_centroid_of_its_energy() -> None:
    taps = gammatone(1000)[None]
    spectrum = spectra(taps, N_FFT)
    delays = group_delays(spectra(taps * np.arange(2048), N_FFT), spectrum, power(spectrum))
    weights = power(spectrum)
    weights[:, [0, -1]] /= 2

    mean = (delays * weights).sum() / weights.sum()

    assert mean == pytest.approx(np.sum(np.arange(2048) * taps**2) / np.sum(taps**2), abs=1e-6)


def test_dead_filters_have_no_moments_and_give_no_warning() -> None:
    dead = np.zeros((1, 8))

    assert np.isnan(spectral_moments(dead, SAMPLE_RATE).spread_hz).all()
    assert np.isnan(power_quantiles(powers_of(dead), [0.5])).all()
    assert np.isnan(spectral_entropies(powers_of(dead), log_powers(powers_of(dead)))).all()
    assert np.isnan(durations(dead)).all()
