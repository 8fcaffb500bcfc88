"""Drift of filters: closed forms, scipy, and one filter that was moved."""

import numpy as np
from scipy.spatial.distance import jensenshannon

from cnnviz.dsp.drift import compare_spectra, jensen_shannon_distances, moved_share
from cnnviz.dsp.scales import erb_number

RATE = 16000.0


def gabor(centre_hz: float, width_samples: float = 60.0, n_taps: int = 513) -> np.ndarray:
    time = np.arange(n_taps) - n_taps // 2
    return np.exp(-0.5 * (time / width_samples) ** 2) * np.cos(2 * np.pi * centre_hz / RATE * time)


def hertz_of(erbs: float) -> float:
    return (10 ** (erbs / 21.4) - 1) / 4.37e-3


def test_the_distance_is_that_of_scipy() -> None:
    p, q = np.random.default_rng(0).gamma(0.5, size=(2, 20, 257))

    np.testing.assert_allclose(
        jensen_shannon_distances(p, q), jensenshannon(p, q, base=2, axis=1), rtol=1e-12
    )


def test_the_distance_is_zero_of_equal_rows_one_of_disjoint_ones_and_unknown_of_none() -> None:
    p = np.array([[1.0, 2.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 0.0]])
    q = np.array([[3.0, 6.0, 0.0], [0.0, 0.0, 4.0], [1.0, 0.0, 0.0]])

    np.testing.assert_allclose(jensen_shannon_distances(p, q), [0.0, 1.0, np.nan], atol=1e-7)


def test_the_same_filters_have_not_moved_whatever_their_level() -> None:
    taps = np.stack([gabor(f) for f in (300.0, 1000.0, 4000.0)])

    found = compare_spectra(4.0 * taps, taps, RATE)

    for column in (found.centre_change_hz, found.centre_change_erbs, found.erb_change_hz):
        np.testing.assert_array_equal(column, 0.0)
    np.testing.assert_allclose(found.spectral_distance, 0.0, atol=1e-7)
    assert moved_share(found.centre_change_erbs) == 0.0


def test_one_gabor_moved_by_two_erb_is_found_alone() -> None:
    centres = [500.0, 1000.0, 2000.0, 4000.0]
    before = np.stack([gabor(f) for f in centres])
    target = hertz_of(float(erb_number(np.array(1000.0))) + 2.0)
    after = before.copy()
    after[1] = gabor(target)

    found = compare_spectra(after, before, RATE)

    np.testing.assert_allclose(found.initial_centre_hz, centres, rtol=1e-3)
    np.testing.assert_allclose(found.centre_change_erbs, [0.0, 2.0, 0.0, 0.0], atol=1e-3)
    np.testing.assert_allclose(found.centre_change_hz[1], target - 1000.0, rtol=1e-3)
    np.testing.assert_array_equal(found.spectral_distance > 0.5, [False, True, False, False])
    assert moved_share(found.centre_change_erbs) == 0.25


def test_a_gabor_of_half_the_duration_has_twice_the_bandwidth() -> None:
    wide, narrow = gabor(2000.0, 30.0)[None], gabor(2000.0, 60.0)[None]
    erb = RATE / (2 * np.sqrt(np.pi) * 60)  # of the Gaussian exp(-t^2 / (2 s^2)), in Hz

    found = compare_spectra(wide, narrow, RATE)

    np.testing.assert_allclose(found.erb_change_hz, erb, rtol=1e-3)
    np.testing.assert_allclose(found.centre_change_hz, 0.0, atol=0.1)


def test_a_filter_without_taps_has_no_drift() -> None:
    found = compare_spectra(np.zeros((1, 80)), gabor(800.0, 10.0, 80)[None], RATE)

    assert np.isnan(found.centre_change_hz).all()
    assert np.isnan(found.spectral_distance).all()
    assert np.isnan(moved_share(found.centre_change_erbs))
