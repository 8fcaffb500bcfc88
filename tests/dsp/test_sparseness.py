"""Sparseness of responses whose value is known in closed form."""

import numpy as np
import pytest

from cnnviz.dsp.sparseness import gini, treves_rolls

ONE_HOT = np.eye(100)[:, :1]
UNIFORM = np.ones((100, 1))


def test_one_clip_alone_is_sparsest_and_all_alike_least() -> None:
    found = treves_rolls(np.hstack([ONE_HOT, UNIFORM, np.zeros((100, 1))]))

    np.testing.assert_allclose(found, [1, 0, np.nan], atol=1e-12)


def test_a_share_of_clips_that_respond_alike_has_its_closed_form() -> None:
    # k of n alike: (k / n)^2 / (k / n) = k / n, so S = (1 - k / n) / (1 - 1 / n)
    responses = np.repeat([3.0, 0.0], [25, 75])[:, None]

    assert treves_rolls(responses)[0] == pytest.approx(0.75 / 0.99)


def test_exponential_responses_have_half() -> None:
    # E[r]^2 / E[r^2] = 1 / 2
    responses = np.random.default_rng(0).exponential(size=(200_000, 1))

    assert treves_rolls(responses)[0] == pytest.approx(0.5, abs=0.01)


def test_gini_of_one_among_a_hundred_is_0_99() -> None:
    found = gini(np.hstack([ONE_HOT, UNIFORM, np.zeros((100, 1))]))

    np.testing.assert_allclose(found, [0.99, 0, np.nan], atol=1e-12)


@pytest.mark.parametrize(("draw", "expected"), [("random", 1 / 3), ("exponential", 1 / 2)])
def test_gini_of_known_distributions(draw, expected) -> None:
    responses = getattr(np.random.default_rng(0), draw)(size=(100_000, 1))

    assert gini(responses)[0] == pytest.approx(expected, abs=0.005)


def test_gini_is_half_the_relative_mean_difference() -> None:
    responses = np.random.default_rng(0).gamma(0.7, size=(60, 3))

    differences = np.abs(responses[:, None] - responses[None]).mean((0, 1))
    np.testing.assert_allclose(gini(responses), differences / (2 * responses.mean(0)))


def test_neither_depends_on_the_unit_of_responses() -> None:
    responses = np.random.default_rng(0).gamma(0.7, size=(60, 3))

    np.testing.assert_allclose(treves_rolls(1e-6 * responses), treves_rolls(responses))
    np.testing.assert_allclose(gini(1e-6 * responses), gini(responses))


def test_one_clip_has_no_lifetime() -> None:
    assert np.isnan(treves_rolls(np.ones((1, 2)))).all()
