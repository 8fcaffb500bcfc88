"""Describing functions against composites, closed forms and networks in float64."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from cnnviz.dsp.composite import Affine, Kernel, Nonlinearity, Pool, effective_kernel
from cnnviz.dsp.describing import describing_levels

RATE = 8000
HERTZ = np.array([125.0, 437.0, 1000.0, 2300.0])
RELU = Nonlinearity(name="relu")


def kernel(taps, *, bias=None, stride=1, dilation=1):
    return Kernel(taps=taps, bias=bias, stride=(stride,), dilation=(dilation,), padding=(0,))


def drawn(n_out, n_in, n_taps, seed, **options):
    return kernel(np.random.default_rng(seed).normal(size=(n_out, n_in, n_taps)), **options)


def pool(kind, size, stride):
    return Pool(kind=kind, kernel=(size,), stride=(stride,), padding=(0,))


def gains(taps):
    times = np.arange(taps.shape[-1]) / RATE
    return np.abs(taps @ np.exp(-2j * np.pi * np.outer(times, HERTZ)))


def test_of_a_linear_chain_it_is_the_gain_of_the_composite():
    chain = [
        drawn(5, 1, 9, 0, stride=3, dilation=2, bias=np.arange(5.0)),
        Affine(scale=np.linspace(-1, 2, 5), shift=np.ones(5)),
        pool("avg", 4, 2),
        drawn(3, 5, 4, 1, dilation=2),
    ]

    found = describing_levels(chain, (), 1, HERTZ, sample_rate=RATE, amplitude=0.1)

    expected = 0.1 * gains(effective_kernel(chain, 1).taps[:, 0])
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("threshold", [0.0, 0.3], ids=str)
def test_an_own_rectifier_passes_what_exceeds_its_threshold(threshold):
    """max(0, A |H| - b)."""
    first = drawn(4, 1, 16, 0, bias=np.full(4, -threshold))

    found = describing_levels([first], (RELU,), 1, HERTZ, sample_rate=RATE, amplitude=0.1)

    expected = np.maximum(0.1 * gains(first.taps[:, 0]) - threshold, 0)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


def test_a_rectified_tone_has_the_mean_and_the_fundamental_of_a_half_wave():
    """Mean A / pi, fundamental A / 2."""
    chain = [kernel(np.ones((1, 1, 1))), RELU, kernel(np.ones((1, 1, 1)))]

    found = describing_levels(chain, (), 1, HERTZ, sample_rate=RATE, amplitude=1.0)

    np.testing.assert_allclose(found, 1 / np.pi + 0.5, rtol=2e-3)


def test_where_a_layer_passes_no_harmonics_it_is_exact():
    """Bias, batch norm, a rectifier and max pooling; the last layer hears 0 and 250 Hz only."""
    n = np.arange(64)  # four periods at a rate of 4 kHz
    wave = np.cos(2 * np.pi * 250 * n / 4000)
    weights = np.random.default_rng(3).normal(size=(4, 6, 2))
    last = kernel(weights[..., :1] / 64 + weights[..., 1:] * wave / 32, bias=np.full(4, 0.1))
    first = drawn(6, 1, 33, 0, bias=np.linspace(-1, 1, 6))
    affine = Affine(scale=np.linspace(-1, 2, 6), shift=np.linspace(-0.3, 0.2, 6))
    chain = [first, affine, RELU, pool("max", 3, 2), last]

    def network(x):
        z = F.conv1d(x, torch.from_numpy(first.taps), torch.from_numpy(first.bias))
        z = z * torch.from_numpy(affine.scale)[:, None] + torch.from_numpy(affine.shift)[:, None]
        taps, bias = torch.from_numpy(last.taps), torch.from_numpy(last.bias)
        return F.relu(F.conv1d(F.max_pool1d(F.relu(z), 3, 2), taps, bias))[0]

    times = np.arange(4000) / RATE
    phases = 2 * np.pi * np.arange(64)[:, None] / 64
    tones = torch.from_numpy(0.5 * np.cos(2 * np.pi * 250 * times + phases))[:, None]
    heard = torch.stack([network(tone[None]).amax(-1) for tone in tones]).amax(0)
    silent = network(torch.zeros(1, 1, 4000, dtype=torch.float64))[:, 0]

    found = describing_levels(chain, (RELU,), 1, np.array([250.0]), sample_rate=RATE, amplitude=0.5)

    expected = np.maximum((heard - silent).numpy(), 0)
    assert (expected > 0.1).any()
    np.testing.assert_allclose(found[:, 0], expected, rtol=0.01, atol=0.01)


def test_groups_of_channels_do_not_hear_each_other():
    taps = np.ones((2, 1, 1))
    apart = Kernel(taps=taps, bias=None, stride=(1,), dilation=(1,), padding=(0,), groups=2)
    first = kernel(np.array([[[1.0]], [[3.0]]]))

    found = describing_levels([first, RELU, apart], (), 1, HERTZ, sample_rate=RATE, amplitude=1.0)

    np.testing.assert_allclose(found[1], 3 * found[0])
