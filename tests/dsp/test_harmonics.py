"""Harmonics and THD against the Fourier series of ideal curves."""

import numpy as np
import pytest

from cnnviz.dsp.harmonics import (
    cycles_without_common_factor,
    harmonic_amplitudes,
    total_harmonic_distortion,
)

N, Q = 4096, 1001
SINE = np.sin(2 * np.pi * Q * np.arange(N) / N + 0.4)


@pytest.mark.parametrize(
    ("curve", "expected"),
    [
        (lambda x: np.maximum(x, 0), [1 / np.pi, 0.5, 2 / (3 * np.pi), 0, 2 / (15 * np.pi), 0]),
        (np.square, [0.5, 0, 0.5, 0, 0, 0]),
        (lambda x: x**3, [0, 0.75, 0, 0.25, 0, 0]),
        (lambda x: 3 * x, [0, 3, 0, 0, 0, 0]),
    ],
    ids=["rectifier", "square", "cube", "line"],
)
def test_curves_have_the_harmonics_of_their_fourier_series(curve, expected):
    np.testing.assert_allclose(harmonic_amplitudes(curve(SINE), Q, 5), expected, atol=2e-6)


def test_an_ideal_rectifier_has_a_distortion_of_435_thousandths():
    exact = np.sqrt((1 / 8 - 1 / np.pi**2) / (1 / 8))

    assert total_harmonic_distortion(np.maximum(SINE, 0), Q) == pytest.approx(exact, abs=1e-6)
    assert exact == pytest.approx(0.43524, abs=5e-6)
    assert total_harmonic_distortion(2 * SINE + 1, Q) < 1e-7
    assert np.isnan(total_harmonic_distortion(SINE**2, Q))


def test_folded_harmonics_do_not_meet_where_no_factor_is_shared():
    q = cycles_without_common_factor(80.0, (64, 640))  # more cycles than half the cells
    slow = np.sin(2 * np.pi * q * np.arange(64) / 64)

    assert q in {79, 81}
    found = harmonic_amplitudes(np.maximum(slow, 0), q, 6)
    np.testing.assert_allclose(found[[1, 2, 3, 4]], [0.5, 0.2122, 0, 0.0424], atol=2e-3)
