"""Receptive fields of a traced network equal what gradients see."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cnnviz.dsp.composite import Affine, Nonlinearity, Pool
from cnnviz.errors import ShapeError, UnsupportedModelError
from cnnviz.grid import EXACT, UNKNOWN, UPPER
from cnnviz.model import AudioModel, ModelSpec, WeightsOnly, assemble
from cnnviz.trace import trace

pytestmark = pytest.mark.filterwarnings("ignore:Using padding=.same. with even kernel")


def model_of(network: nn.Module, **spec: object) -> AudioModel:
    return assemble(network, ModelSpec(sample_rate=16000, **spec), name="m", reference="m")


class M5(nn.Module):
    """The published raw-waveform network: 80 taps, stride 16, then pools of four."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleDict()
        for i, (wide, taps, stride) in enumerate([(8, 80, 16), (8, 3, 1), (12, 3, 1), (16, 3, 1)]):
            before = (1, 8, 8, 12)[i]
            self.layers[f"conv{i + 1}"] = nn.Conv1d(before, wide, taps, stride)
            self.layers[f"norm{i + 1}"] = nn.BatchNorm1d(wide)
            self.layers[f"pool{i + 1}"] = nn.MaxPool1d(4)
        self.head = nn.Linear(16, 10)

    def forward(self, inputs: Tensor) -> Tensor:
        for i in range(1, 5):
            hidden = F.relu(self.layers[f"norm{i}"](self.layers[f"conv{i}"](inputs)))
            inputs = self.layers[f"pool{i}"](hidden)
        return self.head(inputs.mean(-1))


@pytest.mark.parametrize(
    ("layer", "size", "jump"),
    [
        ("conv1", 80, 16),
        ("pool1", 128, 64),
        ("conv2", 256, 64),
        ("pool2", 448, 256),
        ("conv3", 960, 256),
        ("pool3", 1728, 1024),
        ("conv4", 3776, 1024),
        ("pool4", 6848, 4096),
    ],
)
def test_m5_has_the_published_receptive_fields(layer, size, jump) -> None:
    field = trace(model_of(M5())).call(f"layers.{layer}").time_field

    assert (field.offset, field.size, field.jump, field.status) == (0, size, jump, EXACT)


def test_m5_never_sees_the_last_samples_of_a_second() -> None:
    assert trace(model_of(M5())).covered == (0, 15040)


def test_strided_dilated_padded_chain_has_the_support_found_by_perturbation() -> None:
    network = nn.Sequential(
        nn.Conv1d(1, 4, 80, 16),
        nn.MaxPool1d(4, 4),
        nn.Conv1d(4, 4, 3, dilation=2, padding=2),
        nn.AvgPool1d(4, 4, padding=1),
    )

    field = trace(model_of(network)).call("3").time_field

    assert (field.offset, field.size, field.jump) == (-192, 576, 256)
    assert field.span(4) == (832, 1408)


