"""Layer calls and convolutions are named, counted and kept as the network runs them."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import parametrizations

from cnnviz.errors import LayerNotFoundError
from cnnviz.trace import Convolution, NetworkTrace, trace
from tests.trace.networks import Function, model_of, traced

_OWN_WEIGHT = torch.linspace(-1, 1, 12, dtype=torch.float64).reshape(3, 2, 2)

_LONG = "2->6, 9 taps, stride 2, dilation 3, padding 4, groups 2"


class _Mixed(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.front = nn.Sequential(nn.Conv1d(1, 4, 9, 2), nn.BatchNorm1d(4), nn.PReLU(4))
        self.back = nn.LSTM(4, 5, batch_first=True)
        self.norm = nn.LayerNorm(5)
        self.head = nn.Linear(5, 3)

    def forward(self, inputs: Tensor) -> dict[str, Tensor]:
        hidden, _ = self.back(self.front(inputs).transpose(1, 2))
        return {"scores": self.head(self.norm(hidden).mean(1))}


def _outputs(network: nn.Module, n_samples: int) -> dict[str, tuple[int, ...]]:
    """Shapes that hooks of our own see, by module name."""
    found: dict[str, tuple[int, ...]] = {}

    def listen(name: str) -> None:
        def hook(module: nn.Module, inputs: object, output: object) -> None:
            tensor = output[0] if isinstance(output, tuple) else output
            found[name] = tuple(tensor.shape[1:])

        network.get_submodule(name).register_forward_hook(hook)

    for name, module in network.named_modules():
        if not list(module.children()):
            listen(name)
    network.eval()(torch.zeros(2, 1, n_samples))
    return found


def test_calls_have_the_shapes_of_hooks_and_the_parameters_of_their_modules() -> None:
    network = _Mixed()
    calls = trace(model_of(network), 100).calls

    shapes = _outputs(network, 100)

    assert {call.name: call.output_shape for call in calls} == shapes
    assert [call.name for call in calls] == list(shapes)
    assert [call.kind for call in calls] == [
        *("Conv1d", "BatchNorm1d", "PReLU", "LSTM", "LayerNorm", "Linear"),
    ]
    for call in calls:
        module = network.get_submodule(call.name)
        assert call.n_parameters == sum(p.numel() for p in module.parameters())


@pytest.mark.parametrize(
    ("module", "detail"),
    [
        (nn.Conv1d(2, 6, 9), "2->6, 9 taps, stride 1"),
        (nn.Conv1d(2, 6, 9, 2, 4, 3, groups=2), _LONG),
        (nn.ConvTranspose1d(2, 6, 4, 2), "2->6, 4 taps, stride 2"),
        (nn.MaxPool1d(4, 2), "4 cells, stride 2"),
        (nn.AvgPool1d(3), "3 cells, stride 3"),
        (nn.AdaptiveMaxPool1d(7), "to 7 cells"),
        (nn.Linear(50, 3), "50->3"),
        (nn.ReLU(), ""),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, nn.Module) else "",
)
def test_one_line_says_what_a_layer_does(module, detail) -> None:
    network = Function(lambda x, layer: layer(x.expand(-1, 2, -1)), layer=module)

    (call,) = trace(model_of(network), 50).calls

    assert call.detail == detail


class _Twice(nn.Module):
    """A module without children that convolves two times."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(1, 1, 3, dtype=torch.float64))

    def forward(self, inputs: Tensor) -> Tensor:
        return F.conv1d(F.conv1d(inputs, self.weight), self.weight.flip(-1))


def test_convolutions_inside_a_leaf_are_named_after_it_and_are_no_calls() -> None:
    found = traced(lambda x, a: a(a(x)), 60, a=_Twice())

    assert [call.name for call in found.calls] == ["a", "a#1"]
    assert [call.n_parameters for call in found.calls] == [3, 0]
    assert [c.name for c in found.convolutions] == [
        *("a:conv1d", "a:conv1d#1", "a#1:conv1d", "a#1:conv1d#1"),
    ]
    assert [c.registered for c in found.convolutions] == [True, False, True, False]


