"""Intervals against the normal approximation, and against drawing clips one by one."""

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import balanced_accuracy_score, cohen_kappa_score, f1_score

from cnnviz.evaluation.bootstrap import (
    bootstrap_confusion,
    bootstrap_groups,
    interval_of,
    resample_sums,
)

from .nsynth import OPTIMIZED, unfold


def test_the_interval_of_accuracy_is_near_the_normal_approximation():
    found = bootstrap_confusion(OPTIMIZED.confusion, seed=0).accuracy

    share, n_clips = OPTIMIZED.accuracy, 4096
    half = 1.96 * np.sqrt(share * (1 - share) / n_clips)
    # 0.0005: two clips of 4,096; quantiles of 10,000 draws
    np.testing.assert_allclose(found, [share - half, share + half], atol=5e-4)


@pytest.mark.parametrize(
    ("name", "rate"),
    [
        ("balanced_accuracy", balanced_accuracy_score),
        ("kappa", cohen_kappa_score),
        ("macro_f1", lambda true, answer: f1_score(true, answer, average="macro")),
    ],
)
def test_intervals_are_those_of_drawing_clips_one_by_one(name, rate):
    confusion = np.array([[40, 10, 0], [5, 45, 3], [2, 1, 30]])

    found = getattr(bootstrap_confusion(confusion, seed=0), name)

    expected = stats.bootstrap(
        unfold(confusion),
        rate,
        paired=True,
        vectorized=False,
        n_resamples=1000,
        method="percentile",
        rng=1,
    ).confidence_interval
    np.testing.assert_allclose(found, expected, atol=0.012)  # quantiles of 1,000 draws


def test_the_same_seed_draws_the_same():
    first, again = (bootstrap_confusion(OPTIMIZED.confusion, seed=5) for _ in range(2))

    np.testing.assert_array_equal(first.kappa, again.kappa)
    assert (first.kappa != bootstrap_confusion(OPTIMIZED.confusion, seed=6).kappa).any()


def test_a_classifier_without_errors_has_the_exact_interval():
    found = bootstrap_confusion(np.diag([4, 6]), seed=0)

    # (1 - coverage) / 2 = p^10 at the lower end (Clopper and Pearson)
    np.testing.assert_allclose(found.accuracy, [0.025 ** (1 / 10), 1.0])


def test_rates_without_errors_reach_down_as_far_as_unseen_errors_would_take_them():
    found = bootstrap_confusion(np.diag([4, 6]), seed=0)

    unseen = 1 - 0.025 ** (1 / 10)  # share of the clips, all of the smaller class
    recall = 1 - unseen / 0.4
    f1 = [2 * (0.4 - unseen) / (2 * 0.4 - unseen), 2 * 0.6 / (2 * 0.6 + unseen)]
    chance = 0.4 * (0.4 - unseen) + 0.6 * (0.6 + unseen)
    kappa = (1 - unseen - chance) / (1 - chance)
    np.testing.assert_allclose(found.balanced_accuracy, [(1 + recall) / 2, 1.0])
    np.testing.assert_allclose(found.macro_f1, [np.mean(f1), 1.0])
    np.testing.assert_allclose(found.kappa, [kappa, 1.0])


def test_a_network_with_one_answer_has_no_interval_where_nothing_varies():
    found = bootstrap_confusion(np.array([[0, 4], [0, 4]]), seed=0)

    # recalls are 0 and 1 in every draw; true ones are not known so well from four clips each
    assert np.isnan(found.balanced_accuracy).all()
    assert np.isnan(found.kappa).all()
    assert np.isfinite([found.accuracy, found.macro_f1]).all()


def test_rates_without_hits_reach_up_as_far_as_unseen_hits_would_take_them():
    found = bootstrap_confusion(np.array([[0, 6], [4, 0]]), seed=0)

    unseen = 1 - 0.025 ** (1 / 10)
    np.testing.assert_allclose(found.accuracy, [0.0, unseen])
    np.testing.assert_allclose(found.balanced_accuracy, [0.0, unseen / 0.4 / 2])


def test_one_class_alone_has_no_interval_of_kappa():
    found = bootstrap_confusion(np.array([[5, 0], [0, 0]]), seed=0)

    assert np.isnan(found.kappa).all()
    np.testing.assert_allclose(found.balanced_accuracy, [0.025 ** (1 / 5), 1.0])


def test_draws_without_a_value_are_left_out():
    assert interval_of(np.array([np.nan, 1.0, 1.0]), 100).tolist() == [1.0, 1.0]


@pytest.mark.parametrize("n_units", [5, 30])
def test_the_interval_of_few_units_is_as_wide_as_students(n_units):
    values = np.random.default_rng(0).standard_normal(n_units)
    drawn = np.random.default_rng(1).normal(values.mean(), values.std() / n_units**0.5, 400_000)

    found = interval_of(drawn, n_units)

    expected = stats.t.interval(0.95, n_units - 1, values.mean(), stats.sem(values))
    np.testing.assert_allclose(found, expected, atol=0.05)


def test_one_unit_has_no_interval():
    assert np.isnan(interval_of(np.full(10, 0.5), 1)).all()


def test_groups_are_drawn_whole():
    generator = np.random.default_rng(0)
    labels = generator.integers(0, 3, 240)
    groups = np.repeat(np.arange(40), 6)
    is_good = generator.random(40)[groups] > generator.random(240) / 2
    predictions = np.where(is_good, labels, (labels + 1) % 3)

    found = bootstrap_groups(labels, predictions, groups, 3, seed=0)

    def accuracy(chosen):
        clips = np.concatenate([np.flatnonzero(groups == group) for group in chosen])
        return (labels == predictions)[clips].mean()

    drawn = [accuracy(generator.integers(0, 40, 40)) for _ in range(2000)]
    np.testing.assert_allclose(found.accuracy, interval_of(np.array(drawn), 40), atol=0.01)


def test_groups_of_one_clip_each_are_clips():
    labels, predictions = unfold(np.array([[40, 10, 0], [5, 45, 3], [2, 1, 30]]))

    found = bootstrap_groups(labels, predictions, np.arange(len(labels)), 3, seed=0)

    expected = bootstrap_confusion(np.array([[40, 10, 0], [5, 45, 3], [2, 1, 30]]), seed=1)
    for name in ("accuracy", "balanced_accuracy", "kappa", "macro_f1"):
        np.testing.assert_allclose(getattr(found, name), getattr(expected, name), atol=0.008)


def test_groups_without_errors_count_once():
    labels = np.arange(60) % 2

    found = bootstrap_groups(labels, labels, np.arange(60) // 10, 2, seed=0)

    np.testing.assert_allclose(found.accuracy, [0.025 ** (1 / 6), 1.0])


def test_one_group_has_no_interval():
    labels, predictions = np.array([0, 1, 1]), np.array([0, 1, 0])

    found = bootstrap_groups(labels, predictions, np.zeros(3, dtype=int), 2, seed=0)

    assert np.isnan([found.accuracy, found.kappa, found.macro_f1]).all()


def test_sums_of_drawn_groups_vary_as_a_multinomial_does():
    by_group = np.array([[1, 2], [0, 3], [1, 2], [4, 1]])

    found = resample_sums(by_group, 0, 20_000)

    assert found.shape == (2, 20_000)
    np.testing.assert_allclose(found.mean(axis=1), by_group.sum(axis=0), rtol=0.01)
    np.testing.assert_allclose(found.var(axis=1), 4 * by_group.var(axis=0), rtol=0.05)
