"""Notable clips of a handful whose order can be read."""

import numpy as np
import pytest

from cnnviz.evaluation.notable import margins, notable_clips

LABELS = np.array([0, 0, 1, 1, 0])
PROBABILITIES = np.array([[0.9, 0.1], [0.2, 0.8], [0.45, 0.55], [0.6, 0.4], [0.99, 0.01]])


def test_the_surest_clips_come_first_right_and_wrong_apart():
    found = notable_clips(LABELS, PROBABILITIES)

    assert found.confident_right.tolist() == [4, 0, 2]
    assert found.confident_wrong.tolist() == [1, 3]


def test_the_nearest_to_the_boundary_has_the_smallest_margin():
    assert notable_clips(LABELS, PROBABILITIES).nearest_boundary.tolist() == [2, 3, 1, 0, 4]


def test_the_margin_is_that_of_the_two_highest_of_many():
    np.testing.assert_allclose(margins(np.array([[0.1, 0.5, 0.0, 0.4], [0.25] * 4])), [0.1, 0])


def test_no_more_clips_than_asked_for():
    assert len(notable_clips(LABELS, PROBABILITIES, n=2).confident_right) == 2


def test_equal_clips_stay_in_their_order():
    found = notable_clips(np.zeros(4, dtype=int), np.full((4, 2), 0.5))

    assert found.confident_right.tolist() == [0, 1, 2, 3]
    assert found.nearest_boundary.tolist() == [0, 1, 2, 3]


def test_without_an_error_none_is_wrong():
    assert notable_clips(np.array([0]), np.array([[0.6, 0.4]])).confident_wrong.size == 0


def test_one_output_alone_is_as_far_from_the_boundary_as_it_is_sure():
    assert margins(np.array([[0.75]])) == pytest.approx([0.75])
