"""Ridge regression from sums over rows, against scikit-learn and rows one by one."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from cnnviz.dsp.ridge import PENALTIES, Moments, Solved, inner_scores, total

N_PARTS, N_ROWS = 4, 50


@pytest.fixture(scope="module")
def parts():
    """Rows (part, row, feature) and answers (part, row, unit); neither has a mean of 0."""
    generator = np.random.default_rng(0)
    rows = 3 + generator.normal(size=(N_PARTS, N_ROWS, 6)) @ generator.normal(size=(6, 6))
    noise = generator.normal(size=(N_PARTS, N_ROWS, 3))
    return rows, 5 + rows @ generator.normal(size=(6, 3)) + 4 * noise


def moments(rows, answers):
    seen = np.insert(rows, 0, 1.0, axis=1)
    return Moments(gram=seen.T @ seen, cross=seen.T @ answers, square=np.square(answers).sum(0))


def ridge(rows, answers, penalty):
    return Ridge(alpha=penalty * len(rows)).fit(rows, answers)


def flat(values, left_out=()):
    return np.concatenate([values[k] for k in range(N_PARTS) if k not in left_out])


def test_weights_are_those_of_scikit_learn_for_each_penalty(parts):
    rows, answers = parts
    solved = Solved.of(total([moments(*one) for one in zip(rows, answers, strict=True)]))

    for penalty in PENALTIES:
        expected = ridge(flat(rows), flat(answers), penalty).coef_
        np.testing.assert_allclose(solved.weights(np.full(3, penalty)).T, expected, atol=1e-9)


def test_each_answer_may_have_a_penalty_of_its_own(parts):
    rows, answers = parts
    solved = Solved.of(moments(rows[0], answers[0]))

    found = solved.weights(PENALTIES[[0, 5, 7]])

    for unit, k in enumerate([0, 5, 7]):
        expected = ridge(rows[0], answers[0], PENALTIES[k]).coef_[unit]
        np.testing.assert_allclose(found[:, unit], expected, atol=1e-9)


def test_scores_are_correlations_with_rows_that_were_held_out(parts):
    rows, answers = parts
    sums = [moments(*one) for one in zip(rows, answers, strict=True)]

    found = Solved.of(total(sums) - sums[2]).scores(sums[2])

    for k, penalty in enumerate(PENALTIES):
        fitted = ridge(flat(rows, (2,)), flat(answers, (2,)), penalty).predict(rows[2])
        for unit in range(3):
            r = np.corrcoef(fitted[:, unit], answers[2, :, unit])[0, 1]
            assert found[k, unit] == pytest.approx(r, abs=1e-9)


def test_what_chooses_a_penalty_never_sees_the_fold_it_is_chosen_for(parts):
    rows, answers = parts
    sums = [moments(*one) for one in zip(rows, answers, strict=True)]

    found = inner_scores(sums)[1]

    expected = 0.0
    for k in (0, 2, 3):
        fitted = ridge(flat(rows, (1, k)), flat(answers, (1, k)), PENALTIES[4]).predict(rows[k])
        expected += np.corrcoef(fitted[:, 0], answers[k, :, 0])[0, 1]
    assert found[4, 0] == pytest.approx(expected, abs=1e-9)  # a sum over three folds


def test_one_answer_to_all_scores_nothing(parts):
    rows, _ = parts
    silent = np.full((N_ROWS, 1), 2.0)

    found = Solved.of(moments(rows[0], silent)).scores(moments(rows[1], silent))

    np.testing.assert_array_equal(found, 0)
