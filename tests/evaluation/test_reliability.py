"""Reliability against bins counted by hand."""

import numpy as np
import pytest

from cnnviz.evaluation.reliability import measure_reliability

CONFIDENCES = np.array([0.55, 0.58, 0.92, 0.95, 0.97])
RIGHT = np.array([True, False, True, True, False])


def test_the_error_is_the_mean_distance_over_the_bins():
    # bin 5: confidence 0.565, accuracy 0.5; bin 9: confidence 0.94667, accuracy 0.66667
    found = measure_reliability(CONFIDENCES, RIGHT, n_bins=10)

    assert found.error == pytest.approx(2 / 5 * 0.065 + 3 / 5 * 0.28)


def test_bins_hold_counts_and_means():
    found = measure_reliability(CONFIDENCES, RIGHT, n_bins=10)

    assert found.counts.tolist() == [0, 0, 0, 0, 0, 2, 0, 0, 0, 3]
    np.testing.assert_allclose(found.confidence[[5, 9]], [0.565, 2.84 / 3])
    np.testing.assert_allclose(found.accuracy[[5, 9]], [0.5, 2 / 3])
    assert np.isnan(found.accuracy[[0, 8]]).all()
    np.testing.assert_allclose(found.edges, np.arange(11) / 10)


@pytest.mark.parametrize(("confidence", "index"), [(0.0, 0), (0.5, 1), (0.999, 1), (1.0, 1)])
def test_a_bin_holds_its_lower_edge_and_the_last_also_its_upper(confidence, index):
    found = measure_reliability(np.array([confidence]), np.array([True]), n_bins=2)

    assert found.counts[index] == 1


def test_confidence_that_is_kept_has_no_error():
    confidences, right = np.full(10, 0.7), np.arange(10) < 7

    assert measure_reliability(confidences, right).error == pytest.approx(0, abs=1e-12)


def test_without_probabilities_there_is_no_error():
    found = measure_reliability(np.empty(0), np.empty(0, dtype=bool))

    assert np.isnan(found.error)
    assert found.counts.sum() == 0
