"""Intervals against the normal approximation, and against drawing clips one by one."""

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import balanced_accuracy_score, cohen_kappa_score, f1_score

from cnnviz.evaluation.bootstrap import bootstrap_confusion, interval_of

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
    assert found.macro_f1.tolist() == [1.0, 1.0]


def test_one_class_alone_has_no_interval_of_kappa():
    found = bootstrap_confusion(np.array([[5, 0], [0, 0]]), seed=0)

    assert np.isnan(found.kappa).all()
    assert found.balanced_accuracy.tolist() == [1.0, 1.0]


def test_draws_without_a_value_are_left_out():
    assert interval_of(np.array([np.nan, 1.0, 1.0])).tolist() == [1.0, 1.0]
