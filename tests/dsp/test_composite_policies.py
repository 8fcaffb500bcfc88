"""Policies for nonlinear steps against closed forms, random phases, and networks."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from cnnviz.dsp.composite import CLIP_GAIN, Affine, Kernel, Nonlinearity, Pool, effective_kernel
from cnnviz.dsp.composite_policies import (
    detectors,
    envelope_levels,
    incoherent_gains,
    rectifier_gain,
    unknown_functions,
)

RATE = 8000
PLAIN = {"stride": (1,), "dilation": (1,), "padding": (0,)}
HERTZ = np.array([125.0, 437.0, 1000.0, 2300.0])


def kernel(n_out, n_in, n_taps, seed, *, stride=1, dilation=1, bias=False):
    generator = np.random.default_rng(seed)
    return Kernel(
        taps=generator.normal(size=(n_out, n_in, n_taps)),
        bias=generator.normal(size=n_out) if bias else None,
        stride=(stride,),
        dilation=(dilation,),
        padding=(0,),
    )


def pool(kind, size, stride):
    return Pool(kind=kind, kernel=(size,), stride=(stride,), padding=(0,))


def response(taps):
    times = np.arange(taps.shape[-1]) / RATE
    return taps @ np.exp(-2j * np.pi * np.outer(times, HERTZ))


@pytest.mark.parametrize(("mean", "share"), [(0.0, 0.5), (-1.0, 0.15866), (0.25, 0.59871)], ids=str)
def test_the_gain_of_a_rectifier_is_that_of_bussgang_and_of_least_squares(mean, share):
    drawn = np.random.default_rng(0).normal(mean, 1.0, 400_000)
    fitted = np.cov(drawn, np.maximum(drawn, 0))[0, 1] / drawn.var()

    gain = rectifier_gain(np.array([mean]), np.ones(1))

    np.testing.assert_allclose(gain, share, atol=1e-5)
    np.testing.assert_allclose(gain, fitted, atol=5e-3)


def test_an_input_that_does_not_vary_has_the_slope_at_its_mean():
    gains = rectifier_gain(np.array([-1.0, 2.0]), np.zeros(2))

    np.testing.assert_array_equal(gains, [0.0, 1.0])


@pytest.mark.parametrize("stride", [1, 3])
def test_without_a_detector_incoherent_gains_are_those_of_the_composite(stride):
    chain = [
        kernel(5, 1, 9, 0, stride=stride, dilation=2),
        Affine(scale=np.array([2.0, -1.0, 0.5, 1.0, 3.0]), shift=np.ones(5)),
        pool("avg", 4, 2),
        kernel(3, 5, 4, 1, bias=True),
    ]

    found = incoherent_gains(chain, 1, HERTZ, RATE)

    expected = np.abs(response(effective_kernel(chain, 1).taps[:, 0]))
    np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_incoherent_power_is_the_mean_over_independent_random_phases():
    first, second = kernel(6, 1, 16, 0), kernel(4, 6, 5, 1)
    phases = np.random.default_rng(2).uniform(0, 2 * np.pi, (40_000, 6))
    waves = np.exp(1j * phases) * np.abs(response(first.taps[:, 0]))[None, :, 1]
    summed = waves @ second.taps.sum(axis=2).T  # (draw, filter)

    found = incoherent_gains([first, Nonlinearity(name="relu"), second], 1, HERTZ, RATE)

    np.testing.assert_allclose(found[:, 1] ** 2, np.square(np.abs(summed)).mean(0), rtol=0.03)


def test_the_envelope_of_a_rectified_tone_is_its_mean():
    """A |H| / pi without a bias."""
    first, second = kernel(6, 1, 16, 0), kernel(4, 6, 5, 1)
    chain = [first, Nonlinearity(name="relu"), second]

    found = envelope_levels(chain, (), 1, HERTZ, sample_rate=RATE, amplitude=0.1)

    means = 0.1 * np.abs(response(first.taps[:, 0])) / np.pi
    expected = np.maximum(second.taps.sum(axis=2) @ means, 0)
    np.testing.assert_allclose(found, expected, rtol=0.01, atol=1e-12)


def test_the_envelope_is_the_mean_of_a_network_on_a_long_tone():
    """Bias, batch norm, max pooling, two rectifiers: the deeper layer is constant by design."""
    first = kernel(6, 1, 33, 0, bias=True)
    affine = Affine(scale=np.linspace(-1, 2, 6), shift=np.linspace(-0.3, 0.2, 6))
    second = kernel(4, 6, 1, 1, bias=True)
    relu = Nonlinearity(name="relu")
    chain = [first, affine, relu, pool("max", 8, 4), second]
    tone = torch.from_numpy(0.5 * np.cos(2 * np.pi * 437.3 * np.arange(40_000) / RATE))[None, None]

    def network(x):
        z = F.conv1d(x, torch.from_numpy(first.taps), torch.from_numpy(first.bias))
        z = z * torch.from_numpy(affine.scale)[:, None] + torch.from_numpy(affine.shift)[:, None]
        levels = F.max_pool1d(F.relu(z), 8, 4).mean(-1, keepdim=True)
        taps, bias = torch.from_numpy(second.taps), torch.from_numpy(second.bias)
        return F.relu(F.conv1d(levels, taps, bias))[0, :, 0].numpy()

    found = envelope_levels(chain, (relu,), 1, np.array([437.3]), sample_rate=RATE, amplitude=0.5)

    expected = np.maximum(network(tone) - network(0 * tone), 0)
    assert expected.max() > 0.1
    np.testing.assert_allclose(found[:, 0], expected, rtol=0.01, atol=0.01)


def test_max_pooling_is_a_detector_and_the_level_of_a_clip_is_none():
    chain = [Nonlinearity(name=CLIP_GAIN), kernel(2, 1, 3, 0), pool("max", 2, 2), pool("avg", 2, 2)]

    assert detectors(chain) == ("max-pool",)
    assert unknown_functions([*chain, Nonlinearity(name="prelu")]) == ("prelu",)


@pytest.mark.parametrize(
    "name",
    [
        *("relu", "relu6", "gelu", "silu", "mish", "softplus", "hardswish", "hardsigmoid", "selu"),
        *("tanh", "sigmoid"),
    ],
)
def test_a_tone_on_a_bias_has_the_mean_that_the_function_of_torch_gives(name):
    biases = np.linspace(-4, 7, 23)
    first = Kernel(taps=np.ones((23, 1, 1)), bias=biases, **PLAIN)
    second = Kernel(taps=np.eye(23)[:, :, None], bias=None, **PLAIN)
    chain = [first, Nonlinearity(name=name), second]
    function = getattr(F, name)

    found = envelope_levels(chain, (), 1, np.ones(1), sample_rate=RATE, amplitude=1.0)

    phases = 2 * np.pi * (np.arange(4096) + 0.5) / 4096
    tone = function(torch.from_numpy(biases[:, None] + np.cos(phases)))
    expected = tone.mean(-1) - function(torch.from_numpy(biases))
    np.testing.assert_allclose(found[:, 0], np.maximum(expected.numpy(), 0), atol=2e-3)
