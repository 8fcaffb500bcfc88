"""LayerCAM against captum's activation times gradient, and against its formula by differences."""

import numpy as np
import pytest
import torch
from captum.attr import LayerActivation, LayerGradientXActivation

from cnnviz.attribution.methods.grad_cam import GradCAM
from cnnviz.attribution.methods.layer_cam import LayerCAM

from .on_layers import Modular, values
from .tiny_models import convolutional

N = 600


def noise(n=3, dtype=np.float32):
    return np.random.default_rng(0).normal(size=(n, N)).astype(dtype)


@pytest.mark.parametrize("layer", ["0", "2", "4", "5"])
def test_signed_it_is_captums_activation_times_gradient(layer, audio_model):
    network, targets = convolutional(), np.array([2, 0, 1])
    network.eval()
    method = LayerCAM(layer=layer, rectified=False, score="logit")

    found = values(method, audio_model(network), noise(), targets)

    product = LayerGradientXActivation(network, network[int(layer)]).attribute(
        torch.tensor(noise())[:, None], target=torch.tensor(targets)
    )
    np.testing.assert_allclose(found, product.sum(1).detach().numpy(), rtol=1e-4, atol=1e-8)


@pytest.mark.parametrize("layer", ["0", "5"])
def test_rectified_it_weighs_by_positive_gradients_alone(layer, audio_model):
    network, targets = convolutional(), np.array([2, 0, 1])
    network.eval()

    found = values(LayerCAM(layer=layer, score="logit"), audio_model(network), noise(), targets)

    x, module = torch.tensor(noise())[:, None], network[int(layer)]
    activations = LayerActivation(network, module).attribute(x)
    product = LayerGradientXActivation(network, module).attribute(x, target=torch.tensor(targets))
    gradients = product / activations.where(activations != 0, 1.0)
    expected = (gradients.clamp_min(0) * activations).sum(1).clamp_min(0)
    np.testing.assert_allclose(found, expected.detach().numpy(), rtol=1e-4, atol=1e-8)
    assert (found == 0).any() or layer == "5"
    assert (found > 0).any()


def test_a_cell_is_what_finite_differences_say(audio_model):
    network = Modular().double().eval()
    waveforms = noise(1, np.float64)
    method = LayerCAM(layer="second", score="logit")

    found = values(method, audio_model(network), waveforms, [1])[0]

    with torch.no_grad():
        hidden = network.second(network.act1(network.first(torch.tensor(waveforms)[:, None])))

        def score(cells):
            return float(
                network.head(network.act3(network.third(network.act2(cells))).mean(-1))[0, 1]
            )

        for place in (0, 50, 120):
            expected = 0.0
            for channel in range(4):
                step = torch.zeros_like(hidden)
                step[0, channel, place] = 1e-6
                slope = (score(hidden + step) - score(hidden - step)) / 2e-6
                expected += max(slope, 0.0) * float(hidden[0, channel, place])
            assert found[place] == pytest.approx(max(expected, 0.0), abs=1e-8)


def test_with_gradients_alike_at_all_cells_both_cams_agree(audio_model):
    model = audio_model(Modular())
    parameters = {"layer": "act3", "score": "logit", "rectified": False}

    np.testing.assert_allclose(
        values(LayerCAM(**parameters), model, noise(), [0, 1, 2]),
        values(GradCAM(**parameters), model, noise(), [0, 1, 2]),
        rtol=1e-4,
        atol=1e-8,
    )
