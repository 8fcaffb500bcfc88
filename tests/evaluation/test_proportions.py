"""Intervals of shares against closed forms and simulations."""

import numpy as np
import pytest
from scipy import stats

from cnnviz.evaluation.proportions import class_intervals, share_interval


def alone(n_clips):
    return np.arange(n_clips)


@pytest.mark.parametrize(("n_right", "n_clips"), [(0, 7), (3, 7), (60, 60), (59, 60)])
def test_independent_clips_have_the_exact_interval(n_right, n_clips):
    found = share_interval(np.arange(n_clips) < n_right, alone(n_clips))

    expected = stats.binomtest(n_right, n_clips).proportion_ci(0.95, method="exact")
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_groups_without_a_mistake_count_once():
    found = share_interval(np.ones(60, bool), np.arange(60) // 10)

    # (1 - coverage) / 2 = p^6 at the lower end
    np.testing.assert_allclose(found, [0.025 ** (1 / 6), 1.0])


def test_groups_that_are_right_as_one_count_almost_once():
    right, groups = np.repeat(np.arange(40) < 20, 5), np.repeat(np.arange(40), 5)

    found = share_interval(right, groups)

    # 40 coins, seen through Student's quantiles of 39 degrees of freedom
    low, high = stats.binomtest(20, 40).proportion_ci(0.95, method="exact")
    assert found[0] == pytest.approx(low, abs=0.012)
    assert found[1] == pytest.approx(high, abs=0.012)


@pytest.mark.parametrize("n_groups", [10, 40])
def test_the_interval_of_groups_covers(n_groups):
    generator, n_runs = np.random.default_rng(0), 300
    groups = np.repeat(np.arange(n_groups), 8)
    n_held = 0
    for _ in range(n_runs):
        shares = generator.beta(9, 1, n_groups)  # mean 0.9
        low, high = share_interval(generator.random(len(groups)) < shares[groups], groups)
        n_held += low <= 0.9 <= high

    assert n_held >= 0.93 * n_runs


def test_one_group_with_mistakes_has_no_interval():
    found = share_interval(np.array([True, False, True]), np.zeros(3, dtype=int))

    assert np.isnan(found).all()


def test_rates_of_a_class_count_among_their_clips():
    labels, predictions = np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1])

    found = class_intervals(labels, predictions, alone(4), 2)

    exact = {
        n: np.array(stats.binomtest(*n).proportion_ci(0.95, method="exact"))
        for n in ((2, 2), (2, 3))
    }
    np.testing.assert_allclose(found.precision[0], exact[2, 2])
    np.testing.assert_allclose(found.recall[0], exact[2, 3])
    # Jaccard 2 of 3; F1 = 2 J / (1 + J)
    np.testing.assert_allclose(found.f1[0], 2 * exact[2, 3] / (1 + exact[2, 3]))


def test_what_is_not_defined_has_no_interval():
    found = class_intervals(np.array([0, 0]), np.array([0, 1]), alone(2), 3)

    assert np.isnan(found.precision[2]).all()
    assert np.isnan([found.recall[1], found.f1[1], found.recall[2], found.f1[2]]).all()
    assert np.isfinite(found.precision[:2]).all()
