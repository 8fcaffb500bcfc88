"""A whole bank against closed forms: Gabor, gammatone, moving average, windowed sinc, delta."""

import numpy as np
import pytest
from scipy import signal

from cnnviz.dsp import bank
from cnnviz.dsp.bank import BankAnalysis
from cnnviz.dsp.operating_point import gains_at
from cnnviz.dsp.shapes import NOT_PEAKIER

from .kernels import SAMPLE_RATE, delta, erb, gabor, gammatone, moving_average, untrained


def analyse(*kernels: np.ndarray) -> BankAnalysis:
    n_taps = max(map(len, kernels))
    taps = np.stack([np.pad(kernel, (0, n_taps - len(kernel))) for kernel in kernels])
    return bank.analyse(taps, SAMPLE_RATE, untrained=untrained(n_taps))


def test_a_gabor_has_the_centre_and_widths_of_its_gaussian() -> None:
    found = analyse(gabor(1000, 40))

    assert found.peak_hz[0] == pytest.approx(1000, abs=1e-3)
    assert found.centre_hz[0] == pytest.approx(1000, abs=1e-3)
    assert found.bandwidth_3db_hz[0] == pytest.approx(106.004, abs=2e-3)  # 2 sqrt(ln 2) / 2 pi s
    assert found.erb_hz[0] == pytest.approx(112.838, abs=1e-3)  # sqrt(pi) / 2 pi s
    assert found.q_3db[0] == pytest.approx(1000 / 106.004, rel=1e-3)
    assert found.symmetry[0] == pytest.approx(1.0)
    assert found.centroid_seconds[0] == pytest.approx(256 / SAMPLE_RATE)
    assert found.spectral_flatness[0] < 1e-3
    assert found.shape == ("band-pass",)


@pytest.mark.parametrize("hz", [500.0, 1000.0, 3000.0])
def test_a_gammatone_has_the_bandwidth_of_hearing(hz: float) -> None:
    found = analyse(gammatone(hz))

    assert found.peak_hz[0] == pytest.approx(hz, abs=2e-3)
    assert found.centre_hz[0] == pytest.approx(hz, rel=1e-3)
    assert found.erb_hz[0] == pytest.approx(erb(hz), rel=5e-4)
    assert found.bandwidth_3db_hz[0] / erb(hz) == pytest.approx(0.8865, abs=1e-4)
    assert found.shape == ("band-pass",)


def test_a_moving_average_is_a_low_pass_with_known_width_and_gains() -> None:
    found = analyse(moving_average(25))

    assert found.peak_hz[0] == 0.0
    assert found.bandwidth_3db_hz[0] == pytest.approx(0.4433 * SAMPLE_RATE / 25, rel=1e-3)
    assert found.erb_hz[0] == pytest.approx(SAMPLE_RATE / 50)
    nulls = 640.0 * np.arange(1, 13)  # fs / N
    gains = gains_at(np.broadcast_to(moving_average(25), (12, 25)), nulls, SAMPLE_RATE)
    assert gains.max() < 1e-15
    assert found.peak_gain_db[0] == pytest.approx(0.0, abs=1e-12)
    assert found.dc_gain_db[0] == pytest.approx(0.0, abs=1e-12)
    assert found.nyquist_gain_db[0] == pytest.approx(20 * np.log10(1 / 25))
    assert found.shape == ("low-pass",)
    assert np.isnan(found.q_3db[0])


def test_a_delta_is_flat_and_as_wide_as_the_axis() -> None:
    found = analyse(delta(64, at=10))

    assert found.shape == ("flat",)
    assert found.erb_hz[0] == pytest.approx(SAMPLE_RATE / 2)
    assert found.bandwidth_3db_hz[0] == SAMPLE_RATE / 2
    assert found.spectral_flatness[0] == pytest.approx(1.0)
    assert np.abs(found.curves.magnitudes_db).max() < 1e-10


def test_a_windowed_sinc_is_centred_on_its_band_whatever_its_ripple() -> None:
    n = np.arange(251)
    taps = signal.firwin(251, [1000, 1800], pass_zero=False, fs=SAMPLE_RATE)

    found = analyse(taps)

    assert len(n) == len(taps)
    assert found.centre_hz[0] == pytest.approx(1400, rel=1e-3)
    assert found.bandwidth_3db_hz[0] == pytest.approx(760, abs=20)  # -6 dB points are 800 apart
    assert found.details.spectral_centroid_hz[0] == pytest.approx(1400, abs=0.05)
    assert found.peak_hz[0] == pytest.approx(1675.6, abs=0.2)  # a ripple of the flat top
    edges = gains_at(np.stack([taps, taps]), np.array([1000.0, 1800.0]), SAMPLE_RATE)
    np.testing.assert_allclose(20 * np.log10(edges), -6.02, atol=0.02)
    assert found.shape == ("band-pass",)


