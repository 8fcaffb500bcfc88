"""Summed power and holes of banks with known gaps."""

import numpy as np
import pytest

from cnnviz.dsp.coverage import find_holes, summed_power

AXIS = np.linspace(0, 8000, 801)


def test_two_equal_filters_have_twice_the_power() -> None:
    levels = np.zeros((2, 801))

    np.testing.assert_allclose(summed_power(levels), 2.0)


def test_a_dead_filter_adds_nothing() -> None:
    levels = np.stack([np.zeros(801), np.full(801, np.nan)])

    np.testing.assert_allclose(summed_power(levels), 1.0)


def test_a_gap_between_bands_is_a_hole() -> None:
    levels = np.where((AXIS > 3100) & (AXIS < 3600), -30.0, 0.0)[None]

    holes = find_holes(summed_power(levels), AXIS)

    assert holes == (pytest.approx((3110.0, 3590.0)),)


def test_a_narrow_notch_is_none() -> None:
    levels = np.where(np.abs(AXIS - 2000) < 30, -60.0, 0.0)[None]

    assert find_holes(summed_power(levels), AXIS) == ()
