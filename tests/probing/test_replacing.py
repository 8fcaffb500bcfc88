"""Units are held at what later layers see in the mean, whatever stands between."""

import pytest
import torch
from torch import nn

from cnnviz.capture.pooling import arrange
from cnnviz.errors import UnsupportedModelError
from cnnviz.frontend import FrontendSpec
from cnnviz.hooks import borrowed
from cnnviz.model import ModelSpec, assemble
from cnnviz.probing import unit_layers
from cnnviz.probing.replacing import RunningMeans, replacing

RATE, N = 4000, 1600
ACTIVATIONS = [nn.ReLU, nn.GELU, nn.Tanh, nn.SiLU]


def model_of(activation=nn.ReLU, frontend=None):
    """Convolution over time, or over frequency and time, batch norm, activation, mean."""
    torch.manual_seed(0)
    spectral = frontend is not None
    conv = nn.Conv2d(1, 3, (5, 3)) if spectral else nn.Conv1d(1, 3, 32, stride=4)
    norm = nn.BatchNorm2d(3) if spectral else nn.BatchNorm1d(3)
    norm.weight.data, norm.bias.data = torch.tensor([2.0, -1.0, 0.5]), torch.tensor([0.3, 0, -0.2])
    pool = nn.AdaptiveAvgPool2d(1) if spectral else nn.AdaptiveAvgPool1d(1)
    network = nn.Sequential(conv, norm, activation(), pool, nn.Flatten()).eval()
    spec = ModelSpec(sample_rate=RATE, n_samples=N, frontend=frontend or FrontendSpec())
    return assemble(network, spec, name="held", reference="held")


def scores_without(model, waveforms, mask):
    """Scores as they are, and with the masked units at their means."""
    (layer,) = unit_layers(model, ["0"])
    means = RunningMeans(layer)
    with borrowed(model.network), torch.no_grad(), replacing(model.network, layer) as plan:
        whole = model.network(model.network_input(waveforms))
        means.add(arrange(plan.output, layer.call.time_axis, layer.call.frequency_axis))
        plan.mask, plan.values = mask, torch.from_numpy(means.own_values())
        return whole, model.network(model.network_input(waveforms)), means.means


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize(
    "frontend", [None, FrontendSpec(kind="log_mel", n_fft=128, hop_length=64, n_mels=20)]
)
def test_a_held_unit_is_seen_at_its_mean_and_the_others_as_they_were(activation, frontend):
    waveforms = torch.randn(4, N, generator=torch.Generator().manual_seed(1))
    mask = torch.tensor([[1, 0, 0], [0, 1, 0], [1, 0, 1]], dtype=torch.bool)

    whole, held, means = scores_without(model_of(activation, frontend), waveforms, mask)

    full = torch.cat([mask, torch.zeros(1, 3, dtype=torch.bool)])  # the last row stays
    expected = torch.where(full, whole.mean(0), whole)
    torch.testing.assert_close(held, expected, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(torch.from_numpy(means).float(), whole.mean(0), rtol=1e-4, atol=1e-5)


def test_hooks_are_gone_after_an_exception():
    model = model_of()
    (layer,) = unit_layers(model, ["0"])

    with pytest.raises(ZeroDivisionError), replacing(model.network, layer):
        raise ZeroDivisionError

    assert not model.network[0]._forward_hooks
    assert not model.network._forward_pre_hooks


def test_a_layer_of_another_shape_is_refused():
    model = model_of()
    (layer,) = unit_layers(model, ["0"])

    with (
        torch.no_grad(),
        replacing(model.network, layer),
        pytest.raises(UnsupportedModelError, match="units cannot be replaced"),
    ):
        model.network(torch.zeros(1, 1, 2 * N))
