"""The borrowed model: nothing differs afterwards, whatever happened inside."""

import copy
from collections import OrderedDict
from contextlib import suppress

import pytest
import torch
from torch import Tensor, nn

from cnnviz.errors import LayerNotFoundError
from cnnviz.hooks import borrowed, recorded


class _Restless(nn.Module):
    """Changes whatever a forward pass can change."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv1d(1, 4, 5)
        self.norm = nn.BatchNorm1d(4)
        self.relu = nn.ReLU(inplace=True)
        self.seen: list[Tensor] = []
        self.scale = 1.0

    def forward(self, inputs: Tensor) -> Tensor:
        hidden = self.relu(self.norm(self.conv(inputs)))
        hidden = self.relu(hidden - torch.rand(1))
        self.seen.append(hidden)
        self.scale = 2.0
        self.cache = hidden
        return hidden.mean(-1)


def _snapshot(network: nn.Module) -> dict[str, object]:
    modules = dict(network.named_modules())
    return {
        "state": {k: v.clone() for k, v in network.state_dict().items()},
        "pointers": {k: v.data_ptr() for k, v in network.state_dict().items()},
        "training": {name: module.training for name, module in modules.items()},
        "requires": {k: v.requires_grad for k, v in network.named_parameters()},
        "grad_ids": {k: id(v.grad) for k, v in network.named_parameters()},
        "grads": {
            k: None if v.grad is None else v.grad.clone() for k, v in network.named_parameters()
        },
        "attributes": {name: set(vars(module)) for name, module in modules.items()},
        "hooks": {
            name: {k: list(v) for k, v in vars(module).items() if "hooks" in k}
            for name, module in modules.items()
        },
        "rng": torch.get_rng_state(),
        "grad_mode": torch.is_grad_enabled(),
    }


def _assert_same(before: object, after: object) -> None:
    if isinstance(before, dict):
        assert before.keys() == after.keys()
        for key in before:
            _assert_same(before[key], after[key])
    elif isinstance(before, Tensor):
        assert torch.equal(before, after)
    else:
        assert before == after


def _prepared() -> _Restless:
    torch.manual_seed(0)
    network = _Restless()
    network(torch.randn(2, 1, 32)).sum().backward()
    network.seen.clear()
    del network.cache
    network.scale = 1.0
    network.conv.bias.requires_grad_(False)
    network.norm.eval()
    return network


def _gradient(network: nn.Module) -> None:
    network(torch.randn(2, 1, 32)).sum().backward()


def _update(network: nn.Module) -> None:
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.mul_(2)
        network.norm.running_mean.add_(1)


def _replace(network: nn.Module) -> None:
    network.conv.weight.data = torch.zeros_like(network.conv.weight)
    network.norm.running_var = torch.zeros(4)
    for parameter in network.parameters():
        parameter.requires_grad_(False)
    network.train()
    network.conv.register_full_backward_hook(lambda *_: None)


def _fail(network: nn.Module) -> None:
    network(torch.randn(2, 3, 32))


def _interrupt(network: nn.Module) -> None:
    def hook(*_: object) -> None:
        raise KeyboardInterrupt

    network.norm.register_forward_hook(hook)
    torch.set_grad_enabled(False)
    with recorded(network, ["conv", "relu"]):
        network(torch.randn(2, 1, 32))


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (_gradient, ()),
        (_update, ()),
        (_replace, ()),
        (_fail, RuntimeError),
        (_interrupt, KeyboardInterrupt),
    ],
)
def test_nothing_about_a_borrowed_network_differs_afterwards(act, error) -> None:
    network = _prepared()
    before = _snapshot(network)

    with suppress(*([error] if error else [])), borrowed(network):
        act(network)

    _assert_same(before, _snapshot(network))
    assert network.seen == []
    assert network.scale == 1.0


def test_gradients_put_aside_come_back_as_the_same_objects() -> None:
    network = _prepared()
    gradient = network.conv.weight.grad

    with borrowed(network):
        assert network.conv.weight.grad is None
        _gradient(network)

    assert network.conv.weight.grad is gradient


def test_nan_weights_are_returned_without_touching_them() -> None:
    network = _prepared()
    with torch.no_grad():
        network.conv.weight[0] = float("nan")
    version = network.conv.weight._version

    with borrowed(network):
        pass

    assert network.conv.weight._version == version


def test_a_network_that_overrides_eval_is_in_evaluation_mode() -> None:
    class _Stubborn(nn.Dropout):
        def train(self, mode: bool = True) -> nn.Module:
            return super().train(True)

    network = _Stubborn()

    with borrowed(network):
        ones = network(torch.ones(100))

    assert torch.equal(ones, torch.ones(100))
    assert network.training


def test_scripted_networks_can_be_borrowed() -> None:
    with pytest.warns(DeprecationWarning, match="script"):
        network = torch.jit.script(nn.Sequential(nn.Conv1d(1, 2, 3), nn.Dropout()))

    with borrowed(network):
        first, second = network(torch.ones(1, 1, 9)), network(torch.ones(1, 1, 9))

    assert torch.equal(first, second)
    assert network.training


def test_recorded_output_is_that_before_an_in_place_activation() -> None:
    torch.manual_seed(0)
    plain = nn.Sequential(nn.Conv1d(1, 4, 5), nn.ReLU(), nn.Conv1d(4, 2, 3))
    twin = copy.deepcopy(plain)
    twin[1].inplace = True
    waveforms = torch.randn(3, 1, 40)

    with borrowed(plain), recorded(plain, ["0", "1", "2"]) as expected:
        plain(waveforms)
    with borrowed(twin), recorded(twin, ["0", "1", "2"]) as found:
        twin(waveforms)

    assert expected["0"].min() < 0
    assert all(torch.equal(found[name], expected[name]) for name in ("0", "1", "2"))


def test_every_call_of_a_shared_module_has_its_own_entry() -> None:
    network = _prepared()

    with borrowed(network), recorded(network, ["relu"]) as outputs:
        network(torch.randn(1, 1, 32))
        network(torch.randn(2, 1, 32))
        assert list(outputs) == ["relu", "relu#1"]
        assert outputs["relu#1"].shape == (2, 4, 28)


@pytest.mark.parametrize("name", ["#", "a#b", "a#1"])
def test_a_name_may_hold_the_mark_of_a_call(name: str) -> None:
    network = nn.Sequential(OrderedDict({name: nn.ReLU()}))
    network.add_module("again", network[0])

    with borrowed(network), recorded(network, [f"{name}#1"]) as outputs:
        expected = network(torch.arange(-2.0, 2.0))

    assert outputs.keys() == {f"{name}#1"}
    assert torch.equal(outputs[f"{name}#1"], expected)


def test_a_single_call_of_a_shared_module_can_be_asked_for() -> None:
    network = _prepared()

    with borrowed(network), recorded(network, ["relu#1"]) as outputs:
        network(torch.randn(1, 1, 32))
        assert list(outputs) == ["relu#1"]


def test_tensors_in_tuples_have_names_that_say_where() -> None:
    network = nn.Sequential(nn.LSTM(3, 2, batch_first=True))

    with borrowed(network), recorded(network, ["0"]) as outputs:
        network(torch.randn(1, 5, 3))
        assert list(outputs) == ["0[0]", "0[1][0]", "0[1][1]"]


def test_hooks_of_the_user_keep_firing() -> None:
    network = _prepared()
    fired = []
    network.conv.register_forward_hook(lambda *_: fired.append("conv"))

    with borrowed(network), recorded(network, ["conv"]):
        network(torch.randn(1, 1, 32))

    assert fired == ["conv"]


def test_an_unknown_layer_is_answered_with_the_known_ones() -> None:
    network = _prepared()

    with (
        pytest.raises(LayerNotFoundError, match=r"layer 'conv9' .*conv, norm, relu.*cnnviz layers"),
        recorded(network, ["conv9"]),
    ):
        pass
