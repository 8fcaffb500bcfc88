"""Opening a model file runs nothing that stands in it: no loader leaves a mark."""

import json
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
import torch
from safetensors.torch import save as to_safetensors

from cnnviz.errors import CnnvizError
from cnnviz.loaders import load_model
from cnnviz.model import CHECKPOINT_FORMAT, ModelSpec, write_checkpoint
from cnnviz.model.inert import Inert, read_inert
from tests.loaders.archives import damage
from tests.loaders.networks import Marker, pickled, plain, save_program, traced

STATE = plain().state_dict()
EXAMPLE = torch.zeros(2, 1, 160)


def torch_file(content: Callable[[Marker], object], *, legacy: bool = False):
    def make(path: Path, marker: Marker) -> None:
        torch.save(content(marker), path, _use_new_zipfile_serialization=not legacy)

    return make


def python_pickle(path: Path, marker: Marker) -> None:
    path.write_bytes(pickled({"state_dict": marker}))


def replaced(path: Path, entry: str, data: bytes) -> None:
    """Put other bytes into one entry of an archive, or add it."""
    with zipfile.ZipFile(path) as source:
        entries = {name: source.read(name) for name in source.namelist()}
    root = next(iter(entries)).partition("/")[0]
    with zipfile.ZipFile(path, "w") as target:
        for name, old in (entries | {f"{root}/{entry}": data}).items():
            target.writestr(name, data if name.endswith(entry) else old)


def torchscript(entry: str):
    def make(path: Path, marker: Marker) -> None:
        traced(plain(), EXAMPLE).save(path)
        replaced(path, entry, pickled(marker))

    return make


def program(entry: str):
    def make(path: Path, marker: Marker) -> None:
        save_program(path, plain(), (2, 1, 160), dynamic=False)
        replaced(path, entry, pickled(marker))

    return make


def program_with_pickled_weight(path: Path, marker: Marker) -> None:
    save_program(path, plain(), (2, 1, 160), dynamic=False)
    replaced(path, "data/weights/weight_0", pickled(marker))
    with zipfile.ZipFile(path) as source:
        name = next(n for n in source.namelist() if n.endswith("weights_config.json"))
        config = json.loads(source.read(name))
    config["config"]["0.weight"]["use_pickle"] = True
    replaced(path, "weights_config.json", json.dumps(config).encode())


FILES: dict[str, Callable[[Path, Marker], None]] = {
    "marker alone": torch_file(lambda marker: marker),
    "marker alone, legacy": torch_file(lambda marker: marker, legacy=True),
    "among weights": torch_file(lambda marker: {**STATE, "extra": marker}),
    "among weights, legacy": torch_file(lambda marker: {**STATE, "extra": marker}, legacy=True),
    "hyper-parameters": torch_file(lambda marker: {"state_dict": STATE, "hparams": marker}),
    "cnnviz checkpoint": torch_file(
        lambda marker: {"format": CHECKPOINT_FORMAT, "state_dict": STATE, "spec": marker}
    ),
    "in a list": torch_file(lambda marker: [STATE, marker]),
    "python pickle": python_pickle,
    "torchscript data": torchscript("data.pkl"),
    "torchscript constants": torchscript("constants.pkl"),
    "program sample inputs": program("data/sample_inputs/model.pt"),
    "program legacy weights": program("data/weights/model.pt"),
    "program legacy constants": program("data/constants/model.pt"),
    "program pickled weight": program_with_pickled_weight,
}


@pytest.mark.parametrize("kind", FILES)
def test_no_file_leaves_a_mark(tmp_path: Path, kind: str) -> None:
    path, mark = tmp_path / "model.pt", tmp_path / "mark"
    FILES[kind](path, Marker(mark))

    with suppress(CnnvizError):
        load_model(str(path), sample_rate=8000, n_samples=160)

    assert not mark.exists()


@pytest.mark.parametrize("kind", FILES)
def test_no_weights_file_leaves_a_mark(tmp_path: Path, kind: str) -> None:
    path, mark = tmp_path / "weights.pt", tmp_path / "mark"
    FILES[kind](path, Marker(mark))
    source = tmp_path / "net.py"
    source.write_text("from tests.loaders.networks import plain as build\n")

    with suppress(CnnvizError):
        load_model(f"{source}:build", weights=str(path), sample_rate=8000)

    assert not mark.exists()


