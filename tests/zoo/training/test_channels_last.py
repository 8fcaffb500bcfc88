"""The two-dimensional twin computes what the network computes."""

import pytest
import torch
from torch import nn

from zoo import catalogue
from zoo.architectures import custom
from zoo.training.channels_last import lay_out, narrow, widen


@pytest.mark.parametrize(
    "name",
    ["custom_ch32-8-bn", "only_conv_k25-3", "baseline_fc1-4", "vgg_style_ch64-6-bn", "m5_ch32"],
)
def test_twin_gives_the_same_scores(name: str) -> None:
    torch.manual_seed(0)
    network = catalogue.family_of(name).build(name, 12).double().eval()
    waveforms = torch.randn(2, 1, 16_000, dtype=torch.float64)
    twin = widen(network)
    assert twin is not None

    scores = twin.double().eval()(lay_out(waveforms))

    torch.testing.assert_close(scores, network(waveforms), rtol=1e-10, atol=1e-10)


def test_weights_come_back_in_their_own_shapes() -> None:
    network = custom.build("custom_ch32-8-bn", 12)
    twin = widen(network)
    assert twin is not None

    found = narrow(twin.state_dict(), network)

    own = network.state_dict()
    assert found.keys() == own.keys()
    assert all(torch.equal(found[name], own[name]) for name in own)


def test_inputs_have_channels_innermost() -> None:
    laid_out = lay_out(torch.zeros(2, 1, 16_000))

    assert laid_out.shape == (2, 1, 1, 16_000)
    assert laid_out.stride() == (16_000, 1, 16_000, 1)


def test_twin_does_not_share_layers_with_the_network() -> None:
    network = nn.Sequential(nn.Conv1d(1, 2, 3), nn.Flatten(), nn.Linear(4, 2))
    twin = widen(network)
    assert twin is not None

    twin[2].weight.data.zero_()

    assert network[2].weight.abs().sum() > 0


def test_network_that_is_no_chain_of_known_layers_has_no_twin() -> None:
    assert widen(nn.Linear(2, 2)) is None
    assert widen(nn.Sequential(nn.Conv1d(1, 2, 3), nn.GELU())) is None