def test_butterworth_edges_are_the_design_frequencies() -> None:
    sections = signal.butter(2, [900, 1100], "bandpass", fs=SAMPLE_RATE)
    impulse = signal.lfilter(*sections, delta(4000))

    found = analyse(impulse)

    half = found.bandwidth_3db_hz[0] / 2
    edges = found.centre_hz[0] - half, found.centre_hz[0] + half
    assert edges == pytest.approx((900, 1100), abs=5e-3)
    assert found.peak_hz[0] == pytest.approx(995.24, abs=0.02)


@pytest.mark.parametrize("n_taps", [1, 2])
def test_kernels_of_one_or_two_taps_are_described(n_taps: int) -> None:
    found = bank.analyse(np.ones((2, n_taps)), SAMPLE_RATE, untrained=untrained(n_taps))

    np.testing.assert_allclose(found.details.l1_gain_db, 20 * np.log10(n_taps))
    assert found.details.phase_class == ("linear", "linear")


def test_shapes_of_difference_and_double_band_are_named() -> None:
    found = analyse(np.array([1.0, -1.0]), gabor(1000, 30) + gabor(4000, 30))

    assert found.shape == ("high-pass", "multi-band")
    assert found.symmetry[0] == pytest.approx(-1.0)


def test_noise_is_not_peakier_than_untrained_and_a_dead_filter_is_dead() -> None:
    noise = np.random.default_rng(9).uniform(-1, 1, (200, 80))

    found = bank.analyse(
        np.concatenate([noise, np.zeros((1, 80))]), SAMPLE_RATE, untrained=untrained(80, 2000)
    )

    assert np.mean([shape == NOT_PEAKIER for shape in found.shape[:200]]) > 0.88
    assert found.shape[200] == "dead"
    assert found.dead.sum() == 1
    assert np.isnan(found.peak_hz[200])
    assert abs(np.mean(found.tuning_z[:200])) < 0.3


def test_of_five_taps_shapes_are_named_whatever_the_null_says() -> None:
    smooth = np.array([1.0, 1.5, 2.0, 1.5, 1.0])

    found = bank.analyse(smooth[None], SAMPLE_RATE, untrained=untrained(5))

    assert found.shape == ("low-pass",)


def test_the_untrained_null_matches_published_noise_statistics() -> None:
    found = bank.measure(untrained(80, 2000))

    assert np.median(found.flatness) == pytest.approx(0.56, abs=0.01)
    assert np.median(found.peak_db) == pytest.approx(7.0, abs=0.1)


def test_curves_lie_on_the_grid_of_the_descriptors() -> None:
    taps = np.random.default_rng(2).normal(size=(3, 300))

    found = bank.analyse(taps, SAMPLE_RATE, untrained=untrained(300, 100))

    _, expected = signal.freqz(taps[1], worN=found.curves.frequencies, fs=SAMPLE_RATE)
    levels = found.curves.magnitudes_db[1]
    np.testing.assert_allclose(levels, 20 * np.log10(np.abs(expected)), atol=1e-3)


def test_curves_are_masked_where_the_filter_hardly_passes() -> None:
    found = analyse(gabor(1000, 40)).curves

    far = np.abs(found.frequencies - 1000) > 500
    assert np.isnan(found.phases[0, far]).all()
    assert np.isnan(found.group_delays[0, far]).all()
    near = np.abs(found.frequencies - 1000) < 100
    np.testing.assert_allclose(found.group_delays[0, near], 256 / SAMPLE_RATE, rtol=1e-5)


def test_chunks_do_not_change_the_answer() -> None:
    taps = np.random.default_rng(3).normal(size=(1100, 24))

    whole = bank.analyse(taps, SAMPLE_RATE, untrained=untrained(24))
    last = bank.analyse(taps[-3:], SAMPLE_RATE, untrained=untrained(24))

    np.testing.assert_array_equal(whole.centre_hz[-3:], last.centre_hz)
    np.testing.assert_array_equal(whole.curves.group_delays[-3:], last.curves.group_delays)
