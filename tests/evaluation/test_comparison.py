"""Comparisons against closed forms and hand counts."""

from math import comb

import numpy as np
import pytest
from scipy import stats

from cnnviz.errors import ShapeError
from cnnviz.evaluation import compare
from cnnviz.evaluation.comparison import (
    APPROXIMATE,
    BY_GROUP,
    EXACT,
    ConfusionChange,
    exchange_groups,
    mcnemar,
)

NAMES = ("a", "b", "c")
LABELS = np.array([0, 0, 0, 1, 1, 2])
FIRST = np.array([0, 0, 1, 1, 1, 0])
OTHER = np.array([0, 1, 1, 1, 0, 2])


def test_few_clips_are_tested_exactly():
    found = mcnemar(3, 12)

    tail = sum(comb(15, k) for k in range(4)) / 2**15
    assert (found.method, found.statistic) == (EXACT, 3)
    assert found.p_value == pytest.approx(2 * tail)


def test_many_clips_are_tested_by_chi_squared():
    found = mcnemar(40, 20)

    assert (found.method, found.statistic) == (APPROXIMATE, 19**2 / 60)
    assert found.p_value == pytest.approx(stats.chi2.sf(19**2 / 60, 1))


@pytest.mark.parametrize(("n_alone", "method"), [(24, EXACT), (25, APPROXIMATE)])
def test_the_test_changes_at_25_clips(n_alone, method):
    assert mcnemar(n_alone, 0).method == method


def test_both_tests_agree_where_they_meet():
    exact = stats.binomtest(30, 100).pvalue

    assert mcnemar(30, 70).p_value == pytest.approx(exact, rel=0.25)


@pytest.mark.parametrize(("n_first", "n_other"), [(0, 0), (5, 5), (20, 20)])
def test_an_even_count_is_no_evidence(n_first, n_other):
    assert mcnemar(n_first, n_other).p_value == 1.0


def test_clips_are_counted_by_who_is_right():
    found = compare(LABELS, FIRST, OTHER, NAMES, seed=0)

    assert found.only_first_right.tolist() == [1, 4]
    assert found.only_other_right.tolist() == [5]
    assert (found.n_both_right, found.n_both_wrong, found.n_clips) == (2, 1, 6)
    assert (found.accuracy, found.other_accuracy) == (4 / 6, 3 / 6)
    assert found.difference == pytest.approx(1 / 6)
    assert found.test == mcnemar(2, 1)


def test_changes_of_confusions_and_recalls_are_named():
    found = compare(LABELS, FIRST, OTHER, NAMES, seed=0)

    assert found.confusion_change.tolist() == [[1, -1, 0], [-1, 1, 0], [1, 0, -1]]
    np.testing.assert_allclose(found.recall_change, [1 / 3, 1 / 2, -1])
    assert found.better == (
        ConfusionChange(true="a", predicted="b", first=1, other=2),
        ConfusionChange(true="b", predicted="a", first=0, other=1),
    )
    assert found.worse == (ConfusionChange(true="c", predicted="a", first=1, other=0),)


def test_the_paired_interval_is_near_the_normal_approximation():
    labels = np.zeros(1000, dtype=int)
    first, other = (np.arange(1000) >= 950).astype(int), (np.arange(1000) < 80).astype(int)

    found = compare(labels, first, other, ("a", "b"), seed=0)

    # 80 right by the first alone, 50 by the other alone
    half = 1.96 * np.sqrt((80 + 50) - (80 - 50) ** 2 / 1000) / 1000
    assert found.difference == pytest.approx(0.03)
    np.testing.assert_allclose(found.difference_interval, [0.03 - half, 0.03 + half], atol=1.5e-3)


def test_a_model_against_itself_differs_in_nothing():
    found = compare(LABELS, FIRST, FIRST, NAMES, seed=0)

    assert (found.difference, found.test.p_value) == (0.0, 1.0)
    assert (found.better, found.worse) == ((), ())
    assert found.difference_interval.tolist() == [0.0, 0.0]


def test_swapping_the_models_turns_every_sign():
    found = compare(LABELS, FIRST, OTHER, NAMES, seed=0)
    swapped = compare(LABELS, OTHER, FIRST, NAMES, seed=0)

    assert swapped.difference == -found.difference
    np.testing.assert_array_equal(swapped.confusion_change, -found.confusion_change)
    assert swapped.test.p_value == found.test.p_value
    assert len(swapped.better) == len(found.worse)


def test_probabilities_are_compared_by_their_largest():
    found = compare(LABELS, np.eye(3)[FIRST], OTHER, NAMES, seed=0)

    assert found.only_first_right.tolist() == [1, 4]


def test_a_class_without_clips_has_no_change_of_recall():
    assert np.isnan(compare(LABELS, FIRST, OTHER, (*NAMES, "d"), seed=0).recall_change[3])


def test_answers_to_other_clips_are_refused():
    with pytest.raises(ShapeError, match=r"5,.* for 6 labels"):
        compare(LABELS, FIRST, OTHER[:5], NAMES, seed=0)


@pytest.mark.parametrize(("n_first", "n_other"), [(1, 9), (3, 12), (5, 5), (0, 0)])
def test_groups_of_one_clip_give_the_exact_test(n_first, n_other):
    lead = np.array([1] * n_first + [-1] * n_other + [0], dtype=int)

    assert exchange_groups(lead).p_value == pytest.approx(mcnemar(n_first, n_other).p_value)


def test_groups_are_exchanged_in_every_way():
    lead = np.array([3, -1, 2, 4])

    found = exchange_groups(lead)

    signs = np.array(np.meshgrid(*[[-1, 1]] * 4)).reshape(4, -1)
    sums = np.abs(lead @ signs)
    assert found.p_value == pytest.approx((sums >= abs(lead.sum())).mean())
    assert (found.method, found.statistic) == (BY_GROUP, 8)


def test_clips_of_one_speaker_are_one_piece_of_evidence():
    labels, groups = np.zeros(40, dtype=int), ("ann",) * 20 + ("ben",) * 20
    first, other = np.zeros(40, dtype=int), (np.arange(40) < 20).astype(int)

    clips = compare(labels, first, other, ("a", "b"), seed=0)
    speakers = compare(labels, first, other, ("a", "b"), groups=groups, seed=0)

    assert clips.test.p_value < 1e-4
    assert (speakers.test.p_value, speakers.n_groups) == (1.0, 2)
    assert clips.difference_interval[0] > 0 >= speakers.difference_interval[0]


def test_alike_models_are_told_apart_in_one_of_twenty_cases_also_by_groups():
    generator, n_called = np.random.default_rng(0), 0
    groups = tuple(str(i // 10) for i in range(300))
    labels = np.zeros(300, dtype=int)
    for _ in range(100):
        hard = np.repeat(generator.beta(1, 4, (2, 30)), 10, axis=1)  # per model and speaker
        answers = (generator.random((2, 300)) < hard).astype(int)
        found = compare(labels, *answers, ("a", "b"), groups=groups, seed=0)
        n_called += found.test.p_value < 0.05

    assert n_called <= 0.1 * 100
