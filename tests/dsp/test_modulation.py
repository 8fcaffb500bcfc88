"""Ripples, separable kernels and sweeps with known modulation."""

import numpy as np
import pytest

from cnnviz.dsp.modulation import label_ripples, read_ripples, transform

FRAME_RATE = 100.0


def ripple(rate_hz: float, scale: float, n_channels: int = 40, n_frames: int = 64) -> np.ndarray:
    """cos 2 pi (rate t + scale m) under a Hann window, (channel, frame)."""
    m, t = np.arange(n_channels)[:, None], np.arange(n_frames) / FRAME_RATE
    window = np.hanning(n_channels)[:, None] * np.hanning(n_frames)
    return np.cos(2 * np.pi * (rate_hz * t + scale * m)) * window


def test_a_falling_ripple_has_its_rate_scale_and_direction() -> None:
    kernels = ripple(8.0, 0.1)[None, None]

    found = read_ripples(transform(kernels), kernels)

    assert found.rate[0] * FRAME_RATE == pytest.approx(8.0, rel=0.01)
    assert found.scale[0] == pytest.approx(0.1, rel=0.01)
    assert found.direction[0] == pytest.approx(-1.0, abs=3e-4)
    assert found.separability[0] == pytest.approx(0.5, abs=3e-4)


def test_a_rising_ripple_has_the_other_direction() -> None:
    kernels = ripple(-8.0, 0.1)[None, None]

    assert read_ripples(transform(kernels), kernels).direction[0] == pytest.approx(1.0, abs=1e-3)


def test_a_product_of_frequency_and_time_is_separable_and_undirected() -> None:
    rng = np.random.default_rng(0)
    kernels = np.outer(rng.normal(size=7), rng.normal(size=9))[None, None]

    found = read_ripples(transform(kernels), kernels)

    assert found.separability[0] == pytest.approx(1.0)
    assert found.direction[0] == pytest.approx(0.0, abs=1e-12)


def test_powers_of_channels_add() -> None:
    kernels = np.random.default_rng(1).normal(size=(2, 3, 5, 6))

    together = transform(kernels).powers
    alone = sum(transform(kernels[:, c : c + 1]).powers for c in range(3))

    np.testing.assert_allclose(together, alone, atol=1e-10)


def test_modulation_power_equals_the_two_dimensional_transform() -> None:
    kernel = np.random.default_rng(2).normal(size=(5, 6))

    found = transform(kernel[None, None])
    m, t = np.arange(5)[:, None], np.arange(6)
    wave = np.exp(-2j * np.pi * (found.scales[7] * m + found.rates[11] * t))

    assert found.powers[0, 7, 11] == pytest.approx(abs((kernel * wave).sum()) ** 2)


def test_the_highest_scale_cuts_the_grid_only() -> None:
    kernel = np.random.default_rng(3).normal(size=(1, 1, 40, 6))

    whole, cut = transform(kernel), transform(kernel, highest_scale=0.1)

    assert cut.scales[-1] <= 0.1
    np.testing.assert_allclose(cut.powers, whole.powers[:, : len(cut.scales)])


@pytest.mark.parametrize(
    ("kernel", "shape"),
    [
        (np.ones((5, 5)), "low-pass"),
        (np.outer([1, -1, 1, -1, 1], np.ones(5)), "high-pass"),
        (np.outer([1, 0, 1], np.ones(3)), "multi-band"),  # |cos 2 pi scale|: 0 and .5 alike
        (np.pad([[1.0]], 2), "flat"),
        (ripple(12.0, 0.2), "band-pass"),
    ],
    ids=["mean", "alternation", "every other", "delta", "ripple"],
)
def test_shapes_are_named_by_where_power_lies(kernel: np.ndarray, shape: str) -> None:
    kernels = kernel[None, None].astype(float)
    yes, no = np.ones(1, bool), np.zeros(1, bool)

    assert label_ripples(transform(kernels), kernels, peakier=yes, dead=no) == (shape,)


def test_channels_at_uneven_places_show_the_scale_of_a_ripple_that_is_even_in_them() -> None:
    places = np.sort(np.random.default_rng(4).uniform(0, 40, 40))
    wave = np.cos(2 * np.pi * (0.13 * places[:, None] + 0.1 * np.arange(32)))
    kernels = (wave * np.hanning(40)[:, None] * np.hanning(32))[None, None]

    by_order = read_ripples(transform(kernels), kernels)
    by_place = read_ripples(transform(kernels, places=places), kernels)

    assert by_place.scale[0] == pytest.approx(0.13, rel=0.01)
    assert abs(by_order.scale[0] - 0.13) > 0.01
    assert by_place.rate[0] == pytest.approx(0.1, rel=0.01)


def test_even_places_change_nothing() -> None:
    kernels = np.random.default_rng(5).normal(size=(2, 3, 7, 6))

    plain, placed = transform(kernels), transform(kernels, places=np.arange(7.0))

    np.testing.assert_allclose(placed.powers, plain.powers, atol=1e-9)


def test_a_dead_kernel_is_not_a_number_and_gives_no_warning() -> None:
    kernels = np.zeros((1, 1, 3, 3))

    found = read_ripples(transform(kernels), kernels)

    assert np.isnan([found.rate[0], found.direction[0], found.separability[0]]).all()
