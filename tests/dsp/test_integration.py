"""Cross-context correlation and the window it gives, against planted curves."""

import numpy as np
import pytest

from cnnviz.dsp.integration import (
    DURATIONS_SECONDS,
    cross_context_correlation,
    integration_windows,
    smoothed,
)


def test_the_correlation_is_numpys_at_the_best_lag():
    generator = np.random.default_rng(0)
    one, other = generator.normal(size=(2, 20, 3, 5))
    other[:, 0, 2] = 2 * one[:, 0, 2] + 7

    found = cross_context_correlation(one, other)

    expected = [
        max(np.corrcoef(one[:, u, k], other[:, u, k])[0, 1] for k in range(5)) for u in range(3)
    ]
    np.testing.assert_allclose(found, expected)
    assert found[0] == pytest.approx(1)


def test_a_unit_that_answers_all_segments_alike_has_none():
    assert np.isnan(cross_context_correlation(np.ones((9, 1, 4)), np.ones((9, 1, 4)))).all()


def test_there_are_23_durations_of_20_ms_to_2480():
    assert len(DURATIONS_SECONDS) == 23
    assert DURATIONS_SECONDS[0] == pytest.approx(0.02)
    assert DURATIONS_SECONDS[-1] == pytest.approx(2.48)


def test_smoothing_has_the_weights_and_keeps_a_constant():
    np.testing.assert_allclose(smoothed(np.array([[0.0, 0, 1, 0, 0]])), [[0, 0.15, 0.7, 0.15, 0]])
    np.testing.assert_allclose(smoothed(np.full((1, 4), 0.6)), 0.6)


def test_the_window_lies_where_the_curve_stays_above_the_threshold():
    durations = np.geomspace(0.02, 0.32, 5)
    rising = np.array([[0.0, 0.25, 0.5, 0.75, 1.0]])  # smoothing leaves the middle as it is
    falls_back = np.array([[1.0, 1.0, 0.0, 1.0, 1.0]])

    assert integration_windows(rising, durations)[0] == pytest.approx(0.16)
    assert 0.08 < integration_windows(falls_back, durations)[0] < 0.16
    assert integration_windows(np.zeros((1, 5)), durations)[0] == np.inf
