"""Effects of parts against scipy, and what chance gives."""

import numpy as np
import pytest
from scipy import stats

from cnnviz.evaluation.ablation import effects_of_parts

N_CLIPS, N_CLASSES = 60, 3


@pytest.fixture
def scores():
    generator = np.random.default_rng(0)
    labels = np.arange(N_CLIPS) % N_CLASSES
    whole = generator.normal(size=(N_CLIPS, N_CLASSES))
    whole[np.arange(N_CLIPS), labels] += 1.5
    reduced = whole + 0.3 * generator.normal(size=(4, N_CLIPS, N_CLASSES))
    reduced[0, :, 1] -= 2
    reduced[3] = whole + 1e-9
    return labels, whole, reduced


def test_changes_are_differences_and_their_p_values_those_of_scipy(scores):
    labels, whole, reduced = scores
    found = effects_of_parts(labels, whole, reduced, np.arange(N_CLIPS), seed=0)

    right = whole.argmax(1) == labels
    without = reduced[0].argmax(1) == labels
    n_lost, n_won = (right & ~without).sum(), (without & ~right).sum()
    moved = (reduced[0] - whole)[labels == 1, 1]
    assert found.accuracy.value[0] == pytest.approx(without.mean() - right.mean())
    assert found.accuracy.p_value[0] == pytest.approx(
        stats.binomtest(int(n_won), int(n_won + n_lost)).pvalue
    )
    assert found.score.value[0, 1] == pytest.approx(moved.mean())
    assert found.score.p_value[0, 1] == pytest.approx(stats.ttest_1samp(moved, 0).pvalue)
    assert found.score.low[0, 1] < moved.mean() < found.score.high[0, 1] < 0


def test_rounding_is_no_change(scores):
    found = effects_of_parts(*scores, np.arange(N_CLIPS), seed=0)

    assert not found.score_rms[3].any()
    assert found.score.q_value[3].min() == 1


def test_a_class_without_clips_has_no_change(scores):
    labels, whole, reduced = scores
    found = effects_of_parts(np.minimum(labels, 1), whole, reduced, np.arange(N_CLIPS), seed=0)

    assert np.isnan(found.recall.value[:, 2]).all()
    assert (found.recall.q_value[:, 2] == 1).all()


def test_rates_are_those_of_all_tests_at_once(scores):
    found = effects_of_parts(*scores, np.arange(N_CLIPS), seed=0)
    effects = (found.accuracy, found.recall, found.score)

    every = np.concatenate([one.p_value.ravel() for one in effects])
    rates = np.concatenate([one.q_value.ravel() for one in effects])
    np.testing.assert_allclose(rates, stats.false_discovery_control(every))
