"""Summed power and holes of banks with known gaps."""

import numpy as np
import pytest

from cnnviz.dsp.coverage import cumulate, measure_coverage, summed_power

AXIS = np.linspace(0, 8000, 801)


def test_two_equal_filters_have_twice_the_power() -> None:
    levels = np.zeros((2, 801))

    np.testing.assert_allclose(summed_power(levels), 2.0)


def test_levels_beyond_single_precision_are_summed() -> None:
    levels = np.full((2, 3), 600.0, np.float32)  # a power of 1e60

    found = measure_coverage(levels, np.arange(3.0))

    np.testing.assert_allclose(found.levels_db, 600 + 10 * np.log10(2), rtol=1e-6)


def test_a_dead_filter_adds_nothing() -> None:
    levels = np.stack([np.zeros(801), np.full(801, np.nan)])

    np.testing.assert_allclose(summed_power(levels), 1.0)


def test_a_gap_between_bands_is_a_hole() -> None:
    levels = np.where((AXIS > 3100) & (AXIS < 3600), -30.0, 0.0)[None]

    coverage = measure_coverage(levels, AXIS)

    assert coverage.holes == (pytest.approx((3110.0, 3590.0)),)
    assert coverage.covered == ((0.0, 3110.0), (3590.0, 8000.0))


def test_a_narrow_notch_is_none() -> None:
    levels = np.where(np.abs(AXIS - 2000) < 30, -60.0, 0.0)[None]

    coverage = measure_coverage(levels, AXIS)

    assert (coverage.holes, coverage.covered) == ((), ((0.0, 8000.0),))


def test_the_limit_of_holes_lies_ten_decibels_below_the_median() -> None:
    levels = np.where(AXIS < 5000, -3.0, -30.0)[None]

    coverage = measure_coverage(levels, AXIS)

    assert coverage.limit_db == pytest.approx(-13.0)
    assert coverage.holes == (pytest.approx((5000.0, 8000.0)),)
    np.testing.assert_allclose(coverage.levels_db, levels[0], atol=1e-9)


def test_a_bank_that_passes_a_tenth_of_the_axis_covers_that_tenth() -> None:
    passes = (AXIS >= 1000) & (AXIS < 1800)
    levels = np.stack([np.where(passes, level, level - 40.0) for level in (0.0, -20.0)])

    coverage = measure_coverage(levels, AXIS)

    assert coverage.limit_db == pytest.approx(10 * np.log10(1 + 0.01) - 10)
    assert coverage.holes == ((0.0, 990.0), (1800.0, 8000.0))
    assert coverage.covered == ((990.0, 1800.0),)


def test_a_quiet_filter_beside_a_loud_one_is_heard() -> None:
    low, high = AXIS < 6000, AXIS >= 6000
    levels = np.stack([np.where(low, 30.0, -60.0), np.where(high, 0.0, -60.0)])

    assert measure_coverage(levels, AXIS).holes == ()


def test_a_bank_that_is_silent_has_a_level_and_no_hole() -> None:
    coverage = measure_coverage(np.full((2, 801), np.nan), AXIS)

    assert coverage.covered == ()

    assert coverage.levels_db.tolist() == [-300.0] * 801
    assert coverage.holes == ()


def test_disjoint_bands_add_up_to_a_flat_response() -> None:
    levels = 20 * np.log10(np.repeat(np.eye(4), 200, axis=1) + 1e-15)

    found = cumulate(levels)

    np.testing.assert_allclose(found.amplitude, 1.0)
    np.testing.assert_allclose(found.power, 1.0)
    np.testing.assert_allclose(found.highest, 1.0)
    np.testing.assert_allclose(found.normalised, 2.0)  # a quarter of the axis: norm 1 / 2


def test_a_bank_twice_doubles_all_but_the_highest() -> None:
    levels = np.random.default_rng(0).uniform(-40, 10, (5, 50))
    once, twice = cumulate(levels), cumulate(np.concatenate([levels, levels]))

    np.testing.assert_allclose(twice.amplitude, 2 * once.amplitude)
    np.testing.assert_allclose(twice.normalised, 2 * once.normalised)
    np.testing.assert_allclose(twice.power, 2 * once.power)
    np.testing.assert_allclose(twice.highest, once.highest)


def test_the_level_of_a_filter_does_not_count_in_the_normalised_sum() -> None:
    levels = np.random.default_rng(0).uniform(-40, 10, (5, 50))
    louder = levels + np.array([[0.0], [30.0], [-30.0], [0.0], [5.0]])

    np.testing.assert_allclose(cumulate(louder).normalised, cumulate(levels).normalised)


def test_a_dead_filter_takes_no_part() -> None:
    levels = np.stack([np.zeros(20), np.full(20, np.nan)])

    assert cumulate(levels).normalised.tolist() == [1.0] * 20
