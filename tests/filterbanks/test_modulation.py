"""Cycles per octave of layers that read filters, whatever the filters' spacing."""

import numpy as np
import pytest
import torch
from torch import nn

from cnnviz.filterbanks import Settings, read_banks
from tests.dsp.kernels import gabor
from tests.filterbanks.models import RATE, model_of

N_CHANNELS = 32


def mel_spaced(low: float, high: float) -> np.ndarray:
    mels = np.linspace(*(2595 * np.log10(1 + np.array([low, high]) / 700)), N_CHANNELS)
    return 700 * (10 ** (mels / 2595) - 1)


def network_with(centres: np.ndarray) -> nn.Sequential:
    """Filters in a random order, read by one kernel with a ripple of 1 cycle per octave."""
    first = nn.Conv1d(1, N_CHANNELS, 401, stride=16, bias=False)
    second = nn.Conv1d(N_CHANNELS, 1, 32, bias=False)
    times = np.arange(32)
    ripple = np.cos(2 * np.pi * (np.log2(centres)[:, None] - times / 8))
    planted = ripple * np.hanning(N_CHANNELS)[:, None] * np.hanning(32)
    with torch.no_grad():
        for place, channel in enumerate(np.random.default_rng(0).permutation(N_CHANNELS)):
            first.weight[channel, 0] = torch.tensor(gabor(centres[place], 60, 401))
            second.weight[0, channel] = torch.tensor(planted[place])
    return nn.Sequential(first, second)


@pytest.mark.parametrize(
    "centres",
    [
        300 * 2.0 ** (np.arange(N_CHANNELS) / 8),
        mel_spaced(200, 7000),
        np.sort(np.random.default_rng(3).uniform(200, 7000, N_CHANNELS)),
    ],
    ids=["octaves", "mel", "random"],
)
def test_a_ripple_of_one_cycle_per_octave_is_read_at_any_spacing(centres: np.ndarray) -> None:
    settings = Settings(least_points=4096, null_draws=50, seed=0)

    bank = read_banks(model_of(network_with(centres)), (), settings)[1]

    assert bank.table.scale_cycles_per_octave[0] == pytest.approx(1.0, abs=0.03)
    assert bank.table.rate_hz[0] == pytest.approx(RATE / 16 / 8, rel=0.02)
    assert bank.table.direction[0] > 0.7
