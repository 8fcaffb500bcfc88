"""Rates against printed reports and hand counts."""

import numpy as np
import pytest

from cnnviz.evaluation.rates import count_confusion, rate_confusion

from .nsynth import OPTIMIZED, PRELIMINARY, unfold

BOTH = pytest.mark.parametrize("printed", [PRELIMINARY, OPTIMIZED], ids=["first", "optimized"])


@BOTH
def test_a_printed_matrix_gives_its_printed_report(printed):
    found = rate_confusion(printed.confusion)

    assert found.accuracy == printed.accuracy
    # two digits; 0 is printed where a class is never predicted
    is_predicted = printed.confusion.sum(axis=0) > 0
    np.testing.assert_allclose(
        found.precision, np.where(is_predicted, printed.precision, np.nan), atol=0.0051
    )
    np.testing.assert_allclose(found.recall, printed.recall, atol=0.0051)
    assert found.balanced_accuracy == pytest.approx(np.mean(printed.recall), abs=0.005)
    assert found.support.sum() == 4096


@BOTH
def test_f1_is_the_harmonic_mean_of_precision_and_recall(printed):
    found = rate_confusion(printed.confusion)

    hits = np.diag(printed.confusion)
    answers, support = printed.confusion.sum(0), printed.confusion.sum(1)
    np.testing.assert_allclose(found.f1, 2 * hits / (answers + support))


@BOTH
def test_kappa_is_that_of_cohens_formula(printed):
    shares = printed.confusion / printed.confusion.sum()
    observed, chance = np.trace(shares), shares.sum(0) @ shares.sum(1)

    assert rate_confusion(printed.confusion).kappa == pytest.approx(
        (observed - chance) / (1 - chance)
    )


def test_counting_predictions_gives_the_matrix_back():
    np.testing.assert_array_equal(
        count_confusion(*unfold(OPTIMIZED.confusion), 10), OPTIMIZED.confusion
    )


def test_averages_count_each_class_once_or_by_its_clips():
    # recall 3/4 and 1/2, precision 3/4 and 1/2, support 4 and 2
    found = rate_confusion(np.array([[3, 1], [1, 1]]))

    assert (found.macro.precision, found.macro.recall, found.macro.f1) == (0.625, 0.625, 0.625)
    assert found.weighted.recall == pytest.approx((4 * 0.75 + 2 * 0.5) / 6)
    assert found.weighted.recall == pytest.approx(found.accuracy)


def test_the_confusion_in_rates_sums_to_one_where_a_class_has_clips():
    found = rate_confusion(np.array([[3, 1, 0], [0, 2, 0], [0, 0, 0]])).confusion_rates

    np.testing.assert_array_equal(found, [[0.75, 0.25, 0], [0, 1, 0], [np.nan] * 3])


def test_a_class_without_clips_has_no_recall_and_no_part_in_averages():
    found = rate_confusion(np.array([[3, 0, 1], [0, 2, 0], [0, 0, 0]]))

    assert np.isnan([found.recall[2], found.f1[2]]).all()
    assert found.precision[2] == 0.0  # predicted once, and wrongly
    assert found.balanced_accuracy == found.macro.recall == 0.875
    assert found.support.tolist() == [4, 2, 0]


def test_a_class_never_predicted_has_no_precision_and_no_part_in_its_average():
    found = rate_confusion(np.array([[4, 0], [2, 0]]))

    assert np.isnan(found.precision[1])
    assert (found.recall[1], found.f1[1]) == (0.0, 0.0)
    assert found.macro.precision == found.weighted.precision == pytest.approx(4 / 6)
    assert found.macro.f1 == pytest.approx(0.8 / 2)


def test_one_class_alone_has_no_kappa():
    found = rate_confusion(np.array([[5, 0], [0, 0]]))

    assert np.isnan(found.kappa)
    assert (found.accuracy, found.balanced_accuracy) == (1.0, 1.0)


def test_one_class_of_clips_that_is_missed_has_no_agreement_beyond_chance():
    assert rate_confusion(np.array([[0, 5], [0, 0]])).kappa == 0.0
