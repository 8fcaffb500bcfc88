"""SmoothGrad against the expectation of a gradient in Gaussian noise."""

import numpy as np
import torch
from scipy.stats import norm
from torch import nn

from cnnviz.attribution.attribute import attribute
from cnnviz.attribution.methods.smoothgrad import SmoothGrad

from .explaining import coefficients, input_x_gradient
from .tiny_models import convolutional


class Rectified(nn.Module):
    """f_0 = sum of max(x, 0): its gradient in noise of deviation s is Phi(x / s)."""

    def forward(self, x):
        total = x.relu().sum((1, 2))
        return torch.stack([total, -total], 1)


def smoothed(model, waveforms, **parameters):
    targets = np.zeros(len(waveforms), int)
    return attribute(SmoothGrad(score="logit", **parameters), model, waveforms, targets)


def test_the_mean_gradient_in_noise_is_the_normal_distribution_function(audio_model):
    waveforms = np.linspace(-1, 1, 400, dtype=np.float32)[None]

    found = smoothed(audio_model(Rectified()), waveforms, n_draws=4000, snr_db=0)

    deviation = np.sqrt(np.square(waveforms).mean())
    expected = norm.cdf(waveforms[0] / deviation)
    error = np.sqrt(expected * (1 - expected) / 4000)
    assert (np.abs(coefficients(found)[0] - expected) < 5 * error + 1e-6).all()


def test_without_noise_it_is_input_x_gradient(audio_model):
    model = audio_model(convolutional(activation=nn.Softplus))
    waveforms = np.random.default_rng(0).normal(size=(2, 400)).astype(np.float32)

    found = smoothed(model, waveforms, n_draws=3, snr_db=120)

    expected = input_x_gradient(model, waveforms, np.array([0, 0]))
    np.testing.assert_allclose(coefficients(found), coefficients(expected), atol=1e-6)
    assert (found.map_errors < 1e-4).all()


def test_the_map_error_falls_with_the_draws(audio_model):
    model = audio_model(convolutional())
    waveforms = np.random.default_rng(0).normal(size=(1, 400)).astype(np.float32)

    few, many = (smoothed(model, waveforms, n_draws=n, snr_db=0).map_errors for n in (8, 512))

    assert many[0] < few[0] / 4  # about 1 / sqrt(n)
