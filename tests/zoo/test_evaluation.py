"""Scores equal counts made by hand."""

import json
from dataclasses import asdict

import numpy as np
import pytest
from scipy import stats

from zoo.evaluation import evaluate

LABELS = np.array([0, 0, 0, 0, 1, 1])
PREDICTED = np.array([0, 0, 0, 1, 1, 0])


def test_confusion_has_true_classes_in_rows() -> None:
    assert evaluate(PREDICTED, LABELS, ("no", "yes"), seed=0).confusion == ((3, 1), (1, 1))


def test_scores_of_a_class_are_ratios_of_its_row_and_column() -> None:
    score = evaluate(PREDICTED, LABELS, ("no", "yes"), seed=0).classes[1]

    assert (score.class_name, score.n_clips) == ("yes", 2)
    assert (score.precision, score.recall, score.f1) == (0.5, 0.5, 0.5)


def test_what_is_not_defined_of_a_class_is_empty() -> None:
    score = evaluate(PREDICTED, LABELS, ("no", "yes", "up"), seed=0).classes[2]

    assert (score.precision, score.recall, score.f1, score.n_clips) == (None, None, None, 0)
    assert (score.precision_interval, score.recall_interval, score.f1_interval) == (None,) * 3


def test_a_class_never_predicted_has_recall_alone() -> None:
    score = evaluate(np.array([0, 0]), np.array([0, 1]), ("no", "yes"), seed=0).classes[1]

    assert (score.precision, score.recall, score.f1) == (None, 0.0, 0.0)
    assert score.recall_interval == pytest.approx((0.0, 0.975))  # 1 - 0.025, of one clip


def test_interval_agrees_with_the_normal_approximation() -> None:
    labels, predicted = np.zeros(1_000, dtype=int), (np.arange(1_000) >= 900).astype(int)

    low, high = evaluate(predicted, labels, ("no", "yes"), seed=0).interval

    half = 1.96 * np.sqrt(0.9 * 0.1 / 1_000)
    assert (low, high) == pytest.approx((0.9 - half, 0.9 + half), abs=0.0015)  # 10,000 resamples


def test_interval_is_the_same_for_the_same_seed() -> None:
    first, again = (evaluate(PREDICTED, LABELS, ("no", "yes"), seed=3) for _ in range(2))

    assert first.interval == again.interval


def test_agreement_and_balanced_accuracy_are_those_counted_by_hand() -> None:
    found = evaluate(PREDICTED, LABELS, ("no", "yes"), seed=0)

    # chance: 4/6 * 4/6 + 2/6 * 2/6 = 5/9
    assert found.balanced_accuracy == (3 / 4 + 1 / 2) / 2
    assert found.kappa == pytest.approx((4 / 6 - 5 / 9) / (1 - 5 / 9))


def test_probabilities_add_ranking_and_calibration() -> None:
    probabilities = np.array([[0.9, 0.1]] * 3 + [[0.1, 0.9]] * 2 + [[0.9, 0.1]])

    found = evaluate(PREDICTED, LABELS, ("no", "yes"), seed=0, probabilities=probabilities)

    assert found.roc_auc == pytest.approx((3 * 1 + 3 * 0.5 + 0.5) / 8)  # pairs, ties count half
    assert found.expected_calibration_error == pytest.approx(0.9 - 4 / 6)
    assert found.confusion == ((3, 1), (1, 1))


def test_what_is_not_defined_is_null_in_json() -> None:
    found = evaluate(np.array([0]), np.array([0]), ("no", "yes"), seed=0)

    assert (found.kappa, found.roc_auc, found.expected_calibration_error) == (None, None, None)
    assert json.loads(json.dumps(asdict(found), allow_nan=False))["kappa"] is None


def test_clips_of_one_speaker_widen_the_interval() -> None:
    labels, groups = np.zeros(400, dtype=int), tuple(str(i // 20) for i in range(400))
    predicted = (np.arange(400) // 20 % 5 == 0).astype(int)  # every fifth speaker is wrong

    by_clip = evaluate(predicted, labels, ("no", "yes"), seed=0)
    by_speaker = evaluate(predicted, labels, ("no", "yes"), groups=groups, seed=0)

    # 20 speakers drawn from those, 0.8 of them right; tails of Student's 19 degrees of freedom
    tail = stats.norm.cdf(np.sqrt(20 / 19) * stats.t.ppf(0.025, 19))
    expected = stats.binom(20, 0.8).ppf([tail, 1 - tail]) / 20
    assert by_speaker.interval == pytest.approx(tuple(expected), abs=0.051)
    assert by_clip.interval == pytest.approx((0.761, 0.839), abs=0.004)
    assert by_speaker.groups is not None
    assert (by_speaker.groups.n_groups, by_speaker.groups.lowest) == (20, 0.0)
    assert by_speaker.groups.largest_share == 20 / 400


def test_the_easy_class_is_left_out_of_a_second_score() -> None:
    labels, predicted = np.array([0] * 6 + [1] * 4), np.array([0] * 6 + [1, 1, 1, 0])

    found = evaluate(predicted, labels, ("hush", "yes"), seed=0, easy_class="hush").without_easy

    assert found is not None
    assert (found.left_out, found.n_clips, found.accuracy) == ("hush", 4, 0.75)
    assert evaluate(predicted, labels, ("hush", "yes"), seed=0).without_easy is None


def test_one_speaker_says_nothing_of_others() -> None:
    found = evaluate(PREDICTED, LABELS, ("no", "yes"), groups=("ann",) * 6, seed=0)

    assert found.interval == (0.0, 1.0)
