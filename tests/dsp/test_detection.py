"""Responses to classes of sounds against scipy's and scikit-learn's statistics."""

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score

from cnnviz.dsp.detection import detect

SOUNDS = np.repeat(np.arange(5), (4, 9, 6, 12, 7))


@pytest.fixture
def responses():
    """Three units: continuous, with ties, and silent."""
    drawn = np.random.default_rng(0).normal(size=(2, len(SOUNDS)))
    drawn[0, SOUNDS == 2] += 2
    return np.stack([drawn[0], np.round(drawn[1]), np.zeros(len(SOUNDS))])


@pytest.mark.parametrize("unit", [0, 1])
@pytest.mark.parametrize("word", range(5))
def test_area_and_p_are_those_of_scikit_learn_and_scipy(responses, unit, word):
    found, values = detect(responses, SOUNDS), responses[unit]
    inside = word == SOUNDS
    expected = stats.mannwhitneyu(
        values[inside], values[~inside], alternative="greater", method="asymptotic"
    )

    assert found.auroc[unit, word] == pytest.approx(roc_auc_score(inside, values), abs=1e-12)
    assert found.p_value[unit, word] == pytest.approx(expected.pvalue, rel=1e-9)


def test_d_prime_of_two_normal_classes_is_their_distance():
    drawn = np.random.default_rng(1).normal(size=(1, 40_000))
    drawn[0, 20_000:] = 3 + 2 * drawn[0, 20_000:]

    found = detect(drawn, np.repeat([0, 1], 20_000))

    assert found.d_prime[0, 1] == pytest.approx(3 / np.sqrt((1 + 4) / 2), rel=0.01)
    assert found.d_prime[0, 0] == -found.d_prime[0, 1]


def test_a_silent_unit_tells_nothing_apart(responses):
    found = detect(responses, SOUNDS)

    np.testing.assert_array_equal(found.auroc[2], 0.5)
    np.testing.assert_array_equal(found.d_prime[2], 0)
    np.testing.assert_array_equal(found.p_value[2], 1)
