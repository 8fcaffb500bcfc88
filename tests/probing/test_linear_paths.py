"""Networks without their nonlinearities, against the same networks built without them."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from cnnviz.dsp.composite import Kernel, Nonlinearity, Pool, effective_kernel
from cnnviz.dsp.composite_policies import rectifier_gain
from cnnviz.frontend import FrontendSpec
from cnnviz.model import ModelSpec, assemble
from cnnviz.probing import unit_layers
from cnnviz.probing.linear_paths import MeasuringGains, NotLinearError, WithoutNonlinearities
from cnnviz.probing.linear_responses import linear_responses, measure_gains

RATE = 8000
HERTZ = np.array([110.0, 437.0, 1000.0, 3100.0])


class Branches(nn.Module):
    """A residual addition, a concatenation, rectifiers as module, function and method."""

    def __init__(self, *, is_linear=False):
        super().__init__()
        torch.manual_seed(0)
        self.first = nn.Conv1d(1, 4, 9, stride=2, padding=4)
        self.norm = nn.BatchNorm1d(4)
        self.inner = nn.Conv1d(4, 4, 5, padding=4, dilation=2)
        self.short = nn.Conv1d(4, 3, 1)
        self.long = nn.Conv1d(4, 3, 7, padding=3)
        self.last = nn.Conv1d(6, 5, 3)
        self.is_linear = is_linear
        self.rectifier = nn.Identity() if is_linear else nn.ReLU(inplace=True)

    def pooled(self, x):
        return F.avg_pool1d(x, 3, 2) if self.is_linear else F.max_pool1d(x, 3, 2)

    def forward(self, x):
        x = self.rectifier(self.norm(self.first(x)))
        inner = self.inner(x)
        x = x + (inner if self.is_linear else F.leaky_relu(inner, 0.1))
        x = self.pooled(x)
        long = self.long(x)
        return self.last(torch.cat([self.short(x), long if self.is_linear else long.tanh()], 1))


def settled(network):
    torch.manual_seed(1)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm1d):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2)
    return network.eval()


def model_of(network):
    spec = ModelSpec(sample_rate=RATE, n_samples=4000, frontend=FrontendSpec())
    return assemble(network, spec, name="net", reference="net")


def response(taps):
    times = np.arange(taps.shape[-1]) / RATE
    return np.abs(taps @ np.exp(-2j * np.pi * np.outer(times, HERTZ)))


def test_under_identity_the_jacobian_through_branches_is_that_of_the_net_without_functions():
    network, linear = (settled(Branches(is_linear=flag)).double() for flag in (False, True))
    sound = torch.randn(1, 1, 120, dtype=torch.float64)

    with WithoutNonlinearities():
        found = torch.autograd.functional.jacobian(network, sound)

    expected = torch.autograd.functional.jacobian(linear, sound)
    np.testing.assert_allclose(found.numpy(), expected.numpy(), atol=1e-10)


def test_responses_through_branches_are_the_spectrum_of_that_jacobian():
    network, linear = (settled(Branches(is_linear=flag)) for flag in (False, True))
    sound = torch.randn(1, 1, 201, dtype=torch.float64)
    jacobian = torch.autograd.functional.jacobian(linear.double(), sound)[0, :, :, 0, 0]
    middle = jacobian[:, jacobian.shape[1] // 2].numpy()  # (unit, tap)

    model = model_of(network)
    layers = unit_layers(model, ["last"])
    found = linear_responses(model, layers, HERTZ)

    assert found.absent == {}
    np.testing.assert_allclose(found.gains["last"], response(middle), rtol=1e-4, atol=1e-6)


def chain_model():
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv1d(1, 6, 17, stride=2), nn.ReLU(), nn.MaxPool1d(4, 2), nn.Conv1d(6, 5, 5, dilation=2)
    )
    return model_of(network)


def step_of(layer):
    return Kernel(
        taps=layer.weight.detach().double().numpy(),
        bias=layer.bias.detach().double().numpy(),
        stride=layer.stride,
        dilation=layer.dilation,
        padding=layer.padding,
    )


def test_under_identity_a_chain_has_the_response_of_its_composite():
    model = chain_model()
    first, _, _, last = model.network
    pool = Pool(kind="max", kernel=(4,), stride=(2,), padding=(0,))
    chain = [step_of(first), Nonlinearity(name="relu"), pool, step_of(last)]

    found = linear_responses(model, unit_layers(model, ["3"]), HERTZ)

    expected = response(effective_kernel(chain, 1).taps[:, 0])
    np.testing.assert_allclose(found.gains["3"], expected, rtol=1e-3, atol=1e-6)


def test_rectifiers_of_zero_mean_noise_halve_the_composite():
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv1d(1, 6, 16, stride=2, bias=False), nn.ReLU(), nn.Conv1d(6, 5, 5, bias=False)
    )
    model = model_of(network)
    layers = unit_layers(model, ["2"])
    gains = measure_gains(model, layers, rms=0.1, seed=0)

    half = linear_responses(model, layers, HERTZ, gains).gains["2"]

    whole = linear_responses(model, layers, HERTZ).gains["2"]
    np.testing.assert_allclose(gains[0].values, 0.5, atol=0.01)
    np.testing.assert_allclose(half, 0.5 * whole, atol=0.02 * whole.max())


def test_measured_gains_of_rectifiers_are_those_of_bussgang():
    means = torch.tensor([0.0, -1.0, 0.25])
    noise = torch.from_numpy(np.random.default_rng(0).normal(size=(20, 3, 20_000)))
    measuring = MeasuringGains()
    with measuring:
        F.relu(noise + means[:, None])

    expected = rectifier_gain(means.double().numpy(), np.ones(3))
    np.testing.assert_allclose(measuring.gains[0].values, expected, atol=3e-3)


def test_the_gain_of_a_function_is_its_mean_slope():
    """E tanh'(z) = E z tanh(z) for a standard normal z (Stein)."""
    noise = torch.from_numpy(np.random.default_rng(0).normal(size=(10, 1, 40_000)))
    measuring = MeasuringGains()
    with measuring:
        answers = torch.tanh(noise)

    np.testing.assert_allclose(measuring.gains[0].values, (noise * answers).mean(), atol=5e-3)


