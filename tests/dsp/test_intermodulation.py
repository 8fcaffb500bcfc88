"""Difference tones of laws whose amplitudes are known in closed form or by integration."""

import numpy as np
import pytest

from cnnviz.dsp.intermodulation import intermodulation_db, separate_cycles

N, FIRST, SECOND = 2048, 211, 257


def tones(one: float, other: float) -> np.ndarray:
    turns = 2 * np.pi * np.arange(N) / N
    return one * np.cos(FIRST * turns) + other * np.cos(SECOND * turns)


@pytest.mark.parametrize(("one", "other"), [(0.5, 0.5), (0.8, 0.2)])
def test_a_square_law_makes_a_difference_and_no_cubic_one(one: float, other: float) -> None:
    x = tones(one, other)

    cubic, quadratic = intermodulation_db(x + 0.3 * x**2, FIRST, SECOND)

    assert cubic == -120
    assert quadratic == pytest.approx(20 * np.log10(0.3 * np.sqrt(one * other)), abs=1e-9)


@pytest.mark.parametrize(("one", "other"), [(0.5, 0.5), (0.8, 0.2)])
def test_a_cubic_law_makes_three_quarters_of_the_product(one: float, other: float) -> None:
    x = tones(one, other)

    cubic, quadratic = intermodulation_db(x + 0.3 * x**3, FIRST, SECOND)

    primaries = [a + 0.3 * (0.75 * a**3 + 1.5 * a * b**2) for a, b in ((one, other), (other, one))]
    expected = 0.3 * 0.75 * one**2 * other / np.sqrt(np.prod(primaries))
    assert cubic == pytest.approx(20 * np.log10(expected), abs=1e-9)
    assert quadratic == -120


def test_an_ideal_rectifier_makes_the_difference_that_integration_gives() -> None:
    alpha = (np.arange(2000) + 0.5) * 2 * np.pi / 2000
    answer = np.maximum(np.cos(alpha)[:, None] + np.cos(alpha), 0)  # over both phases
    wave = np.cos(alpha[:, None] - alpha)
    expected = 2 * (answer * wave).mean() / (2 * (answer * np.cos(alpha)).mean())

    cubic, quadratic = intermodulation_db(np.maximum(tones(1, 1), 0), FIRST, SECOND)

    assert quadratic == pytest.approx(20 * np.log10(expected), abs=0.05)
    assert cubic < -60


def test_without_primaries_there_is_no_level() -> None:
    assert np.isnan(intermodulation_db(tones(0.5, 0.5) ** 2, FIRST, SECOND)).all()
    assert np.isnan(intermodulation_db(np.ones(N), FIRST, SECOND)).all()


@pytest.mark.parametrize("counts", [(2048,), (2048, 128), (320, 40)], ids=str)
def test_low_orders_stand_apart_from_what_is_read(counts: tuple[int, ...]) -> None:
    first, second = separate_cycles(100.0, 122.0, counts)

    assert abs(first - 100) + abs(second - 122) <= 8
    for n in counts:
        products = {}
        for a in range(-3, 4):
            for b in range(-3 + abs(a), 4 - abs(a)):
                place = (a * first + b * second) % n
                products.setdefault(min(place, n - place), set()).add(max((a, b), (-a, -b)))
        for a, b in ((1, 0), (0, 1), (2, -1), (1, -1)):
            place = (a * first + b * second) % n
            assert products[min(place, n - place)] == {(a, b)}


def test_too_few_cells_hold_no_pair() -> None:
    assert separate_cycles(3.0, 4.0, (8,)) is None
