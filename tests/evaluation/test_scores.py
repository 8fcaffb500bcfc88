"""The whole evaluation, and what it refuses."""

import numpy as np
import pytest

from cnnviz.errors import ParameterError, ShapeError
from cnnviz.evaluation import evaluate

from .nsynth import INSTRUMENTS, OPTIMIZED, unfold

LABELS = np.array([0, 0, 1, 1])
PROBABILITIES = np.array([[0.9, 0.1], [0.6, 0.4], [0.7, 0.3], [0.2, 0.8]])


def test_predictions_are_scored_without_probabilities():
    found = evaluate(*unfold(OPTIMIZED.confusion), INSTRUMENTS, seed=0)

    assert found.rates.accuracy == OPTIMIZED.accuracy
    assert found.n_clips == 4096
    assert np.isnan([found.roc_auc.macro, found.reliability.error]).all()


def test_probabilities_are_ranked_and_calibrated_too():
    found = evaluate(LABELS, PROBABILITIES, ("no", "yes"), seed=0)

    assert found.rates.confusion.tolist() == [[2, 0], [1, 1]]
    assert found.roc_auc.macro == 0.75  # 3 of 4 pairs
    assert found.reliability.error == pytest.approx((0.1 + 0.4 + 0.7 + 0.2) / 4)


def test_of_equal_probabilities_the_first_class_is_taken():
    found = evaluate(np.array([0, 1]), np.full((2, 2), 0.5), ("a", "b"), seed=0)

    assert found.rates.confusion.tolist() == [[1, 0], [1, 0]]


def test_one_class_present_is_scored_as_far_as_it_goes():
    found = evaluate(np.array([1, 1]), np.array([[0.3, 0.7], [0.6, 0.4]]), ("a", "b"), seed=0)

    assert (found.rates.accuracy, found.rates.balanced_accuracy) == (0.5, 0.5)
    assert found.rates.kappa == 0.0
    assert np.isnan(found.roc_auc.macro)


def test_probabilities_of_independent_sigmoids_need_not_sum_to_one():
    found = evaluate(np.array([0, 1]), np.array([[0.9, 0.8], [0.7, 0.9]]), ("a", "b"), seed=0)

    assert found.rates.accuracy == 1.0


@pytest.mark.parametrize(
    ("labels", "answers", "error", "text"),
    [
        pytest.param([], [], ParameterError, "allowed: one label or more", id="no clip"),
        pytest.param([0, 1], [0], ShapeError, r"shape \(1,\) for 2 labels", id="one too few"),
        pytest.param([0], [[0.1] * 3], ShapeError, r"\(1, 2\) probabilities", id="a class more"),
        pytest.param([0, -1], [0, 1], ParameterError, "labels range from -1 to 0", id="no label"),
        pytest.param([0, 1], [0, 2], ParameterError, "predictions range from 0 to 2", id="class"),
        pytest.param([0.0], [0], ParameterError, "float64.*whole numbers", id="fractions"),
        pytest.param(
            [0, 1], [[0.5, 0.5], [np.nan, 1]], ParameterError,
            "1 of 2 clips are not finite .the first: clip 1.", id="NaN",
        ),
        pytest.param([0], [[4.0, -2.0]], ParameterError, "softmax", id="logits"),
    ],
)  # fmt: skip
def test_what_cannot_be_scored_is_refused(labels, answers, error, text):
    with pytest.raises(error, match=text):
        evaluate(np.array(labels), np.array(answers), ("a", "b"), seed=0)
