"""What holds for every method there is, on networks that are one function written in many ways."""

import random

import numpy as np
import pytest
import torch
from torch import nn

from cnnviz import registry, workflow
from cnnviz.attribution.attribute import attribute
from cnnviz.errors import CnnvizError, ParameterError

from .propagating import VARIANTS, Custom, Modules, OnPlanes
from .tiny_models import convolutional

N, TARGETS = 400, np.array([2, 0, 1])
METHODS = tuple(registry.names(registry.METHODS))
FEWER = {  # cells and draws, so that all of it takes seconds
    "occlusion": {"window_ms": 10.0, "hop_ms": 5.0},
    "random_masks": {"n_masks": 20, "segment_ms": 20.0, "n_bands": 2},
    "surrogate": {"n_perturbations": 40, "segment_ms": 20.0, "n_bands": 2},
    "expected_gradients": {"n_draws": 4},
    "smoothgrad": {"n_draws": 4},
}
SMOOTH = {"integrated_gradients": {"n_steps": 8, "n_max": 64}}
OF_LAYERS = ("grad_cam", "layer_cam")
FITTED = ("random_masks", "surrogate")  # statistics of draws, nowhere exactly 0
every_method = pytest.mark.parametrize("method", METHODS)


def clips(n=3, samples=N, dtype=np.float32, seed=0):
    return np.random.default_rng(seed).normal(size=(n, samples)).astype(dtype)


def build(method, **options):
    return workflow.build_analyzer(
        method, score="logit", **{**FEWER.get(method, {}), **SMOOTH.get(method, {}), **options}
    )


def maps(method, model, waveforms, targets, *, options=None, **rest):
    """Values of the map of each clip."""
    found = attribute(build(method, **(options or {})), model, waveforms, targets, **rest)
    return np.stack([clip.values for clip in found.clips])


def distance(one, other):
    return np.linalg.norm(one - other) / np.linalg.norm(other)


def network_of(variant, n_axes):
    network = variant(n_axes=n_axes)
    return network if n_axes == 1 else OnPlanes(network)


@every_method
@pytest.mark.parametrize("n_axes", [1, 2])
@pytest.mark.parametrize("variant", VARIANTS[1:], ids=lambda kind: kind.__name__)
def test_one_function_has_one_map_however_it_is_written(audio_model, method, variant, n_axes):
    if method in OF_LAYERS:
        pytest.skip("maps of a layer need that layer, which some of these have not")
    waveforms = clips()

    found = maps(method, audio_model(network_of(variant, n_axes)), waveforms, TARGETS)

    expected = maps(method, audio_model(network_of(Modules, n_axes)), waveforms, TARGETS)
    assert distance(found, expected) <= (1e-4 if variant.__name__ == "Folded" else 1e-5)


@every_method
def test_a_clip_gets_alone_and_in_any_order_what_it_gets_among_others(audio_model, method):
    model, waveforms, order = audio_model(convolutional()), clips(), np.array([2, 0, 1])

    among = maps(method, model, waveforms, TARGETS)

    permuted = maps(method, model, waveforms[order], TARGETS[order])
    if method in ("input_x_gradient", "saliency", "grad_cam", "layer_cam", "lrp", "deeplift"):
        alone = maps(method, model, waveforms[1:2], TARGETS[1:2])
        assert distance(alone[0], among[1]) <= 1e-5
    assert distance(permuted, among[order]) <= 1e-5


@every_method
@pytest.mark.parametrize("budget_bytes", [1, 2**18], ids=["1 byte", "256 KiB"])
def test_the_memory_that_may_be_used_changes_no_map(audio_model, method, budget_bytes):
    model, waveforms = audio_model(convolutional()), clips()

    small = maps(method, model, waveforms, TARGETS, budget_bytes=budget_bytes)

    assert distance(small, maps(method, model, waveforms, TARGETS)) <= 1e-5


@every_method
def test_two_calls_give_the_same_bits(audio_model, method):
    model, waveforms = audio_model(convolutional()), clips()

    first, second = (maps(method, model, waveforms, TARGETS) for _ in range(2))

    np.testing.assert_array_equal(first, second)


@every_method
def test_single_precision_is_enough(audio_model, method):
    single = convolutional(activation=nn.Softplus, pool=nn.AvgPool1d)
    double = convolutional(activation=nn.Softplus, pool=nn.AvgPool1d).double()
    double.load_state_dict(single.state_dict())

    found = maps(method, audio_model(single), clips(), TARGETS)

    expected = maps(method, audio_model(double), clips().astype(np.float64), TARGETS)
    assert distance(found, expected) <= 1e-3


@every_method
@pytest.mark.parametrize("mode", ["no_grad", "inference_mode", "frozen", "train"])
def test_the_mode_of_the_caller_changes_nothing(audio_model, method, mode):
    network, waveforms = convolutional(), clips()
    network.eval()
    expected = maps(method, audio_model(network), waveforms, TARGETS)
    network.train(mode == "train")
    network.requires_grad_(mode != "frozen")
    block = {"no_grad": torch.no_grad, "inference_mode": torch.inference_mode}.get(mode)

    with block() if block else torch.enable_grad():
        found = maps(method, audio_model(network), waveforms, TARGETS)

    np.testing.assert_array_equal(found, expected)


@every_method
@pytest.mark.filterwarnings("ignore:The .grad attribute")  # of the compiler's own look at inputs
@pytest.mark.parametrize("wrapped", ["DataParallel", "weight_norm", "compiled"])
def test_a_network_in_a_wrapper_has_the_map_of_the_network(audio_model, method, wrapped):
    plain, waveforms = convolutional().eval(), clips()
    expected = maps(method, audio_model(plain), waveforms, TARGETS)
    if wrapped == "weight_norm":
        network = convolutional().eval()
        nn.utils.parametrizations.weight_norm(network[0])
    elif wrapped == "compiled":
        network = torch.compile(convolutional().eval(), backend="eager")
    else:
        network = nn.DataParallel(convolutional().eval())

    found = maps(method, audio_model(network), waveforms, TARGETS)

    assert distance(found, expected) <= 1e-5