def test_the_mark_works_where_a_pickle_is_trusted(tmp_path: Path) -> None:
    path, mark = tmp_path / "model.pt", tmp_path / "mark"
    torch.save({"state_dict": STATE, "hparams": Marker(mark)}, path)

    load_model(str(path), sample_rate=8000, trust_code=True)

    assert mark.is_dir()


def test_weights_beside_a_mark_are_still_read(tmp_path: Path) -> None:
    path, mark = tmp_path / "model.pt", tmp_path / "mark"
    torch.save({"state_dict": STATE, "hparams": Marker(mark)}, path)

    model = load_model(str(path), sample_rate=8000)

    assert torch.equal(model.tensors["0.weight"], STATE["0.weight"])


DAMAGED = {
    "state dict": lambda path: torch.save(STATE, path),
    "legacy": lambda path: torch.save(STATE, path, _use_new_zipfile_serialization=False),
    "checkpoint": lambda path: write_checkpoint(path, plain(), ModelSpec(sample_rate=8000)),
    "safetensors": lambda path: path.write_bytes(to_safetensors(STATE)),
    "module": lambda path: torch.save(plain(), path),
}


@pytest.mark.parametrize("seed", range(15))
@pytest.mark.parametrize("kind", DAMAGED)
def test_a_damaged_file_loads_or_is_refused_in_one_line(
    tmp_path: Path, kind: str, seed: int
) -> None:
    path = tmp_path / "model.pt"
    DAMAGED[kind](path)
    damage(path, seed)

    refusal = ""
    try:
        load_model(path, sample_rate=8000)
    except CnnvizError as error:
        refusal = str(error)

    assert "\n" not in refusal


GLOBALS = {
    "os.system": (b"cos\nsystem\n", "os.system"),
    "builtins.eval": (b"cbuiltins\neval\n", "builtins.eval"),
    "builtins.getattr": (b"cbuiltins\ngetattr\n", "builtins.getattr"),
    "torch.load": (b"ctorch\nload\n", "torch.load"),
    "torch.hub.load": (b"ctorch.hub\nload\n", "torch.hub.load"),
    "storage from bytes": (b"ctorch.storage\n_load_from_bytes\n", "torch.storage._load_from_bytes"),
    "nested": (b"\x80\x04\x8c\x05torch\x8c\x09os.system\x93", "torch.os.system"),
}


@pytest.mark.parametrize("name", GLOBALS)
def test_every_foreign_global_becomes_inert(tmp_path: Path, name: str) -> None:
    code, qualified = GLOBALS[name]
    path = tmp_path / "model.pt"
    call = code + b"(S'" + str(tmp_path / "mark").encode() + b"'\ntR."
    with zipfile.ZipFile(path, "w") as target:
        target.writestr("model/data.pkl", call)

    content = read_inert(path)

    assert isinstance(content.value, Inert)
    assert content.foreign == (qualified,)
    assert content.value.args == (str(tmp_path / "mark"),)


def test_a_tensor_that_reaches_beyond_its_storage_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    torch.save({"weight": torch.ones(4, 1, 5)}, path)
    with zipfile.ZipFile(path) as source:
        data = source.read("model/data.pkl")
    assert data.count(b"K\x04K\x01K\x05") == 1
    replaced(path, "data.pkl", data.replace(b"K\x04K\x01K\x05", b"K\x7fK\x01K\x05"))

    with pytest.raises(CnnvizError, match="reaches beyond its storage"):
        read_inert(path)


def test_a_file_that_holds_itself_ends(tmp_path: Path) -> None:
    path, circle = tmp_path / "model.pt", {"state_dict": dict(STATE)}
    circle["again"] = circle
    torch.save(circle, path)

    assert load_model(str(path), sample_rate=8000).tensors.keys() == STATE.keys()


def test_a_module_that_holds_itself_ends(tmp_path: Path) -> None:
    path, network = tmp_path / "model.pt", plain()
    network._modules["again"] = network
    torch.save(network, path)

    with pytest.raises(CnnvizError, match="is a full pickle"):
        load_model(str(path), sample_rate=8000)
