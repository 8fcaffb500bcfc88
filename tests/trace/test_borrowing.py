"""A trace changes nothing about the network, and nothing around it changes a trace."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import _get_current_dispatch_mode

from cnnviz.errors import ShapeError
from cnnviz.trace import NetworkTrace, trace
from tests.trace.networks import model_of

N_SAMPLES = 60


class _Stubborn(nn.Module):
    """Counts its passes, normalises by the batch, and can fail midway."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv1d(1, 3, 5)
        self.norm = nn.BatchNorm1d(3)
        self.drop = nn.Dropout(0.5)
        self.last = nn.Conv1d(3, 2, 3)
        self.register_buffer("n_passes", torch.zeros(()))
        self.history: list[int] = []
        self.failure: Exception | None = None
        self.max_clips = 2

    def forward(self, inputs: Tensor) -> Tensor:
        self.n_passes += 1
        self.history.append(inputs.shape[-1])
        hidden = self.drop(self.norm(self.conv(inputs)))
        if self.failure is not None:
            raise self.failure
        if len(inputs) > self.max_clips:
            raise ValueError("too many clips")
        return self.last(hidden)


def _network() -> _Stubborn:
    torch.manual_seed(0)
    network = _Stubborn().train()
    network.norm.eval()
    network.conv.weight.requires_grad_(False)
    network(torch.randn(2, 1, N_SAMPLES)).sum().backward()
    return network


def _snapshot(network: _Stubborn) -> dict[str, object]:
    """All about a network that a trace could change, as plain bytes and flags."""
    found: dict[str, object] = {k: v.numpy().tobytes() for k, v in network.state_dict().items()}
    for name, parameter in network.named_parameters():
        gradient = parameter.grad
        found[f"{name} gradient"] = None if gradient is None else gradient.numpy().tobytes()
        found[f"{name} flags"] = (id(parameter), id(gradient), parameter.requires_grad)
    for name, module in network.named_modules():
        hooks = (module._forward_hooks, module._forward_pre_hooks, module._backward_hooks)
        found[f"{name} module"] = (module.training, [len(hook) for hook in hooks])
    found["history"] = tuple(network.history)
    found["surroundings"] = (torch.get_rng_state().numpy().tobytes(), torch.is_grad_enabled())
    return found


def test_everything_about_the_network_is_bit_by_bit_as_before() -> None:
    network = _network()
    before = _snapshot(network)

    trace(model_of(network), N_SAMPLES)

    assert _snapshot(network) == before


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (RuntimeError("no such size"), ShapeError),
        (IndexError("no such cell"), ShapeError),
        (AssertionError("wrong size"), ShapeError),
        (KeyError("mine"), KeyError),
        (KeyboardInterrupt(), KeyboardInterrupt),
    ],
    ids=["runtime", "index", "assertion", "other", "interrupt"],
)
def test_a_pass_that_fails_midway_changes_nothing_either(failure, expected) -> None:
    network = _network()
    network.failure = failure
    before = _snapshot(network)

    with pytest.raises(expected) as caught:
        trace(model_of(network), N_SAMPLES)

    assert _snapshot(network) == before
    assert _get_current_dispatch_mode() is None
    if expected is ShapeError:
        assert str(failure) in str(caught.value)
        assert caught.value.__cause__ is failure


def _claims(found: NetworkTrace) -> tuple[object, ...]:
    weights = [c.weight.tobytes() for c in found.convolutions]
    return (found.calls, weights, found.covered, found.output_field, found.output_cells)


@pytest.mark.parametrize(
    "around",
    [torch.no_grad, torch.enable_grad, torch.inference_mode, torch.random.fork_rng],
    ids=["no gradients", "gradients", "inference", "forked"],
)
def test_a_trace_is_the_same_in_every_gradient_mode(around: Callable[[], object]) -> None:
    network = _network()
    expected = _claims(trace(model_of(network), N_SAMPLES))

    with around():
        found = trace(model_of(network), N_SAMPLES)

    assert _claims(found) == expected


def test_a_network_made_in_inference_mode_is_traced_inside_and_outside() -> None:
    with torch.inference_mode():
        model = model_of(nn.Sequential(nn.Conv1d(1, 2, 3), nn.BatchNorm1d(2)))
        inside = trace(model, N_SAMPLES)

    outside = trace(model, N_SAMPLES)

    assert _claims(inside) == _claims(outside)
    assert (inside.output_field.size, inside.output_field.status) == (3, "exact")


@pytest.mark.parametrize("mode", [True, False], ids=["training", "evaluation"])
def test_a_trace_is_that_of_evaluation_and_does_not_depend_on_random_numbers(mode) -> None:
    network = _network()
    expected = _claims(trace(model_of(network), N_SAMPLES))

    torch.manual_seed(77)
    found = trace(model_of(network.train(mode)), N_SAMPLES)

    assert _claims(found) == expected
    assert found.call("norm").time_field.status == "exact"


@pytest.mark.parametrize("n_samples", [30, 61, 400])
def test_fields_do_not_depend_on_the_length_of_the_clip(n_samples) -> None:
    network = _network()

    found = trace(model_of(network), n_samples)

    assert [(c.time_field.offset, c.time_field.size) for c in found.calls] == [
        *((0, 5), (0, 5), (0, 5), (0, 7)),
    ]
    assert found.n_samples == n_samples
    assert found.output_cells == n_samples - 6
    assert found.covered == (0, n_samples)


def test_a_network_that_takes_one_clip_at_a_time_is_traced_with_one() -> None:
    network = _network()
    network.max_clips = 1

    found = trace(model_of(network), N_SAMPLES)

    assert found.call("last").output_shape == (2, N_SAMPLES - 6)


@pytest.mark.parametrize(
    ("n_samples", "given", "expected"), [(None, None, 16000), (800, None, 800), (800, 70, 70)]
)
def test_the_length_is_the_one_asked_for_or_the_models_or_a_second(
    n_samples, given, expected
) -> None:
    model = model_of(nn.Conv1d(1, 1, 3), n_samples=n_samples)

    assert trace(model, given).n_samples == expected


@pytest.mark.parametrize(
    ("layout", "shape", "axis"),
    [("bct", (1, 1, 50), 1), ("bt", (1, 50), 0), ("btc", (1, 50, 1), 0)],
)
def test_time_is_where_the_layout_of_the_model_has_it(layout, shape, axis) -> None:
    seen = []
    network = nn.Softplus()
    network.register_forward_pre_hook(lambda _, inputs: seen.append(tuple(inputs[0].shape)))

    (call,) = trace(model_of(network, layout=layout), 50).calls

    assert seen[-1][1:] == shape[1:]
    assert call.time_axis == axis
    assert (call.time_field.size, call.time_field.jump) == (1, 1)


def test_a_traced_network_trains_on_as_if_nothing_had_been() -> None:
    def train(network: _Stubborn, *, traced: bool) -> np.ndarray:
        optimizer = torch.optim.SGD([p for p in network.parameters() if p.requires_grad], lr=0.1)
        for _ in range(3):
            optimizer.zero_grad()
            network(torch.randn(2, 1, N_SAMPLES)).square().mean().backward()
            if traced:
                trace(model_of(network), N_SAMPLES)
            optimizer.step()
        return network.last.weight.detach().numpy()

    plain, watched = train(_network(), traced=False), train(_network(), traced=True)

    assert plain.tobytes() == watched.tobytes()
