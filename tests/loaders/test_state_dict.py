"""A bare state dict is read in every shape that people save."""

from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from cnnviz.errors import ModelLoadError, ParameterError, UnsupportedModelError
from cnnviz.loaders import load_model
from cnnviz.loaders._tensors import find_tensors
from cnnviz.model.inert import read_inert
from tests.loaders.networks import LightningLike, on_cuda, plain

STATE = plain().state_dict()
RATE = {"sample_rate": 16_000}


def trained() -> dict[str, object]:
    """A training checkpoint after one step of Adam."""
    network = plain().train()
    optimizer = torch.optim.Adam(network.parameters())
    network(torch.randn(2, 1, 50)).sum().backward()
    optimizer.step()
    return {
        "epoch": 3,
        "model_state_dict": STATE,
        "optimizer_state_dict": optimizer.state_dict(),
        "loss": torch.tensor(0.5),
    }


def prefixed(prefix: str) -> dict[str, Tensor]:
    return {f"{prefix}{name}": tensor for name, tensor in STATE.items()}


SHAPES: dict[str, Callable[[], object]] = {
    "flat": lambda: STATE,
    "plain dict": lambda: dict(STATE),
    "state_dict": lambda: {"state_dict": STATE, "epoch": 1},
    "model_state_dict": lambda: {"model_state_dict": STATE},
    "model": lambda: {"model": STATE, "optimizer": {"state": {}}},
    "net": lambda: {"net": STATE, "acc": 0.9},
    "unusual key": lambda: {"best_weights": STATE, "epoch": 4},
    "two levels": lambda: {"model": {"state_dict": STATE}},
    "tuple with epoch": lambda: (STATE, 12),
    "DataParallel": lambda: prefixed("module."),
    "torch.compile": lambda: prefixed("_orig_mod."),
    "both wrappers": lambda: {"state_dict": prefixed("module._orig_mod.")},
    "averaged": lambda: {**prefixed("module."), "n_averaged": torch.tensor(7)},
    "training": trained,
    "parameters": lambda: OrderedDict((k, nn.Parameter(v)) if v.is_floating_point() else (k, v)
                                      for k, v in STATE.items()),
    "with an average": lambda: {"model": STATE, "ema": STATE},
}  # fmt: skip


@pytest.mark.parametrize("legacy", [False, True], ids=["zip", "legacy"])
@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_gives_the_same_tensors(tmp_path: Path, shape: str, legacy: bool) -> None:
    path = tmp_path / "model.pt"
    torch.save(SHAPES[shape](), path, _use_new_zipfile_serialization=not legacy)

    model = load_model(str(path), **RATE)

    assert list(model.tensors) == list(STATE)
    assert all(torch.equal(model.tensors[name], STATE[name]) for name in STATE)
    assert not model.has_graph


@pytest.mark.parametrize("legacy", [False, True], ids=["zip", "legacy"])
@pytest.mark.parametrize("shape", SHAPES)
def test_the_inert_reader_agrees_with_torch(tmp_path: Path, shape: str, legacy: bool) -> None:
    path = tmp_path / "model.pt"
    torch.save(SHAPES[shape](), path, _use_new_zipfile_serialization=not legacy)

    content = find_tensors(read_inert(path), path=path)

    assert list(content.tensors) == list(STATE)
    assert all(torch.equal(content.tensors[name], STATE[name]) for name in STATE)


def test_a_checkpoint_saved_on_a_gpu_loads_on_the_cpu(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    torch.save(STATE, path)
    on_cuda(path)
    with pytest.raises(RuntimeError, match="CUDA"):
        torch.load(path, weights_only=True)

    model = load_model(str(path), **RATE)

    assert all(tensor.device.type == "cpu" for tensor in model.tensors.values())
    assert torch.equal(model.tensors["0.weight"], STATE["0.weight"])


def test_float64_stays_float64(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    torch.save(plain().double().state_dict(), path)

    assert load_model(str(path), **RATE).tensors["0.weight"].dtype == torch.float64


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16], ids=["half", "bfloat16"])
def test_half_precision_is_read(tmp_path: Path, dtype: torch.dtype) -> None:
    path = tmp_path / "model.pt"
    torch.save(plain().to(dtype).state_dict(), path)

    assert load_model(str(path), **RATE).tensors["0.weight"].dtype == dtype


