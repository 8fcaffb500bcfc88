"""Grad-CAM against captum, finite differences and the class map of a linear head."""

import numpy as np
import pytest
import torch
from captum.attr import LayerGradCam
from torch import nn

from cnnviz.attribution.methods.grad_cam import GradCAM

from .on_layers import SPECTRAL, Modular, values
from .tiny_models import convolutional

N = 600


def noise(n=3, dtype=np.float32):
    return np.random.default_rng(0).normal(size=(n, N)).astype(dtype)


@pytest.mark.parametrize("layer", ["0", "1", "3", "4", "5"])
@pytest.mark.parametrize("rectified", [True, False])
def test_values_are_captums(layer, rectified, audio_model):
    network, targets = convolutional(), np.array([2, 0, 1])
    network.eval()

    found = values(
        GradCAM(layer=layer, rectified=rectified, score="logit"),
        audio_model(network),
        noise(),
        targets,
    )

    expected = LayerGradCam(network, network[int(layer)]).attribute(
        torch.tensor(noise())[:, None],
        target=torch.tensor(targets),
        relu_attributions=rectified,
    )
    np.testing.assert_allclose(found, expected.detach().numpy()[:, 0], rtol=1e-5, atol=1e-9)


def test_values_on_log_mel_frames_are_captums(audio_model):
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Conv2d(4, 3, 3, stride=2), nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
    ).eval()  # fmt: skip
    model = audio_model(network, frontend=SPECTRAL)

    found = values(GradCAM(layer="2", rectified=False, score="logit"), model, noise(), [0, 1, 2])

    expected = LayerGradCam(network, network[2]).attribute(
        model.network_input(torch.tensor(noise())), target=torch.arange(3)
    )
    np.testing.assert_allclose(found, expected.detach().numpy()[:, 0], rtol=1e-5, atol=1e-9)


def test_weights_are_the_mean_gradients_of_finite_differences(audio_model):
    network = Modular().double().eval()
    waveforms = noise(1, np.float64)

    found = values(GradCAM(layer="second", rectified=False), audio_model(network), waveforms, [1])

    with torch.no_grad():
        hidden = network.second(network.act1(network.first(torch.tensor(waveforms)[:, None])))
        scores = network(torch.tensor(waveforms)[:, None])[0]
        scores[1] = -torch.inf
        rival = int(scores.argmax())

        def contrast(cells):
            tail = network.head(network.act3(network.third(network.act2(cells))).mean(-1))[0]
            return float(tail[1] - tail[rival])

        weights = []
        for channel in range(4):  # a common step of one channel is the sum of its gradients
            step = torch.zeros_like(hidden)
            step[0, channel] = 1e-7
            slope = (contrast(hidden + step) - contrast(hidden - step)) / 2e-7
            weights.append(slope / hidden.shape[-1])
    expected = np.array(weights) @ hidden[0].numpy()
    np.testing.assert_allclose(found[0], expected, rtol=1e-4, atol=1e-8)


def test_before_a_mean_and_a_linear_head_the_map_is_the_class_map(audio_model):
    network = Modular().eval()

    found = values(
        GradCAM(score="logit", rectified=False), audio_model(network), noise(), [0, 1, 2]
    )

    with torch.no_grad():
        x = torch.tensor(noise())[:, None]
        last = network.act3(
            network.third(network.act2(network.second(network.act1(network.first(x)))))
        )
        scores = network(x)
    weight, bias = network.head.weight.detach(), network.head.bias.detach()
    class_maps = torch.stack([weight[k] @ last[k] for k in range(3)]) / last.shape[-1]
    np.testing.assert_allclose(found, class_maps.numpy(), rtol=1e-4, atol=1e-7)
    own = torch.stack([scores[k, k] - bias[k] for k in range(3)])
    np.testing.assert_allclose(found.sum(1), own.detach().numpy(), rtol=1e-4)
