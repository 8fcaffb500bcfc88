"""Dead is what later layers do not hear, by whatever mechanism, and nothing else."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from cnnviz.filterbanks import Settings, read_banks
from cnnviz.results import Bank
from tests.filterbanks.models import RATE, model_of


class Network(nn.Module):
    """Two convolutions with normalisation and activation, and a linear layer over the means."""

    def __init__(self, activation: nn.Module) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first, self.norm = nn.Conv1d(1, 8, 31, stride=8), nn.BatchNorm1d(8)
        self.act = activation
        self.second, self.norm2 = nn.Conv1d(8, 6, 5), nn.BatchNorm1d(6)
        self.head = nn.Linear(6, 3)
        for norm in (self.norm, self.norm2):
            norm.running_mean.uniform_(-1, 1)
            norm.running_var.uniform_(0.5, 2)

    def forward(self, clips: Tensor) -> Tensor:
        values = self.act(self.norm(self.first(clips)))
        return self.head(self.act(self.norm2(self.second(values))).mean(2))


def banks_of(network: nn.Module) -> tuple[Bank, ...]:
    return read_banks(model_of(network), (), Settings(least_points=4096, null_draws=50, seed=0))


def zero_taps(network: Network) -> None:
    network.first.weight[3] = 0.0


def zero_gain(network: Network) -> None:
    network.norm.weight[3] = 0.0


def tiny_gain(network: Network) -> None:
    network.norm.weight[3] = 1e-20


def unread(network: Network) -> None:
    network.second.weight[:, 3] = 0.0


def is_heard(network: Network, layer: nn.Module, channel: int) -> bool:
    """Whether any change of a channel, small or large, changes what the network returns."""
    changes = iter([0.0, *(10.0**k for k in range(-2, 5)), *(-(10.0**k) for k in range(-2, 5))])

    def changed(_: nn.Module, __: object, output: Tensor) -> Tensor:
        output = output.clone()
        output[:, channel] += next(changes)
        return output

    handle = layer.register_forward_hook(changed)
    clip = torch.randn(1, 1, RATE, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        answers = [network.eval()(clip) for _ in range(15)]
    handle.remove()
    return any(not torch.equal(answer, answers[0]) for answer in answers)


@pytest.mark.parametrize("activation", [nn.ReLU(), nn.GELU(), nn.Identity(), nn.ReLU(inplace=True)])
@pytest.mark.parametrize("kill", [zero_taps, zero_gain, tiny_gain, unread])
def test_a_dead_channel_is_found_whatever_killed_it(
    kill: Callable[[Network], None], activation: nn.Module
) -> None:
    network = Network(activation)
    with torch.no_grad():
        kill(network)

    first, second = banks_of(network)

    assert np.flatnonzero(first.table.dead).tolist() == [3]
    assert not second.table.dead.any()
    assert first.table.shape[3] == "dead"
    sentence = next(f.sentence for f in first.findings if f.id == "dead_filters:first")
    assert sentence.endswith("1 filter (3).")
    if kill is not zero_taps:
        heard = [is_heard(network, network.first, channel) for channel in range(8)]
        assert [not one for one in heard] == first.table.dead.tolist()


def test_small_taps_that_normalisation_lifts_are_alive() -> None:
    network = Network(nn.ReLU())
    with torch.no_grad():
        network.first.weight[:4] *= 1e-5
        network.norm.running_var[:4] = 1e-9
        network.norm.running_mean[:4] = 0.0
        network.norm.eps = 1e-12

    first, _ = banks_of(network)

    assert not first.table.dead.any()


def test_a_channel_that_its_bias_keeps_shut_on_quiet_sounds_is_alive() -> None:
    network = Network(nn.ReLU())
    with torch.no_grad():
        network.norm.bias[:4] = -50.0

    first, _ = banks_of(network)

    assert not first.table.dead.any()


def test_a_filter_that_reads_only_dead_channels_is_dead() -> None:
    network = Network(nn.ReLU())
    with torch.no_grad():
        network.norm.weight[:4] = 0.0
        network.second.weight[2, 4:] = 0.0

    first, second = banks_of(network)

    assert np.flatnonzero(first.table.dead).tolist() == [0, 1, 2, 3]
    assert np.flatnonzero(second.table.dead).tolist() == [2]


def test_a_filter_that_no_output_reads_is_dead() -> None:
    network = Network(nn.ReLU())
    with torch.no_grad():
        network.head.weight[:, 4] = 0.0

    assert np.flatnonzero(banks_of(network)[1].table.dead).tolist() == [4]


def test_taps_that_cancel_in_a_linear_chain_are_dead_but_not_behind_rectifiers() -> None:
    linear, rectified = (
        nn.Sequential(nn.Conv1d(1, 2, 9, bias=False), change, nn.Conv1d(2, 3, 5, bias=False))
        for change in (nn.Identity(), nn.ReLU())
    )
    for network in (linear, rectified):
        with torch.no_grad():
            network[0].weight[1] = network[0].weight[0]
            network[2].weight[1, 1] = -network[2].weight[1, 0]
    with torch.no_grad():
        rectified[0].weight[1] *= -1
        rectified[2].weight[1, 1] *= -1  # relu(x) + relu(-x) = |x|: heard, on no linear path

    second = banks_of(linear)[1]
    other = banks_of(rectified)[1]

    assert second.table.dead.tolist() == [False, True, False]
    assert not other.table.dead.any()


def test_the_network_is_what_it_was_after_its_channels_were_measured() -> None:
    network = Network(nn.ReLU(inplace=True))
    before = {name: value.clone() for name, value in network.state_dict().items()}
    state = torch.get_rng_state()

    banks_of(network)

    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert all(parameter.grad is None for parameter in network.parameters())
    assert torch.equal(torch.get_rng_state(), state)
    assert not any(module._forward_hooks for module in network.modules())
