"""Further descriptors of a whole bank against closed forms."""

import numpy as np
import pytest
from scipy import signal

from cnnviz.dsp import bank
from cnnviz.dsp.details import Details

from .kernels import SAMPLE_RATE, delta, erb, gabor, gammatone, moving_average, untrained

SIGMA_HZ = SAMPLE_RATE / (2 * np.pi * 40)  # of the magnitude of a Gabor of sigma 40 taps


def details_of(*kernels: np.ndarray) -> Details:
    n_taps = max(map(len, kernels))
    taps = np.stack([np.pad(kernel, (0, n_taps - len(kernel))) for kernel in kernels])
    return bank.analyse(taps, SAMPLE_RATE, untrained=untrained(n_taps, 50)).details


def test_a_gabor_has_the_widths_of_its_gaussian() -> None:
    found = details_of(gabor(1000, 40))

    width = 2 * SIGMA_HZ * np.sqrt(np.log(10))  # exp(-d^2 / s^2) = 1 / 10
    assert found.spectral_spread_hz[0] == pytest.approx(45.016, abs=1e-3)
    assert found.bandwidth_10db_hz[0] == pytest.approx(width, rel=1e-3)
    assert found.q_10db[0] == pytest.approx(1000 / width, rel=1e-3)
    assert found.q_erb[0] == pytest.approx(1000 / 112.838, rel=1e-3)
    assert found.occupied_95_hz[0] == pytest.approx(2 * 1.959964 * 45.0158, rel=1e-3)
    assert found.peak_to_mean_db[0] == pytest.approx(10 * np.log10(8000 / 112.838), abs=1e-3)
    assert (found.n_lobes[0], found.reach_10db, found.phase_class) == (1, ("",), ("linear",))


def test_a_gabor_attains_the_least_product_of_duration_and_bandwidth() -> None:
    found = details_of(gabor(1000, 40), gammatone(1000))

    assert found.duration_seconds[0] == pytest.approx(40 / np.sqrt(2) / SAMPLE_RATE, rel=1e-6)
    assert found.heisenberg_area[0] == pytest.approx(0.5, abs=1e-5)
    assert found.heisenberg_area[1] > 0.5


def test_a_gammatone_has_the_durations_of_its_gamma_envelope() -> None:
    found = details_of(gammatone(1000))

    b = 2 * np.pi * 1.019 * erb(1000)
    assert found.duration_seconds[0] == pytest.approx(np.sqrt(7) / (2 * b), rel=1e-3)
    assert found.heisenberg_area[0] == pytest.approx(np.sqrt(7 / 5) / 2, rel=2e-3)
    assert found.envelope_skewness[0] == pytest.approx(2 / np.sqrt(7), rel=0.02)
    assert 0 < found.attack_seconds[0] < found.decay_seconds[0]
    assert found.q_erb[0] == pytest.approx(1000 / erb(1000), rel=2e-3)


def test_a_moving_average_has_the_gains_of_its_taps_and_runs_to_zero() -> None:
    found = details_of(moving_average(25))

    assert found.noise_gain_db[0] == pytest.approx(10 * np.log10(1 / 25))
    assert found.l1_gain_db[0] == pytest.approx(0.0, abs=1e-12)
    assert found.peak_to_mean_db[0] == pytest.approx(10 * np.log10(25))
    assert found.side_lobe_db[0] == pytest.approx(-13.2, abs=0.1)
    assert found.reach_10db == ("0 Hz",)
    assert np.isnan(
        [found.bandwidth_10db_hz[0], found.q_10db[0], found.q_erb[0], found.heisenberg_area[0]]
    ).all()


def test_gains_of_a_scaled_filter_move_by_its_level() -> None:
    found = details_of(gabor(1000, 40), 1e-3 * gabor(1000, 40))

    assert found.noise_gain_db[1] - found.noise_gain_db[0] == pytest.approx(-60)
    assert found.l1_gain_db[1] - found.l1_gain_db[0] == pytest.approx(-60)
    assert found.spectral_spread_hz[1] == pytest.approx(found.spectral_spread_hz[0])


def test_no_gain_is_above_that_of_the_loudest_bounded_input() -> None:
    taps = np.random.default_rng(0).normal(size=(50, 33))

    found = bank.analyse(taps, SAMPLE_RATE, untrained=untrained(33, 50))

    assert (found.peak_gain_db <= found.details.l1_gain_db + 1e-9).all()
    assert (found.dc_gain_db <= found.details.l1_gain_db + 1e-9).all()
    np.testing.assert_allclose(
        found.details.noise_gain_db, 10 * np.log10(np.sum(taps**2, axis=1)), atol=1e-9
    )


def test_a_delta_is_flat_in_every_descriptor() -> None:
    found = details_of(delta(64, at=10))

    assert found.spectral_centroid_hz[0] == pytest.approx(4000)
    assert found.median_hz[0] == pytest.approx(4000)
    assert found.occupied_95_hz[0] == pytest.approx(0.95 * 8000)
    assert found.spectral_entropy_bits[0] == pytest.approx(0.0, abs=1e-12)
    assert found.peak_to_mean_db[0] == pytest.approx(0.0, abs=1e-9)
    assert found.duration_seconds[0] == pytest.approx(0.0, abs=1e-9)
    assert found.reach_10db == ("both",)


def test_a_butterworth_has_its_tenth_power_band_where_its_formula_says() -> None:
    sections = signal.butter(2, [900, 1100], "bandpass", fs=SAMPLE_RATE)
    warped = np.tan(np.pi * np.array([900, 1100]) / SAMPLE_RATE)
    width, middle = warped[1] - warped[0], warped.prod()
    edge = width * 9**0.25 / 2  # 1 / (1 + x^4) = 1 / 10
    ends = np.arctan(np.sqrt(edge**2 + middle) + np.array([-edge, edge])) * SAMPLE_RATE / np.pi

    found = details_of(signal.lfilter(*sections, delta(4000)))

    assert found.bandwidth_10db_hz[0] == pytest.approx(ends[1] - ends[0], rel=1e-3)


def test_bands_apart_are_counted_and_a_band_at_nyquist_is_named() -> None:
    found = details_of(gabor(1000, 30) + gabor(4000, 30), np.array([1.0, -1.0]), np.zeros(3))

    assert found.n_lobes.tolist() == [2, 1, 0]
    assert found.reach_10db == ("", "Nyquist", "")
    assert found.side_lobe_db[0] == pytest.approx(0.0, abs=0.01)
    assert np.isnan(found.spectral_centroid_hz[2])
    assert found.phase_class == ("linear", "linear", "")
