"""A path between two convolutions computes what the network computes between them."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cnnviz.dsp.composite import Affine, Kernel, Nonlinearity, Pad, Pool, Step, effective_kernel
from cnnviz.trace import NetworkTrace, trace
from tests.trace.networks import Function, model_of

pytestmark = pytest.mark.filterwarnings("ignore:Using padding=.same. with even kernel")
_PER_CHANNEL = torch.tensor([[0.5], [-2.0], [3.0]], dtype=torch.float64)


def _between(change: Callable[[Tensor], Tensor], n_channels: int = 3) -> Function:
    """Convolution ``a``, a change, convolution ``b``."""
    torch.manual_seed(0)
    return Function(
        lambda x, a, b: b(change(a(x))), a=nn.Conv1d(1, 3, 5), b=nn.Conv1d(n_channels, 2, 3)
    )


def _path(network: nn.Module, first: str = "a", last: str = "b") -> tuple[Step, ...] | None:
    return trace(model_of(network), 60).path(first, last)


def _run(step: Step, values: Tensor) -> Tensor:
    """One step as its definition says."""
    if isinstance(step, Affine):
        scale, shift = (torch.from_numpy(v.copy())[:, None] for v in (step.scale, step.shift))
        return values * scale + shift
    if isinstance(step, Pad):
        return F.pad(values, (*step.left, *step.right))
    if isinstance(step, Pool):
        if step.kind == "max":
            dilation = step.dilation or 1
            return F.max_pool1d(values, step.kernel, step.stride, step.padding, dilation)
        return F.avg_pool1d(values, step.kernel, step.stride, step.padding)
    if isinstance(step, Kernel):
        weight = torch.from_numpy(step.taps.copy())
        bias = None if step.bias is None else torch.from_numpy(step.bias.copy())
        return F.conv1d(values, weight, bias, step.stride, step.padding, step.dilation, step.groups)
    return getattr(F, step.name, getattr(torch, step.name, None))(values)


def _states(network: Function) -> tuple[Tensor, Tensor]:
    """What convolution ``a`` gives, and what ``b`` gets, for one noise clip."""
    found: list[Tensor] = []
    hooks = [
        network.a.register_forward_hook(lambda _, __, output: found.append(output.clone())),
        network.b.register_forward_pre_hook(lambda _, inputs: found.append(inputs[0].clone())),
    ]
    with torch.no_grad():
        network.eval()(torch.randn(1, 1, 60, dtype=torch.float64))
    for hook in hooks:
        hook.remove()
    return found[0], found[-1]


def _norm() -> nn.BatchNorm1d:
    norm = nn.BatchNorm1d(3).double().eval()
    for values in (norm.running_mean, norm.running_var, norm.weight.data, norm.bias.data):
        values.uniform_(0.5, 2)
    return norm


@pytest.mark.parametrize(
    ("change", "kinds"),
    [
        (lambda x: x, ()),
        (F.gelu, (Nonlinearity,)),
        (lambda x: torch.tanh(x * 2), (Affine, Nonlinearity)),
        (lambda x: x.abs_(), (Nonlinearity,)),
        (_norm(), (Affine,)),
        (nn.BatchNorm1d(3, affine=False).double().eval(), (Affine,)),
        (lambda x: 3 + x, (Affine,)),
        (lambda x: x - 2, (Affine,)),
        (lambda x: torch.sub(x, 1, alpha=3), (Affine,)),
        (lambda x: x / 4, (Affine,)),
        (lambda x: x.mul_(_PER_CHANNEL).add_(_PER_CHANNEL, alpha=2), (Affine, Affine)),
        (lambda x: F.max_pool1d(x, 4, 3, 1), (Pool,)),
        (lambda x: F.max_pool1d(x, 3, 1, dilation=4), (Pool,)),
        (lambda x: F.avg_pool1d(x, 3), (Pool,)),
        (nn.ZeroPad1d((2, 5)), (Pad,)),
        (lambda x: F.pad(x, (-2, 1)), (Pad,)),
        (lambda x: x[..., 2:], (Pad,)),
        (lambda x: x[..., 1:-4:3], (Pad, Pool)),
        (lambda x: x.unsqueeze(2).clone().squeeze(2).contiguous(), ()),
        (nn.Conv1d(3, 3, 4, 2, 1, 3, groups=3).double(), (Kernel,)),
        (lambda x: F.conv1d(x, torch.ones(3, 3, 2).double(), padding="same"), (Pad, Kernel)),
        (nn.Sequential(nn.Dropout(), nn.ReLU(), nn.AvgPool1d(2)).eval(), (Nonlinearity, Pool)),
    ],
    ids=[
        *("nothing", "gelu", "scaled tanh", "abs in place", "batch norm", "plain batch norm"),
        *(
            "plus",
            "minus",
            "minus times",
            "divided",
            "per channel",
            "max",
            "dilated max",
            "average",
        ),
        *("padded", "cropped", "slice", "strided slice", "views", "convolution", "same", "modules"),
    ],
)
def test_the_steps_compute_what_the_network_computes(change, kinds) -> None:
    network = _between(change)
    values, expected = _states(network)

    steps = _path(network)

    for step in steps:
        values = _run(step, values)
    assert tuple(type(step) for step in steps) == kinds
    assert values.shape == expected.shape
    assert np.allclose(values.detach().numpy(), expected.numpy(), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    "change",
    [
        lambda x: 2 - x,
        lambda x: x + x,
        lambda x: x * x,
        lambda x: 1 / x,
        lambda x: x.clamp(max=1.0) + x,
        lambda x: torch.ones(3, 1) - x,
        lambda x: x + torch.arange(56.0),
        lambda x: torch.div(x, 2, rounding_mode="floor"),
        lambda x: x[:, [0, 1, 1]],
        lambda x: x.flip(-1),
        lambda x: x.permute(0, 2, 1).reshape(len(x), 3, -1),
        lambda x: x.reshape(len(x), 3, 28, 2).mean(-1),
        lambda x: F.pad(x, (2, 3), value=1.0),
        lambda x: F.pad(x, (2, 3), mode="reflect"),
        lambda x: F.batch_norm(x, None, None, training=True),
        lambda x: F.conv_transpose1d(x, torch.ones(3, 3, 2).double()),
        lambda x: F.avg_pool2d(x.unsqueeze(2), (1, 3), divisor_override=1).squeeze(2),
    ],
    ids=[
        *("reversed minus", "doubled", "squared", "inverse", "branches", "constant minus"),
        *("ramp", "floor", "other channels", "flip", "transposed", "folded", "ones", "reflect"),
        *("batch statistics", "transposed convolution", "another divisor"),
    ],
)
def test_what_no_step_can_say_is_no_path(change) -> None:
    assert _path(_between(change)) is None


def test_channels_laid_around_the_others_are_no_path() -> None:
    network = _between(lambda x: F.pad(x, (0, 0, 1, 1)), n_channels=5)

    assert _path(network) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda x: (x.view(len(x), 3, 1, -1).relu_(), x)[1],
        lambda x: (x.detach(), x.relu_())[0],
        lambda x: (x[..., :9].mul_(2), x)[1],
    ],
    ids=["through a view", "seen by an alias", "in part"],
)
def test_what_was_changed_through_other_names_of_its_memory_is_no_path(change) -> None:
    assert _path(_between(change)) is None


def test_there_is_no_path_backwards_to_itself_or_from_nowhere() -> None:
    network = _between(torch.relu)

    assert _path(network, "b", "a") is None
    assert _path(network, "a", "a") is None
    assert _path(network, "a", "zz") is None


def test_calls_of_a_shared_module_have_paths_of_their_own() -> None:
    conv = nn.Conv1d(1, 1, 3)
    network = Function(lambda x, conv: conv(torch.tanh(conv(x).mul(2))), conv=conv)

    steps = _path(network, "conv", "conv#1")

    assert [type(step) for step in steps] == [Affine, Nonlinearity]


def test_steps_of_planes_have_two_axes() -> None:
    network = nn.Sequential(
        nn.Conv2d(1, 2, 3), nn.ZeroPad2d((1, 2, 3, 4)), nn.MaxPool2d((2, 3), (1, 2), (1, 0)),
        nn.Conv2d(2, 1, 2),
    )  # fmt: skip
    network = Function(lambda x, net: net(x.reshape(len(x), 1, 10, 12)), net=network)

    found = trace(model_of(network), 120).path("net.0", "net.3")

    assert found == (
        Pad(left=(3, 1), right=(4, 2)),
        Pool(kind="max", kernel=(2, 3), stride=(1, 2), padding=(1, 0)),
    )


def _chain(found: NetworkTrace, first: str, last: str) -> list[Step]:
    kernels = [
        Kernel(
            taps=conv.weight,
            bias=conv.bias,
            stride=conv.stride,
            dilation=conv.dilation,
            padding=conv.padding,
            groups=conv.groups,
        )
        for conv in (found.convolution(first), found.convolution(last))
    ]
    return [kernels[0], *(found.path(first, last) or ()), kernels[1]]


@pytest.mark.parametrize("seed", range(5))
def test_convolutions_and_their_path_are_one_kernel_with_the_field_of_the_last(seed) -> None:
    random = np.random.default_rng(seed)
    taps, stride, dilation, pool = (int(n) for n in random.integers(1, 5, size=4))
    network = _between(nn.Sequential(_norm(), nn.AvgPool1d(pool, stride)))
    network.b = nn.Conv1d(3, 2, taps, stride, dilation=dilation).double()
    inputs = torch.randn(1, 1, 200, dtype=torch.float64)
    found = trace(model_of(network), 200)

    kernel = effective_kernel(_chain(found, "a", "b"), 1)

    weight, bias = (torch.from_numpy(np.array(v)) for v in (kernel.taps, kernel.bias))
    with torch.no_grad():
        expected = network.eval()(inputs)
        values = F.conv1d(inputs, weight, bias, stride=kernel.jump)
    field = found.call("b").time_field
    assert (field.offset, field.jump, field.size) == (0, kernel.jump[0], weight.shape[-1])
    assert np.allclose(values.numpy(), expected.numpy(), rtol=1e-9, atol=1e-9)


def test_what_follows_a_layer_is_named_up_to_where_readers_part() -> None:
    network = nn.Sequential(
        nn.Conv1d(1, 3, 5), nn.AvgPool1d(2), nn.BatchNorm1d(3), nn.ReLU(), nn.MaxPool1d(4),
        nn.Conv1d(3, 2, 3),
    )  # fmt: skip

    steps = trace(model_of(network.eval()), 60).followers("0")

    kinds = [getattr(step, "name", getattr(step, "kind", "affine")) for step in steps]
    assert kinds == ["avg", "affine", "relu", "max"]
