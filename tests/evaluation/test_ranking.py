"""Areas under ROC curves against counted pairs."""

import numpy as np
import pytest

from cnnviz.evaluation.ranking import (
    NO_CLIP,
    NO_OTHER_CLIP,
    area_under_roc,
    trace_roc,
    unknown_areas,
)


def area_by_pairs(labels, probabilities, index):
    """Share of (clip of the class, other clip) pairs in the right order; ties count half."""
    own, others = probabilities[labels == index, index], probabilities[labels != index, index]
    differences = own[:, None] - others[None, :]
    return ((differences > 0) + 0.5 * (differences == 0)).mean()


@pytest.fixture
def answered():
    generator = np.random.default_rng(0)
    labels = generator.integers(4, size=200)
    weights = generator.random((200, 4)).round(1) + 0.3 * np.eye(4)[labels]  # rounding makes ties
    return labels, weights / weights.sum(1, keepdims=True)


@pytest.mark.parametrize("index", range(4))
def test_an_area_is_the_share_of_pairs_in_the_right_order(answered, index):
    labels, probabilities = answered

    assert area_under_roc(labels, probabilities).per_class[index] == pytest.approx(
        area_by_pairs(labels, probabilities, index)
    )


def test_means_count_each_class_once_or_by_its_clips(answered):
    found = area_under_roc(*answered)

    support = np.bincount(answered[0])
    assert found.macro == pytest.approx(found.per_class.mean())
    assert found.weighted == pytest.approx(found.per_class @ support / support.sum())


def test_equal_probabilities_are_chance():
    assert area_under_roc(np.array([0, 1, 1]), np.full((3, 2), 0.5)).macro == 0.5


def test_a_class_without_clips_says_so_and_stays_out_of_the_means():
    probabilities = np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1]])

    found = area_under_roc(np.array([0, 1]), probabilities)

    assert found.reasons == ("", "", NO_CLIP)
    assert np.isnan(found.per_class[2])
    assert (found.macro, found.weighted) == (1.0, 1.0)


def test_one_class_alone_has_no_area_at_all():
    found = area_under_roc(np.array([1, 1]), np.array([[0.3, 0.7], [0.6, 0.4]]))

    assert found.reasons == (NO_CLIP, NO_OTHER_CLIP)
    assert np.isnan([*found.per_class, found.macro, found.weighted]).all()


def test_predictions_alone_have_no_area_and_say_why():
    found = unknown_areas(2)

    assert np.isnan(found.macro)
    assert found.reasons == ("predictions came without probabilities",) * 2


def test_the_area_under_the_traced_curve_is_the_area(answered):
    labels, probabilities = answered

    curve = trace_roc(labels, probabilities, 2)

    area = np.trapezoid(curve.hits, curve.false_alarms)
    assert area == pytest.approx(area_by_pairs(labels, probabilities, 2))