def test_functions_in_the_body_of_a_module_are_calls_nobody_can_listen_to() -> None:
    def body(inputs: Tensor, conv: nn.Module) -> Tensor:
        hidden = F.avg_pool1d(F.max_pool1d(conv.forward(inputs), 2), 3)
        return F.conv_transpose1d(F.conv2d(hidden[:, :, None], _OWN_WEIGHT[..., None, :])[:, :, 0],
                                  _OWN_WEIGHT)  # fmt: skip

    found = traced(body, 60, conv=nn.Conv1d(1, 2, 5))

    assert [(c.name, c.kind, c.output_shape, c.is_module) for c in found.calls] == [
        (":conv1d", "conv1d", (2, 56), False),
        (":max_pool1d", "max_pool1d", (2, 28), False),
        (":avg_pool1d", "avg_pool1d", (2, 9), False),
        (":conv2d", "conv2d", (3, 1, 8), False),
        (":conv_transpose1d", "conv_transpose1d", (2, 9), False),
    ]
    assert [c.registered for c in found.convolutions] == [True, False, False]


def test_a_network_that_is_one_layer_has_one_call_without_a_name() -> None:
    found = trace(model_of(nn.Conv1d(1, 2, 3)), 20)

    assert [(call.name, call.kind, call.n_parameters) for call in found.calls] == [
        ("", "Conv1d", 8),
    ]
    assert found.convolution("").weight.shape == (2, 1, 3)


def test_layers_with_tied_weights_are_two_convolutions_with_one_weight() -> None:
    one, other = nn.Conv1d(1, 1, 3), nn.Conv1d(1, 1, 3, dilation=2, bias=False)
    other.weight = one.weight
    found = traced(lambda x, one, other: other(one(x)), 40, one=one, other=other)

    first, second = found.convolutions

    assert (first.name, second.name) == ("one", "other")
    assert (first.weight == second.weight).all()
    assert second.bias is None
    assert second.dilation == (2,)
    assert second.input_field.size == 3


def _unchanged(conv: nn.Module) -> nn.Module:
    return conv


@pytest.mark.parametrize(
    "change",
    [_unchanged, parametrizations.weight_norm, parametrizations.spectral_norm],
    ids=["plain", "weight norm", "spectral norm"],
)
@pytest.mark.parametrize(
    "conv",
    [
        lambda: nn.Conv1d(2, 6, 4, 3, 2, 2, groups=2),
        lambda: nn.Conv1d(2, 3, 5, bias=False),
        lambda: nn.ConvTranspose1d(2, 4, 5, 2, 1, dilation=2, groups=2),
    ],
    ids=["grouped", "plain", "transposed"],
)
def test_a_convolution_run_again_from_its_record_gives_what_the_layer_gave(conv, change) -> None:
    torch.manual_seed(0)
    layer = change(conv()).double().eval()
    network = Function(lambda x, layer: layer(x.expand(-1, 2, -1)), layer=layer)

    (found,) = trace(model_of(network), 50).convolutions

    inputs = torch.randn(1, 2, 50, dtype=torch.float64)
    with torch.no_grad():
        expected = layer(inputs)
    assert found.name == "layer"
    assert torch.allclose(_again(found, inputs), expected, rtol=1e-12)


def _again(conv: Convolution, inputs: Tensor) -> Tensor:
    weight = torch.tensor(conv.weight)
    bias = None if conv.bias is None else torch.tensor(conv.bias)
    sizes = {"stride": conv.stride, "padding": conv.padding, "dilation": conv.dilation}
    function = F.conv_transpose1d if conv.transposed else F.conv1d
    return function(inputs, weight, bias, groups=conv.groups, **sizes)


def test_weights_of_a_record_stay_when_those_of_the_network_change() -> None:
    conv = nn.Conv1d(1, 1, 3)
    found = trace(model_of(conv), 20).convolutions[0]
    before = found.weight.copy()

    with torch.no_grad():
        conv.weight.add_(1)

    assert (found.weight == before).all()
    with pytest.raises(ValueError, match="read-only"):
        found.weight[0] = 0


@pytest.fixture(scope="module")
def mixed() -> NetworkTrace:
    return trace(model_of(_Mixed()), 100)


def test_a_layer_that_is_not_there_is_named_with_those_that_are(mixed) -> None:
    with pytest.raises(
        LayerNotFoundError, match=r"'x' is not in the network; layers: front\.0, .*, head; see"
    ):
        mixed.call("x")


def test_a_layer_that_is_no_convolution_is_named_with_those_that_are(mixed) -> None:
    with pytest.raises(
        LayerNotFoundError, match=r"'head' is not a convolution .*; convolutions: front\.0; see"
    ):
        mixed.convolution("head")
