"""Two-sided responses of complex filters against closed forms."""

import numpy as np
import pytest
from scipy import signal, special

from cnnviz.dsp.analytic import analyticity, two_sided_db, two_sided_frequencies

from .kernels import SAMPLE_RATE, gabor


def complex_gabor(hertz: float, sigma: float = 20) -> np.ndarray:
    return gabor(hertz, sigma) + 1j * gabor(hertz, sigma, phase=-np.pi / 2)


@pytest.mark.parametrize("hertz", [-1000.0, -50.0, 0.0, 50.0, 100.0, 1000.0])
def test_analyticity_of_a_complex_gabor_is_that_of_a_gaussian(hertz: float) -> None:
    spread = SAMPLE_RATE / (2 * np.pi * 20) / np.sqrt(2)  # Hz, of the power

    (found,) = analyticity(complex_gabor(hertz)[None])

    assert found == pytest.approx(special.ndtr(hertz / spread), abs=1e-6)


def test_a_real_filter_is_half_analytic_and_a_dead_one_has_none() -> None:
    taps = np.vstack([np.random.default_rng(0).normal(size=(2, 33)), np.zeros(33)])

    found = analyticity(taps.astype(complex))

    np.testing.assert_allclose(found[:2], 0.5, atol=1e-12)
    assert np.isnan(found[2])


def test_the_analytic_signal_of_a_filter_is_analytic() -> None:
    assert analyticity(signal.hilbert(gabor(2000, 20))[None])[0] > 1 - 1e-9


def test_a_two_sided_response_equals_freqz_and_peaks_at_its_frequency() -> None:
    taps = complex_gabor(-1000.0)

    (levels,) = two_sided_db(taps[None])

    hertz = two_sided_frequencies(len(levels), SAMPLE_RATE)
    assert (hertz[0], hertz[len(hertz) // 2]) == (-SAMPLE_RATE / 2, 0)
    assert hertz[levels.argmax()] == pytest.approx(-1000, abs=hertz[1] - hertz[0])
    _, expected = signal.freqz(taps, worN=2 * np.pi * hertz / SAMPLE_RATE)
    strong = levels > levels.max() - 80
    np.testing.assert_allclose(levels[strong], 20 * np.log10(np.abs(expected[strong])), atol=1e-3)
