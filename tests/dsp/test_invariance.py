"""Indices of invariance against closed forms of units that are known."""

import numpy as np
import pytest

from cnnviz.dsp.invariance import aliasing_index, gain_exponents, gain_ratios, invariance_index

GAINS_DB = np.array([-12.0, -6.0, 6.0, 12.0])


@pytest.fixture
def responses():
    return np.random.default_rng(0).normal(0.3, 1.0, size=(40, 3))


def test_a_linear_unit_under_polarity_has_one_less_twice_the_power_over_the_variance(responses):
    found = invariance_index(responses, -responses[:, None])

    expected = 1 - 2 * (responses**2).mean(0) / responses.var(0, ddof=1)
    np.testing.assert_allclose(found[:, 0], expected, rtol=1e-12)


def test_the_index_is_that_of_all_pairs_of_two_sounds(responses):
    changed = responses[:, None] + np.random.default_rng(1).normal(size=(40, 2, 3))

    found = invariance_index(responses, changed)

    pairs = [(a, b) for a in range(40) for b in range(40) if a != b]
    others = np.mean([(responses[a] - responses[b]) ** 2 for a, b in pairs], axis=0)
    expected = 1 - ((changed - responses[:, None]) ** 2).mean(0) / others
    np.testing.assert_allclose(found, expected.T, rtol=1e-12)


def test_of_a_unit_that_answers_all_sounds_alike_nothing_is_said():
    assert np.isnan(invariance_index(np.ones((5, 1)), np.ones((5, 2, 1)))).all()


def test_aliasing_of_a_response_that_alternates_is_its_depth():
    shifts = np.tile([1.25, 0.75], 4)[None, :, None] * np.array([1.0, -4.0])  # (1, shift, unit)

    np.testing.assert_allclose(aliasing_index(shifts), [0.25, 0.25])


@pytest.mark.parametrize("exponent", [0.0, 1.0, 2.0])
def test_a_unit_that_grows_with_a_power_of_the_gain_has_that_exponent(responses, exponent):
    gains = 10 ** (GAINS_DB / 20)

    ratios = gain_ratios(responses, responses[:, None] * gains[:, None] ** exponent)

    np.testing.assert_allclose(ratios, np.tile(gains**exponent, (3, 1)), rtol=1e-12)
    np.testing.assert_allclose(gain_exponents(ratios, GAINS_DB), exponent, atol=1e-12)


def test_a_silent_unit_has_no_ratio_and_one_that_turns_has_no_exponent():
    silent = gain_ratios(np.zeros((4, 1)), np.zeros((4, 4, 1)))
    turned = gain_exponents(np.array([[-1.0, 1.0, 1.0, 1.0]]), GAINS_DB)

    assert np.isnan(silent).all()
    assert np.isnan(turned).all()