class Overwriting(nn.Module):
    """A network that overwrites the sound it is given."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, x):
        return self.network(x.mul_(2.0))


@every_method
def test_the_sound_is_not_overwritten_by_a_network_that_would(audio_model, method):
    waveforms = clips()

    found = maps(method, audio_model(Overwriting(convolutional())), waveforms, TARGETS)

    np.testing.assert_array_equal(waveforms, clips())
    twice = convolutional()
    twice[0].weight.data *= 2
    expected = maps(method, audio_model(twice), waveforms, TARGETS)
    assert distance(found, expected) <= 1e-5


class Failing(nn.Module):
    """A network that stops in one of its passes, or takes no part in stopping."""

    def __init__(self, error, at):
        super().__init__()
        self.network, self.error, self.at, self.n_passes = convolutional(), error, at, 0

    def forward(self, x):
        object.__setattr__(self, "n_passes", self.n_passes + 1)
        x = self.network[:4](x)
        if self.error is not None and self.n_passes >= self.at:
            raise self.error
        return self.network[4:](x)


def state_of(network):
    """All of a network that a caller could miss."""
    return {
        "weights": {name: value.clone() for name, value in network.state_dict().items()},
        "places": [tensor.data_ptr() for tensor in network.state_dict().values()],
        "training": [module.training for module in network.modules()],
        "frozen": [parameter.requires_grad for parameter in network.parameters()],
        "gradients": [id(parameter.grad) for parameter in network.parameters()],
        "hooks": [
            (len(m._forward_hooks), len(m._forward_pre_hooks), len(m._backward_hooks))
            for m in network.modules()
        ],
        "attributes": [sorted(vars(module)) for module in network.modules()],
    }


def world():
    """Global states that a call could change."""
    return (
        torch.get_rng_state().tolist(),
        np.random.get_state()[1].tolist(),  # noqa: NPY002
        random.getstate(),
        torch.is_grad_enabled(),
        torch.is_inference_mode_enabled(),
        torch.get_default_dtype(),
        torch.are_deterministic_algorithms_enabled(),
        torch.backends.mkldnn.enabled,
        torch.relu,
    )


FAILURES = {
    "nothing fails": (None, TARGETS, ()),
    "a target is none of the classes": (None, np.array([0, 1, 3]), ParameterError),
    "the first pass raises": ((ValueError("no"), 1), TARGETS, (ValueError, CnnvizError)),
    "the last step is out of memory": ((MemoryError(), 5), TARGETS, (MemoryError, CnnvizError)),
    "the user stops it": ((KeyboardInterrupt(), 6), TARGETS, KeyboardInterrupt),
}


@every_method
@pytest.mark.parametrize("failure", FAILURES)
def test_the_network_and_the_world_are_left_as_they_were(audio_model, method, failure):
    error, targets, raised = FAILURES[failure]
    network = Failing(*(error or (None, 0)))
    network.train()
    network.network(torch.randn(4, 1, N)).sum().backward()
    model, waveforms = audio_model(network), clips()
    before, states = state_of(network), world()

    if raised:
        with pytest.raises(raised):
            maps(method, model, waveforms, targets)
    else:
        maps(method, model, waveforms, targets)

    after = state_of(network)
    weights, kept = before.pop("weights"), after.pop("weights")
    assert all(torch.equal(weights[name], value) for name, value in kept.items())
    assert after == before
    assert world() == states
    np.testing.assert_array_equal(waveforms, clips())


@pytest.mark.parametrize("method", [m for m in METHODS if m not in (*OF_LAYERS, *FITTED)])
def test_what_the_network_does_not_hear_has_no_relevance(audio_model, method):
    class Start(nn.Module):
        def __init__(self):
            super().__init__()
            self.network = convolutional()

        def forward(self, x):
            return self.network(x[..., :N])

    waveforms = clips(samples=3 * N)

    found = attribute(build(method), audio_model(Start()), waveforms, TARGETS)

    for clip in found.clips:
        values = np.abs(clip.over_time(3 * N))
        assert values[2 * N :].max() <= 1e-7 * values.max()  # no window reaches so far back


@every_method
def test_scores_that_are_no_numbers_are_refused(audio_model, method):
    class Broken(Custom):
        def forward(self, x):
            return super().forward(x) / 0 * 0

    with pytest.raises(CnnvizError, match="not finite"):
        maps(method, audio_model(Broken()), clips(), TARGETS)


@pytest.mark.parametrize(
    "method", ["input_x_gradient", "integrated_gradients", "deeplift", "lrp", "grad_cam"]
)
def test_a_sound_that_comes_later_has_its_relevance_later(audio_model, method):
    network, jump = convolutional().eval(), 4
    burst, model = clips(1, 200), audio_model(network)
    early, late = np.zeros((1, 800), np.float32), np.zeros((1, 800), np.float32)
    early[:, 300:500] = burst
    late[:, 300 + 8 * jump : 500 + 8 * jump] = burst

    first, second = (maps(method, model, one, TARGETS[:1]) for one in (early, late))

    steps = 8 * jump if first.shape[1] == 800 else 8
    inside = slice(steps + 5, -5)  # the ends of the clip stay where they are
    expected = np.roll(first, steps, axis=1)[:, inside]
    assert np.abs(expected).max() == np.abs(first).max()
    assert distance(second[:, inside], expected) <= 1e-5