class _Random(nn.Module):
    """A random network of convolutions, pools, residual and parallel branches."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        random = np.random.default_rng(seed)
        self.blocks = nn.ModuleList()
        self.kinds: list[str] = []
        for _ in range(random.integers(2, 6)):
            kind = str(random.choice(["conv", "same", "max", "avg", "residual", "branches", "cat"]))
            self.kinds.append(kind)
            self.blocks.append(_block(kind, random))

    def forward(self, inputs: Tensor) -> Tensor:
        hidden = inputs.expand(-1, 2, -1)
        for kind, block in zip(self.kinds, self.blocks, strict=True):
            if kind == "residual":
                hidden = hidden + F.softplus(block(hidden))
            elif kind == "branches":
                hidden = block[0](hidden) + block[1](hidden)
            elif kind == "cat":
                both = torch.cat([block[0](hidden), block[1](hidden)], dim=1)
                hidden = both[:, ::2]
            else:
                hidden = block(hidden)
        return hidden


def _block(kind: str, random: np.random.Generator) -> nn.Module:
    taps, stride, dilation = (int(random.integers(1, n)) for n in (8, 4, 4))
    reach = (taps - 1) * dilation
    if kind == "conv":
        padding = int(random.integers(0, reach + 1))
        return nn.Conv1d(2, 2, taps, stride, padding, dilation, bias=False)
    if kind == "same":
        return nn.Conv1d(2, 2, taps, padding="same", dilation=dilation, bias=False)
    if kind in ("max", "avg"):
        padding = int(random.integers(0, taps // 2 + 1))
        pool = nn.MaxPool1d if kind == "max" else nn.AvgPool1d
        return pool(taps, stride, padding, ceil_mode=bool(random.integers(2)))
    odd = 2 * int(random.integers(0, 4)) + 1
    first = nn.Conv1d(2, 2, odd, padding=(odd - 1) // 2 * dilation, dilation=dilation)
    if kind == "residual":
        return nn.Sequential(first, nn.BatchNorm1d(2))
    shift = int(random.integers(0, 3))
    second = nn.Sequential(nn.ZeroPad1d((shift, 3 - shift)), nn.Conv1d(2, 2, 4, bias=False))
    return nn.ModuleList([first, second])


def _positive(network: nn.Module, *, max_as_mean: bool) -> nn.Module:
    """Weights that cannot cancel; a maximum would hide all cells but one."""
    network = network.double().eval()
    for parameter in network.parameters():
        parameter.data = parameter.data.abs() + 0.1
    if max_as_mean:
        for module in network.modules():
            for name, child in list(module.named_children()):
                if isinstance(child, nn.MaxPool1d):
                    mean = nn.AvgPool1d(
                        child.kernel_size, child.stride, child.padding, ceil_mode=child.ceil_mode
                    )
                    setattr(module, name, mean)
    return network


def _support(network: nn.Module, n_samples: int, index: int) -> tuple[int, int]:
    inputs = torch.rand(1, 1, n_samples, dtype=torch.float64, requires_grad=True)
    network(inputs)[0, ..., index].sum().backward()
    seen = torch.nonzero(inputs.grad[0, 0]).flatten()
    return int(seen[0]), int(seen[-1]) + 1


@pytest.mark.parametrize("seed", range(50))
def test_fields_of_random_networks_equal_the_support_of_gradients(seed) -> None:
    n_samples = 2500
    torch.manual_seed(seed)
    network = _Random(seed)
    found = trace(model_of(network), n_samples)
    field, n_cells = found.output_field, found.output_cells
    network = _positive(network, max_as_mean=True)
    equal = 0

    for index in sorted({0, 1, n_cells // 2, n_cells - 1}):
        start, stop = field.span(index)
        first, last = _support(network, n_samples, index)
        assert start <= first
        assert last <= stop
        if start >= 0 and stop <= n_samples and field.status == EXACT:
            assert (first, last) == (start, stop)
            equal += 1

    assert field.status in (EXACT, UPPER)
    assert equal >= 1 or field.status == UPPER


def test_some_random_networks_are_exact_and_some_upper_bounds() -> None:
    statuses = [trace(model_of(_Random(seed)), 2500).output_field.status for seed in range(50)]

    assert statuses.count(EXACT) >= 25
    assert statuses.count(UPPER) >= 3


def test_frames_of_a_spectrogram_are_told_in_audio_samples() -> None:
    frontend = {"kind": "log_mel", "n_fft": 480, "hop_length": 160, "n_mels": 40}
    model = model_of(
        nn.Sequential(nn.Conv2d(1, 4, (5, 3), stride=(2, 1), padding=(2, 1)), nn.ReLU()),
        frontend=ModelSpec.from_dict({"frontend": frontend}, source="t").frontend,
    )

    found = trace(model, 16000)

    (conv,) = found.convolutions
    own = model.frontend.grid(16000).receptive_field
    field = found.call("0").time_field
    assert conv.axes == ("frequency", "time")
    assert conv.time_axis_jump == 160
    assert field.jump == 160
    assert field.size == own.size + 2 * 160
    assert field.offset == own.offset - 160
    assert found.call("0").frequency_field.jump == 2
    assert found.call("0").frequency_field.offset == -2
    assert found.call("0").output_shape == (4, 20, 101)


def test_unregistered_weights_in_a_functional_convolution_are_found() -> None:
    class _Sinc(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.bank = torch.randn(6, 1, 9)

        def forward(self, inputs: Tensor) -> Tensor:
            return F.conv1d(inputs, self.bank, stride=2)

    class _Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.front = _Sinc()
            self.conv = nn.Conv1d(6, 2, 3)

        def forward(self, inputs: Tensor) -> Tensor:
            return F.conv1d(self.conv(self.front(inputs)).abs(), torch.ones(1, 2, 1))

    network = _Net()

    found = trace(model_of(network), 400)

    assert [c.name for c in found.convolutions] == ["front", "conv", ":conv1d"]
    assert [c.registered for c in found.convolutions] == [False, True, False]
    assert np.array_equal(found.convolutions[0].weight, network.front.bank.double().numpy())
    assert [(c.name, c.is_module) for c in found.calls][-1] == (":conv1d", False)


def test_every_call_of_a_shared_module_is_listed_and_counted_once() -> None:
    class _Shared(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv1d(1, 1, 3, bias=False)
            self.relu = nn.ReLU(inplace=True)

        def forward(self, inputs: Tensor) -> Tensor:
            for _ in range(3):
                inputs = self.relu(self.conv(inputs))
            return inputs

    found = trace(model_of(_Shared()), 100)

    names = [call.name for call in found.calls]
    assert names == ["conv", "relu", "conv#1", "relu#1", "conv#2", "relu#2"]
    assert [call.time_field.size for call in found.calls] == [3, 3, 5, 5, 7, 7]
    assert sum(call.n_parameters for call in found.calls) == 3


def test_the_path_between_convolutions_is_a_chain_of_steps() -> None:
    network = nn.Sequential(
        nn.Conv1d(1, 3, 5), nn.BatchNorm1d(3), nn.ReLU(inplace=True), nn.MaxPool1d(4, 2),
        nn.Dropout(), nn.Conv1d(3, 2, 3),
    )  # fmt: skip
    norm = network[1]
    with torch.no_grad():
        norm.running_mean.uniform_(-1, 1)
        norm.running_var.uniform_(0.5, 2)
        norm.weight.uniform_(0.5, 2)
        norm.bias.uniform_(-1, 1)

    affine, relu, pool = trace(model_of(network), 200).path("0", "5")

    values = torch.randn(1, 3, 7)
    expected = norm.eval()(values)[0].detach().numpy()
    scaled = values[0].numpy() * affine.scale[:, None] + affine.shift[:, None]
    assert isinstance(affine, Affine)
    assert np.allclose(scaled, expected, atol=1e-6)
    assert relu == Nonlinearity(name="relu")
    assert pool == Pool(kind="max", kernel=(4,), stride=(2,), padding=(0,))


def test_a_path_with_a_shortcut_is_no_chain() -> None:
    class _Residual(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b, self.c = (nn.Conv1d(1, 1, 3, padding=1) for _ in range(3))

        def forward(self, inputs: Tensor) -> Tensor:
            hidden = self.a(inputs)
            return self.c(hidden + self.b(hidden))

    found = trace(model_of(_Residual()), 100)

    assert found.path("a", "b") == ()
    assert found.path("a", "c") is None


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (lambda x: x.flip(-1), UNKNOWN),
        (lambda x: x[..., torch.randperm(x.shape[-1])], UNKNOWN),
        (lambda x: torch.cumsum(x, -1), UPPER),
        (lambda x: F.softmax(x, -1), UPPER),
        (lambda x: F.interpolate(x, scale_factor=2.0), UPPER),
        (lambda x: x * torch.sigmoid(x.mean(-1, keepdim=True)), UPPER),
        (lambda x: F.pad(x, (2, 2), mode="circular"), UPPER),
        (lambda x: x.transpose(1, 2).contiguous().transpose(1, 2), EXACT),
        (lambda x: x[..., 3:-3:2], EXACT),
    ],
    ids=["flip", "shuffle", "cumsum", "softmax", "up", "gate", "circular", "axes", "slice"],
)
def test_nothing_is_claimed_that_was_not_derived(change, status) -> None:
    class _Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.last = nn.Conv1d(1, 2, 5, stride=2), nn.Conv1d(2, 1, 3)

        def forward(self, inputs: Tensor) -> Tensor:
            return self.last(change(self.first(inputs)))

    network = _Net()
    found = trace(model_of(network), 200)
    field = found.call("last").time_field

    assert field.status == status
    if status != UNKNOWN:
        network = _positive(network, max_as_mean=False)
        for index in (0, 20, found.output_cells - 1):
            start, stop = field.span(index)
            first, last = _support(network, 200, index)
            assert start <= first
            assert last <= stop


def test_writing_into_a_view_leaves_its_base_a_bound() -> None:
    class _Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv1d(1, 1, 3)

        def forward(self, inputs: Tensor) -> Tensor:
            hidden = inputs.clone()
            hidden[..., 1:] += inputs[..., :-1]
            return self.conv(hidden)

    field = trace(model_of(_Net()), 50).call("conv").time_field
    assert field.status == UPPER
    assert field.span(20)[0] <= 19  # of 19 to 22
    assert field.span(20)[1] >= 23


def test_tracing_leaves_the_random_state_and_the_mode_alone() -> None:
    network = M5().train()
    state = torch.get_rng_state()

    trace(model_of(network))

    assert torch.equal(state, torch.get_rng_state())
    assert network.training
    assert not network.head._forward_hooks


def test_a_clip_too_short_for_the_network_is_named() -> None:
    with pytest.raises(ShapeError, match=r"fails on clips of n_samples=50 .*--n-samples"):
        trace(model_of(M5()), 50)


def test_weights_without_a_graph_are_refused_with_the_hint() -> None:
    network = WeightsOnly({"a.weight": torch.ones(1, 1, 3)}, "add package.module:factory")

    with pytest.raises(UnsupportedModelError, match=r"add package\.module:factory"):
        trace(model_of(network))


def test_tracing_does_not_import_the_compiler() -> None:
    program = (
        "import sys; from torch import nn; from cnnviz.model import ModelSpec, assemble;"
        "from cnnviz.trace import trace;"
        "net = nn.Sequential(nn.Conv1d(1, 2, 3), nn.BatchNorm1d(2), nn.MaxPool1d(2));"
        "trace(assemble(net, ModelSpec(sample_rate=100), name='m', reference='m'));"
        "sys.exit('torch._dynamo' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