@pytest.mark.parametrize("axes", [1, 2])
def test_largest_cells_of_white_noise_lie_anywhere_so_that_pooling_is_an_average(axes):
    shape = (8, 3, 30_000) if axes == 1 else (8, 3, 60, 500)
    noise = torch.from_numpy(np.random.default_rng(0).normal(size=shape))
    pool = F.max_pool1d if axes == 1 else F.max_pool2d
    measuring = MeasuringGains()
    with measuring:
        pool(noise, 4, 3)
    (gain,) = measuring.gains
    with WithoutNonlinearities(measuring.gains):
        found = pool(noise, 4, 3)

    average = F.avg_pool1d if axes == 1 else F.avg_pool2d
    assert gain.values.shape == (3, *(4,) * axes)
    np.testing.assert_allclose(gain.values, 4.0**-axes, atol=0.01)
    np.testing.assert_allclose(found, average(noise, 4, 3), atol=0.1)


def test_a_pool_passes_on_the_cell_that_is_always_the_largest():
    rising = torch.arange(30.0).expand(2, 3, 30)
    measuring = MeasuringGains()
    with measuring:
        F.max_pool1d(rising, 3, 2, 1, 2)

    np.testing.assert_array_equal(measuring.gains[0].values, [[0, 0, 1]] * 3)


def test_equal_cells_count_in_equal_parts():
    measuring = MeasuringGains()
    with measuring:
        F.max_pool1d(torch.zeros(1, 2, 12), 4)

    np.testing.assert_array_equal(measuring.gains[0].values, np.full((2, 4), 0.25))


def test_a_product_of_two_branches_is_said_to_be_not_linear():
    class Gated(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.last = nn.Conv1d(1, 3, 5), nn.Conv1d(3, 2, 5)

        def forward(self, x):
            x = self.first(x)
            return self.last(x * torch.sigmoid(x))

    model = model_of(Gated())
    found = linear_responses(model, unit_layers(model, ["first", "last"]), HERTZ)

    assert list(found.gains) == ["first"]
    assert found.absent == {"last": "a step on the way is not linear under any gain"}


def test_pooling_with_a_last_partial_window_is_refused():
    with pytest.raises(NotLinearError, match="max_pool1d with ceil_mode"), WithoutNonlinearities():
        F.max_pool1d(torch.zeros(1, 1, 9), 2, ceil_mode=True)


def test_the_model_is_given_back_as_it_was():
    model = chain_model()
    before = {name: tensor.clone() for name, tensor in model.network.state_dict().items()}

    layers = unit_layers(model, ["3"])
    linear_responses(model, layers, HERTZ, measure_gains(model, layers, rms=0.1, seed=0))

    after = model.network.state_dict()
    assert all(torch.equal(tensor, after[name]) for name, tensor in before.items())
    assert model.network[2](torch.tensor([[[1.0, 3.0, 2.0, 0.0]]])).item() == 3.0


def test_functions_of_parameters_make_what_is_learned_and_stay():
    class Scaled(nn.Module):
        def __init__(self):
            super().__init__()
            self.width = nn.Parameter(torch.tensor([[-1.0], [0.5]]))
            self.conv = nn.Conv1d(1, 2, 5)

        def forward(self, x):
            return torch.relu(self.conv(x)) * F.softplus(2 * self.width)

    network, sound = Scaled(), torch.randn(3, 1, 20)

    with WithoutNonlinearities():
        found = network(sound)

    expected = network.conv(sound) * F.softplus(2 * network.width)
    torch.testing.assert_close(found, expected)
