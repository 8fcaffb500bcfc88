"""Likeness of magnitude responses, on banks whose number of different filters is known."""

import numpy as np
import pytest

from cnnviz.dsp.redundancy import effective_number, likeness, magnitudes, neighbour_overlap
from tests.dsp.kernels import SAMPLE_RATE, gabor


def bands(n_bands: int, n: int = 240) -> np.ndarray:
    """Ideal bands side by side, (band, n)."""
    return np.repeat(np.eye(n_bands), n // n_bands, axis=1)


@pytest.mark.parametrize("n_bands", [1, 5, 24])
def test_disjoint_bands_count_each(n_bands: int) -> None:
    assert effective_number(likeness(bands(n_bands))) == pytest.approx(n_bands)


def test_copies_of_any_level_sign_and_delay_count_once() -> None:
    taps = np.stack([np.roll(gabor(2000, 20, 257), 7 * k) * (-1.7) ** k for k in range(6)])

    assert effective_number(likeness(magnitudes(taps))) == pytest.approx(1.0, abs=1e-4)


def test_three_pairs_of_copies_count_three() -> None:
    assert effective_number(likeness(np.repeat(bands(3), 2, axis=0))) == pytest.approx(3.0)


def test_the_likeness_of_two_gabors_is_that_of_their_gaussians() -> None:
    sigma, apart = 40, 90.0
    taps = np.stack([gabor(hz, sigma) for hz in (3000, 3000 + apart)])

    found = likeness(magnitudes(taps))

    # |W| = exp(-(f - f0)^2 / (2 s^2)), s = fs / (2 pi sigma); cosine exp(-d^2 / (4 s^2))
    spread = SAMPLE_RATE / (2 * np.pi * sigma)
    assert found[0, 1] == pytest.approx(np.exp(-(apart**2) / (4 * spread**2)), abs=1e-4)


def test_levels_far_from_one_are_no_matter() -> None:
    levels = np.array([[1e-200], [1e200], [1.0]])

    np.testing.assert_allclose(likeness(levels * bands(3)), np.eye(3))


def test_neighbours_are_those_by_centre() -> None:
    alike = likeness(np.array([[1.0, 1, 0, 0], [0, 0, 1, 1], [0, 1, 1, 0]]))

    assert neighbour_overlap(alike, np.array([100.0, 300.0, 200.0])) == pytest.approx(0.5)
    assert neighbour_overlap(alike, np.array([100.0, 200.0, np.nan])) == pytest.approx(0.0)
    assert np.isnan(neighbour_overlap(alike, np.array([100.0, np.nan, np.nan])))


def test_a_bank_of_nothing_has_no_number() -> None:
    assert np.isnan(effective_number(np.zeros((0, 0))))
