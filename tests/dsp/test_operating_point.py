"""Levels at which rectifiers open, against the identity of the frequency tuning curve."""

import numpy as np
import pytest
from scipy import integrate, signal

from cnnviz.dsp.operating_point import gains_at, opening_levels_dbfs, rectified_gains

from .kernels import SAMPLE_RATE, gabor


def test_gains_equal_freqz_at_a_frequency_of_each_filter() -> None:
    taps = np.random.default_rng(0).normal(size=(3, 41))
    hertz = np.array([120.0, 3333.3, 7990.0])

    expected = [
        np.abs(signal.freqz(taps[k], worN=[hertz[k]], fs=SAMPLE_RATE)[1][0]) for k in range(3)
    ]
    np.testing.assert_allclose(gains_at(taps, hertz, SAMPLE_RATE), expected, rtol=1e-10)


@pytest.mark.parametrize("hertz", [800.0, 900.0, 1000.0, 1100.0, 1200.0])
def test_a_rectifier_opens_at_the_bias_over_the_gain(hertz: float) -> None:
    taps = gabor(1000, 20, 257)
    n = np.arange(16_000)
    tone = np.convolve(np.cos(2 * np.pi * hertz * n / SAMPLE_RATE), taps, "valid")
    (level,) = opening_levels_dbfs(
        gains_at(taps[None], np.array([hertz]), SAMPLE_RATE), np.array([-0.3])
    )

    softer, louder = (10 ** ((level + step) / 20) * tone - 0.3 for step in (-0.001, 0.001))

    assert softer.max() < 0
    assert louder.max() > 0


def test_what_is_open_or_hears_nothing_has_no_threshold() -> None:
    levels = opening_levels_dbfs(np.array([1.0, 1.0, 0.0, np.nan]), np.array([0.0, 0.1, -1, -1]))

    assert np.isnan(levels).all()


def integrated_gain(gain: float, bias: float, ceiling: float) -> float:
    """Rise of the mean output over the phases of a tone of -20 dBFS, by quadrature."""
    heights = [(edge - bias) / (0.1 * gain) for edge in (0.0, ceiling)]
    crossings = [np.arccos(height) for height in heights if abs(height) < 1]
    mean, _ = integrate.quad(
        lambda phase: np.clip(0.1 * gain * np.cos(phase) + bias, 0, ceiling) / np.pi,
        *(0, np.pi),
        points=crossings or None,
        epsabs=1e-13,
    )
    return (mean - np.clip(bias, 0, ceiling)) / 0.1


@pytest.mark.parametrize("ceiling", [np.inf, 6.0], ids=["relu", "relu6"])
@pytest.mark.parametrize("bias", [-8.0, -0.9, -0.1, 0.0, 0.1, 0.9, 5.5, 8.0])
def test_the_gain_of_a_rectifier_equals_the_mean_over_phases(bias: float, ceiling: float) -> None:
    for gain in (2.0, 10.0, 90.0):
        (found,) = rectified_gains(np.array([gain]), np.array([bias]), 0.1, ceiling)

        assert found == pytest.approx(integrated_gain(gain, bias, ceiling), abs=1e-10)


def test_an_open_rectifier_gives_a_tone_over_pi_and_a_shut_one_nothing() -> None:
    gains = rectified_gains(np.array([3.0, 3.0]), np.array([0.0, -0.4]), 0.1)

    np.testing.assert_allclose(gains, [3 / np.pi, 0])


def test_a_filter_without_centre_has_no_gain() -> None:
    assert np.isnan(rectified_gains(np.array([np.nan]), np.array([0.1]), 0.1)).all()
