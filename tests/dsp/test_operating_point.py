"""Levels at which rectifiers open, against the identity of the frequency tuning curve."""

import numpy as np
import pytest
from scipy import signal

from cnnviz.dsp.operating_point import gains_at, opening_levels_dbfs

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
