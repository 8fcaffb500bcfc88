"""A cnnviz checkpoint brings weights and contract, and never imports what it names."""

from pathlib import Path

import pytest
import torch

import zoo
from cnnviz.errors import ModelLoadError, UnsupportedModelError
from cnnviz.frontend import FrontendSpec
from cnnviz.loaders import load_model
from cnnviz.model import ModelSpec, write_checkpoint
from tests.loaders.networks import plain
from zoo import catalogue

NAME = "custom_ch32-3"


def zoo_network() -> torch.nn.Module:
    torch.manual_seed(0)
    return catalogue.family_of(NAME).build(NAME, 2).eval()


@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
def test_a_network_of_the_zoo_is_built(tmp_path: Path, suffix: str) -> None:
    path, network = tmp_path / f"mine{suffix}", zoo_network()
    spec = ModelSpec(
        architecture=f"zoo:{NAME}", sample_rate=16_000, n_samples=16_000, class_names=("a", "b")
    )
    digest = write_checkpoint(path, network, spec)
    clips = torch.randn(2, 16_000)

    model = load_model(str(path))

    assert NAME in zoo.names()
    assert (model.class_names, model.digest, model.name) == (("a", "b"), digest, "mine")
    with torch.no_grad():
        assert torch.allclose(model.scores(clips), network(clips[:, None]), atol=1e-6)


@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
def test_a_factory_named_in_a_file_is_not_imported(
    tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "wicked.py").write_text("open('marker', 'w')")
    path = tmp_path / f"net{suffix}"
    write_checkpoint(path, plain(), ModelSpec(architecture="wicked:build", sample_rate=8000))

    model = load_model(str(path))

    assert torch.equal(model.tensors["0.weight"], plain()[0].weight)
    with pytest.raises(UnsupportedModelError, match=r"run: cnnviz ... wicked:build --weights"):
        model.scores(torch.zeros(1, 100))
    assert not (tmp_path / "marker").exists()


def test_the_whole_contract_comes_back(tmp_path: Path) -> None:
    spec = ModelSpec(
        architecture="nets:build",
        sample_rate=16_000,
        n_samples=16_000,
        layout="bt",
        frontend=FrontendSpec(
            kind="mfcc", n_fft=512, hop_length=160, n_mels=40, mean=tuple(range(20)), std=2.0
        ),
        class_names=("no", "yes"),
        output="sigmoid",
    )
    write_checkpoint(tmp_path / "net.pt", plain(), spec)

    model = load_model(str(tmp_path / "net.pt"))

    assert model.frontend.spec == spec.frontend
    assert (model.layout, model.output, model.n_samples) == ("bt", "sigmoid", 16_000)


def test_a_damaged_checkpoint_is_noticed_by_its_digest(tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    write_checkpoint(path, plain(), ModelSpec(sample_rate=8000))
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)

    with pytest.raises(ModelLoadError, match="does not match its own digest"):
        load_model(str(path))


def test_weights_of_another_architecture_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "net.pt"
    spec = ModelSpec(architecture=f"zoo:{NAME}", sample_rate=8000, class_names=("a", "b"))
    write_checkpoint(path, plain(), spec)

    with pytest.raises(ModelLoadError, match=f"does not fit its architecture 'zoo:{NAME}'"):
        load_model(str(path))


def test_an_architecture_that_the_zoo_does_not_know_is_named(tmp_path: Path) -> None:
    path = tmp_path / "net.pt"
    write_checkpoint(path, plain(), ModelSpec(architecture="zoo:nothing", sample_rate=8000))

    with pytest.raises(ModelLoadError, match=r"net.pt: .*nothing"):
        load_model(str(path))