def test_shared_storages_and_views_keep_their_values(tmp_path: Path) -> None:
    path, whole = tmp_path / "model.pt", torch.arange(24.0).reshape(2, 3, 4)
    torch.save({"whole": whole, "turned": whole.transpose(1, 2)[1:]}, path)

    content = find_tensors(read_inert(path), path=path)

    assert torch.equal(content.tensors["whole"], whole)
    assert torch.equal(content.tensors["turned"], whole.transpose(1, 2)[1:])


def test_safetensors_without_a_contract_is_a_state_dict(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    save_file(STATE, path)

    assert set(load_model(str(path), **RATE).tensors) == set(STATE)


def test_a_lightning_checkpoint_with_foreign_classes_gives_its_tensors(tmp_path: Path) -> None:
    path = tmp_path / "epoch=3.ckpt"
    content = {
        "state_dict": prefixed("model."),
        "hyper_parameters": LightningLike(width=4),
        "callbacks": {"checkpoint": {"best": LightningLike()}},
        "optimizer_states": [trained()["optimizer_state_dict"]],
        "pytorch-lightning_version": "2.5.0",
    }
    torch.save(content, path)

    model = load_model(str(path), **RATE)

    assert torch.equal(model.tensors["model.0.weight"], STATE["0.weight"])
    notes = "; ".join(model.notices)
    assert "classes named in the file were not imported: tests.loaders.networks.Lightning" in notes
    assert "not used: hyper_parameters, callbacks, optimizer_states" in notes


def test_the_training_checkpoint_says_what_it_leaves_aside(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    torch.save(trained(), path)

    notices = load_model(str(path), **RATE).notices

    assert "tensors were taken from 'model_state_dict'" in notices
    assert "not used: epoch, optimizer_state_dict, loss" in notices


def test_a_forward_pass_says_what_to_add(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    torch.save(STATE, path)
    model = load_model(str(path), **RATE)

    with pytest.raises(UnsupportedModelError, match=r"package.module:factory --weights .*model.pt"):
        model.scores(torch.zeros(1, 100))


def test_a_missing_sample_rate_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    torch.save(STATE, path)

    with pytest.raises(ParameterError, match=r"model.pt holds tensors without a sample rate; add "):
        load_model(str(path))


def test_nan_is_reported_before_the_missing_sample_rate(tmp_path: Path) -> None:
    path, state = tmp_path / "model.pt", {k: v.clone() for k, v in STATE.items()}
    state["0.weight"][0, 0, :2] = float("nan")
    state["5.bias"][1] = float("inf")
    torch.save(state, path)

    message = r"0.weight \(2 NaN of 20 values\), 5.bias \(1 Inf of 3 values\)"
    with pytest.raises(ModelLoadError, match=message):
        load_model(str(path))


def test_infinite_masks_are_meant(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    torch.save({**STATE, "causal_mask": torch.full((2, 2), float("-inf"))}, path)

    assert "causal_mask" in load_model(str(path), **RATE).tensors


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"epoch": 3}, "holds no tensors"),
        ({}, "holds no tensors"),
        (7, "holds int, no tensors"),
        ({"generator": STATE, "critic": STATE}, "several groups of tensors: generator, critic"),
    ],
    ids=["numbers", "empty", "a number", "two networks"],
)
def test_a_file_without_one_network_is_refused(
    tmp_path: Path, content: object, message: str
) -> None:
    path = tmp_path / "model.pt"
    torch.save(content, path)

    with pytest.raises(ModelLoadError, match=message):
        load_model(str(path), **RATE)


def test_a_single_tensor_is_a_bank_of_filters(tmp_path: Path) -> None:
    path = tmp_path / "gabor.pt"
    torch.save(torch.ones(3, 1, 9), path)

    assert load_model(str(path), **RATE).tensors["weight"].shape == (3, 1, 9)
