"""Exported programs run from the graph in their file, layer by layer."""

import json
import shutil
import zipfile
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cnnviz.errors import CnnvizError, ModelLoadError, UnsupportedModelError
from cnnviz.hooks import borrowed, recorded
from cnnviz.loaders import load_model
from tests.bcresnet import BCResNet
from tests.loaders.archives import damage
from tests.loaders.networks import save_program


class Varied(nn.Module):
    """Shared in-place activation, functional layers, a loose constant, two outputs."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv1d(1, 4, 5, stride=2), nn.BatchNorm1d(4))
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv1d(4, 4, 3, padding=1)
        self.dropout = nn.Dropout()
        self.head = nn.Linear(4, 3)
        self.taps = torch.hann_window(3).expand(4, 1, 3).contiguous()

    def forward(self, inputs: Tensor) -> Tensor:
        values = self.relu(self.stem(inputs))
        values = self.relu(self.conv2(values)) + values
        values = F.max_pool1d(F.conv1d(values, self.taps, groups=4), 2)
        first, second = values.mean(-1).chunk(2, dim=-1)
        return F.log_softmax(self.head(self.dropout(torch.cat([second, first], -1))), dim=-1)


@pytest.fixture(scope="module")
def network() -> nn.Module:
    torch.manual_seed(0)
    return Varied().eval()


@pytest.fixture(scope="module")
def programs(network: nn.Module, tmp_path_factory: pytest.TempPathFactory) -> dict[bool, Path]:
    """The program with a free (True) and a fixed (False) batch axis."""
    folder = tmp_path_factory.mktemp("programs")
    return {
        dynamic: save_program(folder / f"net{dynamic}.pt2", network, (2, 1, 400), dynamic=dynamic)
        for dynamic in (True, False)
    }


@pytest.fixture
def program(programs: dict[bool, Path], tmp_path: Path) -> Path:
    """A copy of the program with a free batch axis."""
    return Path(shutil.copy(programs[True], tmp_path / "net.pt2"))


@torch.no_grad()
@pytest.mark.parametrize("dynamic", [True, False], ids=["any batch", "batch of 2"])
def test_scores_equal_those_of_the_network(
    programs: dict[bool, Path], network: nn.Module, dynamic: bool
) -> None:
    clips = torch.randn(5, 400)

    model = load_model(str(programs[dynamic]), sample_rate=8000)

    assert torch.allclose(model.scores(clips), network(clips[:, None]), atol=1e-6)
    assert model.batch_size == (None if dynamic else 2)
    assert (model.n_samples, model.layout, model.output) == (400, "bct", "log_probabilities")
    assert set(model.tensors) == set(network.state_dict())


@torch.no_grad()
def test_feature_maps_have_the_names_of_the_layers(program: Path, network: nn.Module) -> None:
    inputs, layers = torch.randn(3, 1, 400), ["stem.0", "relu", "conv2", "head"]
    model = load_model(str(program), sample_rate=8000)

    with borrowed(model.network), recorded(model.network, layers) as found:
        model.network(inputs)
    with borrowed(network), recorded(network, layers) as expected:
        network(inputs)

    assert set(found) == set(expected) == {"stem.0", "relu", "relu#1", "conv2", "head"}
    for name, values in expected.items():
        assert torch.allclose(found[name], values, atol=1e-6), name


@torch.no_grad()
def test_a_real_architecture_runs(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = BCResNet().eval()
    path = save_program(tmp_path / "bc.pt2", network, (2, 1, 40, 32), dynamic=True)
    frontend = {"kind": "log_mel", "n_fft": 1024, "hop_length": 512, "n_mels": 40}

    model = load_model(str(path), sample_rate=16_000, n_samples=16_000, frontend=frontend)
    inputs = torch.randn(4, 1, 40, 32)

    assert torch.allclose(model.network(inputs), network(inputs), atol=1e-5)


def test_gradients_flow(program: Path, network: nn.Module) -> None:
    model = load_model(str(program), sample_rate=8000)
    clips = torch.randn(2, 400, requires_grad=True)
    again = clips.detach().clone().requires_grad_()

    model.scores(clips)[:, 0].sum().backward()
    network(again[:, None])[:, 0].sum().backward()

    assert torch.allclose(clips.grad, again.grad, atol=1e-6)


def test_a_program_in_training_mode_is_refused(tmp_path: Path) -> None:
    program = save_program(tmp_path / "net.pt2", Varied().train(), (2, 1, 400), dynamic=True)

    with pytest.raises(ModelLoadError, match="exported in training mode"):
        load_model(str(program), sample_rate=8000)


def edited(path: Path, suffix: str, change) -> Path:
    """The archive with one JSON entry changed."""
    with zipfile.ZipFile(path) as source:
        entries = {name: source.read(name) for name in source.namelist()}
    with zipfile.ZipFile(path, "w") as target:
        for name, data in entries.items():
            if name.endswith(suffix):
                values = json.loads(data)
                change(values)
                target.writestr(name, json.dumps(values))
            else:
                target.writestr(name, data)
    return path


@pytest.mark.parametrize(
    "target",
    [
        "torch.os.system",
        "torch.serialization.pickle.loads",
        "torch.ops.aten.from_file.default",
        "torch.ops.aten.from_file.out",
        "torch.ops.aten.save.default",
        "torch.ops.aten.warn.default",
        "torch.ops.aten._print.default",
        "torch.ops.aten._unsafe_masked_index.default",
        "torch.ops.aten.set_.source_Storage",
        "torch.ops.aten.record_stream.default",
        "torch.ops.load_library",
        "torch.ops.aten.relu.__class__",
        "_operator.attrgetter",
        "builtins.eval",
    ],
)
def test_an_operator_that_reaches_out_leaves_the_weights_alone(
    program: Path, network: nn.Module, target: str
) -> None:
    edited(program, "models/model.json", lambda v: v["graph_module"]["graph"]["nodes"][0].update(
        target=target))  # fmt: skip

    model = load_model(str(program), sample_rate=8000)

    assert not model.has_graph
    assert set(model.tensors) == set(network.state_dict())
    with pytest.raises(UnsupportedModelError, match=f"operator {target!r}"):
        model.scores(torch.zeros(1, 400))


def test_guards_and_shape_expressions_are_not_evaluated(program: Path, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    code = f"__import__('os').mkdir({str(marker)!r})"

    def poison(values: dict) -> None:
        values["guards_code"] = [code]
        for meta in values["graph_module"]["graph"]["tensor_values"].values():
            meta["sizes"] = [
                {"as_expr": {"expr_str": code}} if "as_expr" in size else size
                for size in meta["sizes"]
            ]

    model = load_model(str(edited(program, "models/model.json", poison)), sample_rate=8000)
    model.scores(torch.zeros(2, 400))

    assert not marker.exists()


def test_a_damaged_program_is_named(program: Path, network: nn.Module) -> None:
    edited(program, "model_weights_config.json", lambda v: v["config"]["head.weight"].update(
        path_name="weight_99"))  # fmt: skip

    with pytest.raises(ModelLoadError, match=r"net.pt2 cannot be read as a torch.export program"):
        load_model(str(program), sample_rate=8000)


@pytest.mark.parametrize("seed", range(60))
def test_a_damaged_archive_loads_or_is_refused_in_one_line(program: Path, seed: int) -> None:
    damage(program, seed)

    refusal = ""
    try:
        load_model(program, sample_rate=8000)
    except CnnvizError as error:
        refusal = str(error)

    assert "\n" not in refusal


def test_tensors_of_the_same_bytes_share_them(program: Path) -> None:
    edited(program, "model_weights_config.json", lambda v: v["config"]["stem.1.weight"].update(
        path_name=v["config"]["stem.1.bias"]["path_name"]))  # fmt: skip

    tensors = load_model(program, sample_rate=8000).tensors

    assert tensors["stem.1.weight"].data_ptr() == tensors["stem.1.bias"].data_ptr()
