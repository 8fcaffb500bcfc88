"""Input channels of a second layer by centre frequency, and quadrature pairs in one row."""

import numpy as np
import pytest
import torch
from torch import nn

from cnnviz.dsp.modulation import directions, transform
from cnnviz.filterbanks import Settings, read_banks
from cnnviz.results import Bank, ChannelOrder
from tests.dsp.kernels import gabor
from tests.filterbanks.models import RATE, model_of

N_BANDS = 24
CENTRES = 400 * 2.0 ** (np.arange(N_BANDS) / 6)


def ripple(cycles: float = 0.0) -> np.ndarray:
    """A sweep that rises over 24 bands and 32 taps, (band, tap)."""
    places, times = np.arange(N_BANDS)[:, None], np.arange(32)
    waves = np.cos(2 * np.pi * (places / 8 - times / 12 + cycles))
    return waves * np.hanning(N_BANDS + 2)[1:-1, None] * np.hanning(32)


@pytest.fixture(scope="module")
def second_bank() -> Bank:
    """Four rising sweeps over the cosines and sines of 24 bands, which stand in random order."""
    of_sines = np.stack([ripple(), -ripple(), ripple(0.25), 0.75 * ripple()])
    weights = np.concatenate([np.tile(ripple(), (4, 1, 1)), of_sines], axis=1)
    taps = [gabor(hertz, 40, 257, phase=phase) for phase in (0, np.pi / 2) for hertz in CENTRES]
    first = nn.Conv1d(1, 2 * N_BANDS, 257, stride=16, bias=False)
    second = nn.Conv1d(2 * N_BANDS, 4, 32, bias=False)
    order = np.random.default_rng(0).permutation(2 * N_BANDS)
    with torch.no_grad():
        first.weight[order, 0] = torch.tensor(np.stack(taps), dtype=torch.float32)
        second.weight[:, order] = torch.tensor(weights, dtype=torch.float32)
    settings = Settings(least_points=1024, null_draws=10, seed=0)
    return read_banks(model_of(nn.Sequential(first, second)), (), settings)[1]


def test_a_sweep_over_channels_in_random_order_shows_when_they_are_sorted() -> None:
    generator = np.random.default_rng(0)
    mixed = np.stack([ripple()[generator.permutation(N_BANDS)] for _ in range(50)])
    kernels = np.concatenate([ripple()[None], mixed])

    found = directions(transform(kernels[:, None]))

    assert found[0] > 0.86
    assert np.abs(found[1:]).mean() < 0.2


def test_a_planted_sweep_stays_where_channels_are_quadrature_pairs(second_bank: Bank) -> None:
    table = second_bank.table

    assert second_bank.channels.n_pairs == N_BANDS
    np.testing.assert_allclose(second_bank.channels.row_centre_hz, CENTRES, rtol=0.01)
    assert (table.direction > 0.86).all()
    np.testing.assert_allclose(table.rate_hz, RATE / 16 / 12, rtol=0.05)
    np.testing.assert_allclose(table.scale_cycles_per_octave, 6 / 8, rtol=0.15)
    np.testing.assert_allclose(table.scale_cycles_per_channel, 1 / 8, rtol=0.15)


def test_a_pair_is_drawn_as_one_row_of_its_energy(second_bank: Bank) -> None:
    drawn = [second_bank.channels.arranged(taps) for taps in second_bank.taps[[0, 1, 3]]]

    sizes = np.sqrt(2), -np.sqrt(2), 1.25  # of two equally strong the one that leads has the sign
    expected = np.array(sizes)[:, None, None] * ripple()
    np.testing.assert_allclose(drawn, expected, atol=1e-6)


def test_channels_without_pairs_are_drawn_as_they_are() -> None:
    order = ChannelOrder(index=np.array([1, 0, 2]), centre_hz=np.array([1.0, 2.0, np.nan]))
    weights = np.array([[1.0, -2.0], [3.0, -4.0], [0.0, 5.0]])

    np.testing.assert_array_equal(order.arranged(weights), weights[[1, 0, 2]])
    assert order.n_pairs == 0
