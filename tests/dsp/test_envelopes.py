"""Envelopes against scipy.signal.hilbert and closed forms."""

import numpy as np
import pytest
from scipy import signal

from cnnviz.dsp.envelopes import envelope_powers, measure_envelopes

from .kernels import SAMPLE_RATE, delta, erb, gabor, gammatone


@pytest.mark.parametrize("n_taps", [40, 41])
def test_envelopes_equal_hilbert_with_the_taps_padded(n_taps: int) -> None:
    taps = np.random.default_rng(0).normal(size=(3, n_taps))

    expected = np.abs(signal.hilbert(taps, N=80 if n_taps == 40 else 84)[:, :n_taps]) ** 2
    np.testing.assert_allclose(envelope_powers(taps), expected, atol=1e-10)


def test_a_gabor_rises_and_falls_alike() -> None:
    found = measure_envelopes(gabor(1000, 40)[None])

    assert found.skewness[0] == pytest.approx(0.0, abs=1e-9)
    assert found.attack[0] == pytest.approx(40 * np.sqrt(2), rel=1e-3)  # exp(-n^2 / 2 s^2) = 1 / e
    assert found.decay[0] == pytest.approx(40 * np.sqrt(2), rel=1e-3)


@pytest.mark.parametrize("hz", [1000.0, 3000.0])
def test_a_gammatone_leans_like_its_gamma_distribution(hz: float) -> None:
    found = measure_envelopes(gammatone(hz)[None])

    assert found.skewness[0] == pytest.approx(2 / np.sqrt(7), rel=0.02)  # t^6 exp(-2 b t)
    assert 0 < found.attack[0] < found.decay[0]
    turned = measure_envelopes(gammatone(hz)[None, ::-1])
    assert turned.skewness[0] == pytest.approx(-found.skewness[0])


def test_a_gammatone_falls_to_one_over_e_where_its_envelope_says() -> None:
    b = 2 * np.pi * 1.019 * erb(1000) / SAMPLE_RATE
    n = np.linspace(0, 2048, 2**20)
    envelope = n**3 * np.exp(-b * n)
    above = n[envelope >= envelope.max() / np.e]

    found = measure_envelopes(gammatone(1000)[None])

    assert found.attack[0] == pytest.approx(3 / b - above[0], rel=2e-2)
    assert found.decay[0] == pytest.approx(above[-1] - 3 / b, rel=2e-2)


def test_what_is_cut_off_above_one_over_e_has_no_time() -> None:
    cut = gabor(1000, 40)[None, 256:]

    found = measure_envelopes(cut)

    assert np.isnan(found.attack[0])
    assert np.isfinite(found.decay[0])


@pytest.mark.parametrize("n_taps", [1, 2])
def test_one_or_two_taps_are_enough(n_taps: int) -> None:
    assert measure_envelopes(np.ones((3, n_taps))).skewness.shape == (3,)


def test_a_dead_filter_has_no_envelope() -> None:
    found = measure_envelopes(np.stack([np.zeros(64), delta(64, at=9)]))

    assert np.isnan(found.skewness[0])
    assert np.isnan(found.attack[0])
