"""Phase classes against the zeros that numpy finds."""

import numpy as np
import pytest
from scipy import signal

from cnnviz.dsp.descriptors import symmetries
from cnnviz.dsp.phase_classes import MOST_TAPS, classify_phases

from .kernels import gabor, moving_average


def classes(taps: np.ndarray) -> tuple[str, ...]:
    taps = np.atleast_2d(taps)
    return classify_phases(taps, symmetries(taps))


def by_zeros(taps: np.ndarray) -> str:
    sizes = np.abs(np.roots(taps))
    return "minimum" if (sizes < 1).all() else "maximum" if (sizes > 1).all() else "mixed"


def with_zeros(generator: np.random.Generator, low: float, high: float) -> np.ndarray:
    """Taps of a product over ten random pairs of conjugate zeros."""
    zeros = generator.uniform(low, high, 10) * np.exp(1j * generator.uniform(0, np.pi, 10))
    return np.real(np.poly(np.concatenate([zeros, zeros.conj()])))


@pytest.mark.parametrize(
    ("taps", "expected"),
    [
        ([1.0, -0.5], "minimum"),
        ([-0.5, 1.0], "maximum"),
        ([1.0, -2.5, 1.0], "linear"),
        ([1.0, 0.0, -1.0], "linear"),
        ([1.0, -2.75, 1.25, -0.5], "mixed"),
        ([0.0, 0.0, 1.0, -0.5, 0.0], "minimum"),
        ([0.0, -0.5, 1.0, 0.0, 0.0], "maximum"),
        ([0.0, 3.0, 0.0], "linear"),
        ([0.0, 0.0, 0.0], ""),
    ],
)
def test_short_kernels_have_the_phase_of_their_zeros(taps: list[float], expected: str) -> None:
    assert classes(np.array(taps)) == (expected,)


@pytest.mark.parametrize(("low", "high"), [(0.3, 0.95), (1.05, 2.0), (0.7, 1.4)])
def test_classes_equal_those_of_the_zeros_numpy_finds(low: float, high: float) -> None:
    generator = np.random.default_rng(3)
    taps = np.stack([with_zeros(generator, low, high) for _ in range(200)])

    assert classes(taps) == tuple(map(by_zeros, taps))


def test_random_taps_of_all_lengths_have_the_class_of_their_zeros() -> None:
    generator = np.random.default_rng(4)

    for n_taps in (2, 3, 4, 5, 8):
        taps = generator.normal(size=(300, n_taps))
        assert classes(taps) == tuple(map(by_zeros, taps))


def test_scipys_minimum_phase_design_is_minimum_and_its_linear_one_linear() -> None:
    linear = signal.remez(151, [0, 0.2, 0.3, 0.5], [1, 0])
    minimum = signal.minimum_phase(linear, half=True)

    assert classes(linear) == ("linear",)
    assert classes(minimum * 0.97 ** np.arange(len(minimum))) == ("minimum",)


def test_symmetric_designs_are_linear_in_single_precision() -> None:
    taps = np.stack([gabor(1000, 40), moving_average(25, 513)]).astype(np.float32)

    assert classes(taps.astype(np.float64)) == ("linear", "linear")


def test_a_very_long_filter_is_given_no_class_unless_it_is_symmetric() -> None:
    noise = np.random.default_rng(5).normal(size=MOST_TAPS + 1)

    assert classes(np.stack([noise, noise + noise[::-1]])) == ("", "linear")
