"""Calibration: the test and the error against closed forms and simulations."""

import numpy as np
import pytest
from scipy import stats

from cnnviz.evaluation.calibration import (
    VERDICT_LEVEL,
    count_distribution,
    measure_calibration,
)
from cnnviz.evaluation.groups import number_groups

SHAPES = {
    "even": lambda generator, n: generator.uniform(0.1, 1, n),
    "sure": lambda generator, n: generator.beta(20, 1, n),
    "unsure": lambda generator, n: 0.1 + 0.9 * generator.beta(2, 5, n),
    "certain": lambda generator, n: 1 - 10 ** -generator.uniform(0.2, 8, n),
    "constant": lambda _, n: np.full(n, 0.95),
}


def alone(n_clips):
    return np.arange(n_clips)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("n_clips", "n_runs"), [(20, 200), (100, 200), (1000, 100), (10_000, 20)])
def test_a_calibrated_classifier_is_hardly_ever_called_anything_else(shape, n_clips, n_runs):
    generator = np.random.default_rng(n_clips)
    n_called = n_covered = 0
    for _ in range(n_runs):
        confidences = SHAPES[shape](generator, n_clips)
        right = generator.random(n_clips) < confidences
        found = measure_calibration(confidences, right, alone(n_clips))
        n_called += found.p_value < VERDICT_LEVEL
        n_covered += found.error_interval[0] == 0

    assert n_called <= 0.05 * n_runs
    assert n_covered >= 0.95 * n_runs


@pytest.mark.parametrize("correlation", [0.3, 1.0])
@pytest.mark.parametrize(("n_groups", "size"), [(5, 20), (10, 10), (50, 20)])
def test_groups_that_are_right_together_prove_nothing_by_their_clips(correlation, n_groups, size):
    generator, n_runs, n_called = np.random.default_rng(1), 200, 0
    groups = np.repeat(np.arange(n_groups), size)
    for _ in range(n_runs):
        confidences = generator.uniform(0.5, 1, len(groups))
        common = generator.standard_normal(n_groups)[groups]
        own = generator.standard_normal(len(groups))
        mixed = np.sqrt(correlation) * common + np.sqrt(1 - correlation) * own
        right = stats.norm.cdf(mixed) < confidences  # each clip by its confidence
        n_called += measure_calibration(confidences, right, groups).p_value < VERDICT_LEVEL

    assert n_called <= 0.05 * n_runs


@pytest.mark.parametrize("correlation", [0.0, 0.3])
@pytest.mark.parametrize("excess", [-0.1, 0.2])
def test_the_interval_holds_an_error_that_is_there(excess, correlation):
    generator, n_runs, n_held = np.random.default_rng(2), 200, 0
    groups = np.repeat(np.arange(60), 10)
    for _ in range(n_runs):
        confidences = generator.uniform(0.3, 0.9, len(groups))
        common = generator.standard_normal(60)[groups]
        mixed = np.sqrt(correlation) * common + np.sqrt(
            1 - correlation
        ) * generator.standard_normal(len(groups))
        right = stats.norm.cdf(mixed) < confidences - excess
        low, high = measure_calibration(confidences, right, groups).error_interval
        n_held += low <= abs(excess) <= high

    assert n_held >= 0.93 * n_runs


def test_the_squared_error_is_unbiased():
    # both halves of the clips in one bin each: error 0.1
    generator = np.random.default_rng(3)
    confidences, shares = np.repeat([0.6, 0.8], 10), np.repeat([0.5, 0.9], 10)
    errors = [
        measure_calibration(confidences, generator.random(20) < shares, alone(20)).error
        for _ in range(500)
    ]
    squares = np.square(errors)

    # estimates below zero are shown as zero, which raises the mean
    assert 0.01 < squares.mean() < 0.03
    assert np.median(errors) < 0.1


def test_many_errors_are_found_as_large_as_they_are():
    right = np.arange(10_000) % 10 < 7

    found = measure_calibration(np.full(10_000, 0.9), right, alone(10_000))

    assert found.gap == pytest.approx(0.2)
    assert found.error == pytest.approx(0.2, abs=1e-3)
    assert found.p_value < 1e-12
    # 1.96 sqrt(0.7 * 0.3 / 10,000) = 0.009
    np.testing.assert_allclose(found.error_interval, [0.191, 0.209], atol=1.5e-3)


@pytest.mark.parametrize(
    ("confidence", "n_right", "n_clips"), [(0.9, 14, 20), (0.5, 60, 100), (0.99, 950, 1000)]
)
def test_equal_confidences_give_the_binomial_test(confidence, n_right, n_clips):
    right = np.arange(n_clips) < n_right

    found = measure_calibration(np.full(n_clips, confidence), right, alone(n_clips)).p_value

    binomial = stats.binom(n_clips, confidence)
    expected = 2 * min(binomial.cdf(n_right), binomial.sf(n_right - 1))
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-12)


def test_the_count_of_unequal_events_is_that_of_all_outcomes():
    chances = np.array([0.2, 0.5, 0.9])

    outcomes = np.array(np.meshgrid(*[[0, 1]] * 3)).reshape(3, -1).T  # (outcome, event)
    weights = np.prod(np.where(outcomes, chances, 1 - chances), axis=1)
    expected = np.bincount(outcomes.sum(axis=1), weights=weights)
    np.testing.assert_allclose(count_distribution(chances), expected, atol=1e-15)


def test_only_clips_of_different_groups_are_multiplied():
    confidences, right = np.array([0.9, 0.8, 0.7, 0.6]), np.array([False, False, False, True])
    groups = np.array([0, 0, 1, 2])
    distances = right - confidences

    found = measure_calibration(confidences, right, groups).error

    pairs = [(i, j) for i in range(4) for j in range(4) if groups[i] != groups[j]]
    assert found == pytest.approx(np.sqrt(np.mean([distances[i] * distances[j] for i, j in pairs])))


def test_confidence_of_one_that_is_wrong_is_overconfidence():
    found = measure_calibration(np.ones(20), np.arange(20) < 19, alone(20))

    assert (found.gap, found.p_value) == pytest.approx((0.05, 0.0), abs=1e-12)


def test_one_group_shows_nothing():
    found = measure_calibration(np.full(50, 0.9), np.zeros(50, bool), np.zeros(50, dtype=int))

    assert found.p_value == 1.0
    assert np.isnan([found.error, *found.error_interval]).all()


def test_without_probabilities_nothing_is_told():
    found = measure_calibration(np.empty(0), np.empty(0, bool), number_groups((), 3))

    assert np.isnan([found.confidence, found.gap, found.p_value, found.error]).all()
