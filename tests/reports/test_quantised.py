"""Quantised numbers come back within half a step."""

import numpy as np
import pytest

from reports.quantised import quantised, restored


@pytest.mark.parametrize("n_bits", [8, 16])
def test_numbers_come_back_within_half_a_step(n_bits):
    values = np.random.default_rng(0).normal(size=(5, 40))

    numbers = quantised(values, n_bits=n_bits)

    assert np.abs(restored(numbers) - values).max() <= numbers.step / 2 * (1 + 1e-9)


def test_the_ends_of_the_range_are_exact():
    numbers = quantised(np.array([-3.0, 1.0, 5.0]), n_bits=8)

    np.testing.assert_allclose(restored(numbers)[[0, 2]], [-3.0, 5.0], rtol=1e-12)


def test_nan_stays_nan_and_outside_is_clipped():
    numbers = quantised(np.array([np.nan, -9.0, 9.0]), lowest=-1.0, highest=1.0)

    np.testing.assert_allclose(restored(numbers), [np.nan, -1.0, 1.0], rtol=1e-12)


def test_equal_numbers_do_not_divide_by_zero():
    np.testing.assert_array_equal(restored(quantised(np.full(3, 2.5))), np.full(3, 2.5))


def test_nothing_but_nan_is_nothing_but_nan():
    assert np.isnan(restored(quantised(np.full(3, np.nan)))).all()
