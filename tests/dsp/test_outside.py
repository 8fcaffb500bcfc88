"""Numbers beside untrained twins: probabilities in closed form, and by drawing networks."""

import numpy as np
import pytest

from cnnviz.dsp.null import central_range, expect_count
from cnnviz.dsp.outside import by_chance, chance_outside, units_outside


@pytest.mark.parametrize("n_twins", [3, 19, 39, 45])
def test_the_chance_to_lie_outside_a_range_is_that_of_drawing(n_twins: int) -> None:
    drawn = np.random.default_rng(0).normal(size=(20_000, n_twins + 1))
    ranges = np.array([central_range(row[1:]) for row in drawn])

    is_outside = (drawn[:, 0] < ranges[:, 0]) | (drawn[:, 0] > ranges[:, 1])

    assert is_outside.mean() == pytest.approx(chance_outside(n_twins), abs=0.01)


@pytest.mark.parametrize("shared", [0.0, 1.0])
def test_untrained_units_are_told_apart_in_about_5_percent_even_if_they_depend(shared) -> None:
    generator = np.random.default_rng(1)
    n_told = 0
    for _ in range(300):
        networks = generator.normal(size=(4, 64)) + shared * generator.normal(size=(4, 1))
        found = units_outside(networks[0], list(networks[1:]))
        assert found is not None
        n_told += not found.expected.low <= found.n_outside <= found.expected.high
    assert n_told / 300 <= 0.09


def test_planted_units_are_counted_on_both_sides() -> None:
    generator = np.random.default_rng(2)
    twins = list(generator.normal(size=(3, 100)))
    values = np.concatenate([np.zeros(70), np.full(10, -9.0), np.full(20, np.inf), [np.nan] * 5])

    found = units_outside(values, twins)

    assert found is not None
    assert (found.n_outside, found.n_units) == (30, 100)
    assert found.expected.high < 30


def test_too_few_untrained_units_tell_nothing() -> None:
    values = np.arange(10.0)

    assert units_outside(values, []) is None
    assert units_outside(values, [np.arange(100.0)]) is None
    assert units_outside(values, [np.arange(12.0)] * 3) is None  # two twins have 24, not 39
    assert units_outside(np.full(10, np.nan), [np.arange(100.0)] * 3) is None


def test_an_expected_count_is_as_wide_as_the_counts_of_twins() -> None:
    narrow = expect_count(100, 5, 100, np.array([5.0, 5.0, 5.0]))
    wide = expect_count(100, 5, 100, np.array([0.0, 5.0, 40.0]))

    assert (narrow.low, narrow.high) == (0, 12)  # scipy.stats.betabinom(100, 5, 96)
    assert (wide.low, wide.high) == (0, 100)


def test_counts_by_chance_are_binomial_of_independent_numbers_and_whole_groups_of_others() -> None:
    alone = by_chance([[0.05]] * 20)

    assert alone.mean == pytest.approx(1.0)
    assert alone.limit == 3  # scipy.stats.binom(20, 0.05).ppf(0.95)
    assert by_chance([[0.1] * 7]).limit == 7  # all seven together in one of ten networks
    assert by_chance([[0.05]]).limit == 0
    assert by_chance([]).limit == 0
