"""Counts, shares and rates are those of the result."""

import numpy as np

from cnnviz.plots.evaluation import plot


def test_colour_is_the_share_of_the_true_class_and_numbers_are_counts(evaluation):
    ax = plot(evaluation)

    np.testing.assert_allclose(
        ax.images[0].get_array(), [[200 / 3, 100 / 3, 0], [0, 100, 0], [0, 0, 100]]
    )
    assert [text.get_text() for text in ax.texts] == ["2", "1", "2", "1"]
    assert ax.get_title() == "accuracy 83.3% (95 % interval 50.0% to 100.0%), 6 clips, split: test"
    assert ax.figure.axes[-1].get_ylabel() == "share of the true class (%)"


def test_each_class_shows_its_rates_and_its_clips(evaluation):
    ax = plot(evaluation, "classes")

    rates = {line.get_label(): line.get_xdata().tolist() for line in ax.lines}
    assert rates["recall"] == evaluation.recall.tolist()
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["yes (3)", "no (2)", "up (1)"]


def test_reliability_compares_confidence_with_accuracy_and_says_how_many(evaluation):
    ax = plot(evaluation, "reliability")

    (points,) = ax.collections
    np.testing.assert_allclose(points.get_offsets(), [[0.6, 0], [0.8, 1]])
    assert sorted(text.get_text() for text in ax.texts) == ["1", "5"]
    assert ax.get_title() == "expected calibration error 0.030"


def test_a_roc_curve_is_drawn_for_each_class_that_has_an_area(evaluation):
    ax = plot(evaluation, "roc")

    *curves, chance = ax.lines
    assert [curve.get_label() for curve in curves] == ["yes (0.900)", "up (0.800)"]
    # 'yes': two of three clips above all others, the third level with all of them
    np.testing.assert_allclose(curves[0].get_xydata(), [[0, 0], [0, 2 / 3], [1, 1]])
    assert chance.get_xydata().tolist() == [[0, 0], [1, 1]]
