"""A user's own network is built by its factory and filled by name."""

from pathlib import Path

import pytest
import torch
from torch import nn

from cnnviz.errors import ModelLoadError, ParameterError
from cnnviz.loaders import load_model
from cnnviz.model import ModelSpec, write_checkpoint
from tests.loaders.networks import LightningLike, plain, save_program, traced

SOURCE = """
from torch import nn
import torch

def build():
    return nn.Sequential(
        nn.Conv1d(1, 4, 5), nn.BatchNorm1d(4), nn.ReLU(), nn.AdaptiveAvgPool1d(1), nn.Flatten(),
        nn.Linear(4, 3),
    )

def wide():
    return nn.Sequential(nn.Conv1d(1, 8, 5), nn.BatchNorm1d(8))

def sized(n_classes): return nn.Linear(4, n_classes)
def broken(): raise ValueError("no such width")
def number(): return 7
ready = build()
limit = 3
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "mynet.py"
    path.write_text(SOURCE)
    return path


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "best.pt"
    torch.save(plain().state_dict(), path)
    return path


CLIPS = torch.randn(2, 160, generator=torch.Generator().manual_seed(1))


@torch.no_grad()
def scores_of(source: Path, weights: Path) -> torch.Tensor:
    return load_model(f"{source}:build", weights=str(weights), sample_rate=8000).scores(CLIPS)


@torch.no_grad()
@pytest.mark.parametrize(
    "shape",
    [
        lambda state: state,
        lambda state: {"state_dict": {f"model.{k}": v for k, v in state.items()}},
        lambda state: {"model_state_dict": {f"module.{k}": v for k, v in state.items()}},
        lambda state: {
            "state_dict": {**{f"net.{k}": v for k, v in state.items()}, "loss.w": torch.ones(3)},
            "hyper_parameters": LightningLike(),
        },
        lambda state: plain(),
        lambda state: {k: v.double() for k, v in state.items()},
    ],
    ids=["flat", "lightning", "wrapped", "with loss and foreign class", "full pickle", "float64"],
)
def test_weights_of_any_shape_find_their_places(source: Path, weights: Path, shape) -> None:
    torch.save(shape(plain().state_dict()), weights)

    assert torch.allclose(scores_of(source, weights), plain()(CLIPS[:, None]), atol=1e-6)


@torch.no_grad()
def test_weights_of_a_torchscript_archive_and_of_a_program(source: Path, weights: Path) -> None:
    save_program(weights.with_suffix(".pt2"), plain(), (2, 1, 160), dynamic=False)
    traced(plain(), torch.zeros(2, 1, 160)).save(weights)

    for path in (weights, weights.with_suffix(".pt2")):
        assert torch.allclose(scores_of(source, path), plain()(CLIPS[:, None]), atol=1e-6)


def test_name_and_reference_are_those_of_the_source(source: Path, weights: Path) -> None:
    model = load_model(f"{source}:build", weights=str(weights), sample_rate=8000)

    assert (model.name, model.reference) == ("mynet", f"{source}:build")


def test_the_contract_beside_the_weights_comes_before_that_beside_the_source(
    source: Path, weights: Path
) -> None:
    source.with_suffix(".json").write_text('{"sample_rate": 8000, "n_samples": 160}')
    weights.with_suffix(".json").write_text('{"sample_rate": 16000}')

    model = load_model(f"{source}:build", weights=str(weights))

    assert (model.sample_rate, model.n_samples) == (16_000, 160)


def test_a_cnnviz_checkpoint_brings_its_contract(source: Path, tmp_path: Path) -> None:
    path = tmp_path / "own.pt"
    spec = ModelSpec(architecture="mynet:build", sample_rate=8000, class_names=("a", "b", "c"))
    write_checkpoint(path, plain(), spec)

    model = load_model(f"{source}:build", weights=str(path))

    assert (model.sample_rate, model.class_names) == (8000, ("a", "b", "c"))


def test_a_dotted_module_of_the_current_folder(
    source: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "nets_of_mine").mkdir()
    (tmp_path / "nets_of_mine" / "__init__.py").touch()
    source.rename(tmp_path / "nets_of_mine" / "speech.py")
    monkeypatch.chdir(tmp_path)

    model = load_model("nets_of_mine.speech:build", sample_rate=8000)

    assert model.name == "speech"
    assert "no weights given: the network is as its factory leaves it" in model.notices


def test_fresh_weights_are_the_same_each_time_and_leave_the_random_state(source: Path) -> None:
    state = torch.get_rng_state()

    digests = {load_model(f"{source}:build", sample_rate=8000).digest for _ in range(2)}

    assert len(digests) == 1
    assert torch.equal(torch.get_rng_state(), state)


def test_a_module_that_stands_ready_is_taken(source: Path) -> None:
    assert isinstance(load_model(f"{source}:ready", sample_rate=8000).network, nn.Sequential)


@pytest.mark.parametrize(
    ("factory", "message"),
    [
        ("missing", r"has no 'missing'; it has: build, wide, sized, broken, number"),
        ("sized", r"cannot be called without arguments \(missing a required argument"),
        ("broken", r"failed \(ValueError: no such width\)"),
        ("number", r"returned int; allowed: a torch.nn.Module"),
        ("limit", r"is int; allowed: a function without arguments"),
    ],
)
def test_a_factory_that_does_not_work_is_named(source: Path, factory: str, message: str) -> None:
    with pytest.raises(ModelLoadError, match=message):
        load_model(f"{source}:{factory}", sample_rate=8000)


def test_weights_that_do_not_fit_are_named(source: Path, weights: Path) -> None:
    message = (
        r"do not fit .*mynet.py:wide: unexpected 2: 5.weight, 5.bias; "
        r"shapes 6: 0.weight is \(4, 1, 5\), the network has \(8, 1, 5\)"
    )
    with pytest.raises(ModelLoadError, match=message):
        load_model(f"{source}:wide", weights=str(weights), sample_rate=8000)


def test_missing_weights_are_named(source: Path, weights: Path) -> None:
    state = plain().state_dict()
    del state["5.bias"]
    torch.save(state, weights)

    with pytest.raises(ModelLoadError, match=r"do not fit .*: missing 1: 5.bias; build the net"):
        load_model(f"{source}:build", weights=str(weights), sample_rate=8000)


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("no_such_module_here:build", "no module named 'no_such_module_here'"),
        ("no_such_file.py:build", "no_such_file.py does not exist"),
    ],
)
def test_a_source_that_is_not_there_is_named(reference: str, message: str) -> None:
    with pytest.raises(ModelLoadError, match=message):
        load_model(reference, sample_rate=8000)


def test_a_weights_file_that_is_not_there_is_named(source: Path) -> None:
    with pytest.raises(ModelLoadError, match=r"weights=nothing.pt does not exist"):
        load_model(f"{source}:build", weights="nothing.pt", sample_rate=8000)


def test_the_sample_rate_is_asked_for(source: Path) -> None:
    with pytest.raises(ParameterError, match="add --sample-rate HZ"):
        load_model(f"{source}:build")
