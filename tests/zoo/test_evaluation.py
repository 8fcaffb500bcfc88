"""Scores equal counts made by hand."""

import numpy as np
import pytest

from zoo.evaluation import bootstrap_interval, evaluate

LABELS = np.array([0, 0, 0, 0, 1, 1])
PREDICTED = np.array([0, 0, 0, 1, 1, 0])


def test_confusion_has_true_classes_in_rows() -> None:
    assert evaluate(PREDICTED, LABELS, ("no", "yes"), seed=0).confusion == ((3, 1), (1, 1))


def test_scores_of_a_class_are_ratios_of_its_row_and_column() -> None:
    score = evaluate(PREDICTED, LABELS, ("no", "yes"), seed=0).classes[1]

    assert (score.class_name, score.n_clips) == ("yes", 2)
    assert (score.precision, score.recall, score.f1) == (0.5, 0.5, 0.5)


def test_class_without_clips_scores_zero() -> None:
    score = evaluate(PREDICTED, LABELS, ("no", "yes", "up"), seed=0).classes[2]

    assert (score.precision, score.recall, score.f1, score.n_clips) == (0.0, 0.0, 0.0, 0)


def test_interval_agrees_with_the_normal_approximation() -> None:
    correct = np.arange(1_000) < 900

    low, high = bootstrap_interval(correct, seed=0)

    half = 1.96 * np.sqrt(0.9 * 0.1 / 1_000)
    assert (low, high) == pytest.approx((0.9 - half, 0.9 + half), abs=0.003)  # 2,000 resamples


def test_interval_is_the_same_for_the_same_seed() -> None:
    correct = np.arange(50) < 40

    assert bootstrap_interval(correct, seed=3) == bootstrap_interval(correct, seed=3)
