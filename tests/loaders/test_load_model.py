"""One entry point: what a file is, and where its contract comes from."""

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

from cnnviz.errors import ModelLoadError, ParameterError, UnknownNameError
from cnnviz.frontend import FrontendSpec
from cnnviz.loaders import load_model, loaders_in_order
from cnnviz.model import ModelSpec, write_checkpoint
from tests.loaders.networks import plain, save_program, traced

STATE = plain().state_dict()
LOG_MEL = {"kind": "log_mel", "n_fft": 480, "hop_length": 160, "n_mels": 40}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "model.pt"
    torch.save(STATE, path)
    return path


def test_the_loaders_are_tried_safest_first() -> None:
    names = [loader.__name__.rpartition(".")[2] for loader in loaders_in_order()]

    assert names == [
        "zoo", "checkpoint", "factory", "exported", "torchscript", "state_dict", "full_pickle",
    ]  # fmt: skip


def test_a_file_beside_the_model_completes_it(path: Path) -> None:
    contract = {"sample_rate": 16_000, "frontend": LOG_MEL, "class_names": ["no", "yes"]}
    path.with_suffix(".json").write_text(json.dumps(contract))

    model = load_model(str(path))

    assert model.frontend.spec == FrontendSpec(**LOG_MEL)
    assert (model.sample_rate, model.class_names) == (16_000, ("no", "yes"))


def test_options_win_over_files(path: Path) -> None:
    path.with_suffix(".json").write_text(json.dumps({"sample_rate": 16_000, "n_samples": 9}))

    model = load_model(str(path), sample_rate=8000, frontend=LOG_MEL, class_names=["a"])

    assert (model.sample_rate, model.n_samples) == (8000, 9)
    assert (model.class_names, model.frontend.spec.kind) == (("a",), "log_mel")


def test_the_checkpoint_wins_over_the_file_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "own.pt"
    write_checkpoint(path, plain(), ModelSpec(sample_rate=16_000))
    path.with_suffix(".json").write_text(json.dumps({"sample_rate": 8000, "n_samples": 77}))

    model = load_model(str(path))

    assert (model.sample_rate, model.n_samples) == (16_000, 77)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", r"model.json is not JSON"),
        ("[1]", r"model.json holds list; allowed: an object such as"),
        ('{"rate": 8000}', r"model.json has the unknown key 'rate'; allowed: architecture, class"),
        ('{"sample_rate": "8k"}', r"model.json: sample_rate='8k'; allowed: a positive whole"),
        ('{"frontend": {"kind": "mel"}}', r"model.json: kind='mel'; allowed: waveform, log_mel"),
        ('{"frontend": {"kind": "log_mel"}}', r"without n_fft, hop_length, n_mels; these are nev"),
        ('{"class_names": "yes"}', r"class_names='yes'; allowed: a list of texts"),
    ],
)
def test_a_file_beside_the_model_that_is_wrong_is_named(
    path: Path, text: str, message: str
) -> None:
    path.with_suffix(".json").write_text(text)

    with pytest.raises(ParameterError, match=message):
        load_model(str(path))


def archive(path: Path, *names: str) -> None:
    with zipfile.ZipFile(path, "w") as target:
        for name in names:
            target.writestr(name, b"data")


def npy() -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.ones(3))
    return buffer.getvalue()


def truncated(path: Path) -> None:
    torch.save(STATE, path)
    path.write_bytes(path.read_bytes()[:-100])


def truncated_legacy(path: Path) -> None:
    torch.save(STATE, path, _use_new_zipfile_serialization=False)
    path.write_bytes(path.read_bytes()[:-50])


MADE = {
    "folder": (lambda path: path.mkdir(), "is a folder; allowed: one model file"),
    "missing": (lambda path: None, "does not exist; allowed: a model file, zoo:NAME"),
    "empty": (lambda path: path.touch(), "is empty"),
    "text": (lambda path: path.write_text("lr: 0.1\nwidth: 4\n"), "is a text file"),
    "web page": (lambda path: path.write_text("<!DOCTYPE html><p>Sign in"), "is a web page"),
    "git lfs": (
        lambda path: path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0"),
        "is a Git LFS pointer; fetch",
    ),
    "zip": (lambda path: archive(path, "a.txt"), "is a zip archive that torch did not write"),
    "keras": (lambda path: archive(path, "config.json", "model.weights.h5"), "is a Keras file"),
    "hdf5": (lambda path: path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(64)), "is an HDF5 file"),
    "onnx": (
        lambda path: path.write_bytes(b"\x08\x07\x12\x07pytorch\x1a\x052.1.0" + bytes(9)),
        "is an ONNX file",
    ),
    "tflite": (lambda path: path.write_bytes(bytes(4) + b"TFL3" + bytes(64)), "TensorFlow Lite"),
    "numpy": (lambda path: path.write_bytes(npy()), "is a numpy array"),
    "numpy archive": (lambda path: archive(path, "a.npy"), "is a numpy archive"),
    "truncated": (truncated, "is truncated or damaged"),
    "truncated legacy": (truncated_legacy, "is truncated or damaged"),
    "noise": (lambda path: path.write_bytes(bytes(range(250, 256)) * 9), "is not a model file"),
}


@pytest.mark.parametrize("kind", MADE)
def test_what_is_no_model_is_named_in_one_line(tmp_path: Path, kind: str) -> None:
    make, message = MADE[kind]
    path = tmp_path / "model.pt"
    make(path)

    with pytest.raises(ModelLoadError, match=message) as caught:
        load_model(str(path), sample_rate=8000)

    assert "\n" not in str(caught.value)


def test_damaged_safetensors_are_named(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    write_checkpoint(path, plain(), ModelSpec(sample_rate=8000))
    path.write_bytes(path.read_bytes()[:-8])

    with pytest.raises(ModelLoadError, match="cannot be read as safetensors"):
        load_model(str(path))


def test_python_source_without_a_factory_is_named(tmp_path: Path) -> None:
    source = tmp_path / "net.py"
    source.write_text("def build(): ...")

    with pytest.raises(ModelLoadError, match=r"net.py is Python source; .* net.py:build|:build"):
        load_model(str(source))


def test_weights_beside_a_file_are_refused(path: Path) -> None:
    with pytest.raises(ModelLoadError, match=r"allowed: beside package.module:factory"):
        load_model(str(path), weights=str(path), sample_rate=8000)


def test_an_unknown_zoo_name_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="custom_ch23"):
        load_model("zoo:custom_ch23")


@pytest.mark.parametrize("name", ["sample_rate", "n_samples"])
@pytest.mark.parametrize("value", [0, -1, 1.5, True])
def test_numbers_of_the_contract_are_checked(path: Path, name: str, value: object) -> None:
    with pytest.raises(ParameterError, match=f"{name}={value}; allowed: a positive whole number"):
        load_model(str(path), **{name: value})


def test_name_reference_and_digest_are_filled_in(path: Path) -> None:
    model, again = (load_model(str(path), sample_rate=8000) for _ in range(2))

    assert (model.name, model.reference) == ("model", str(path))
    assert model.digest == again.digest
    assert len(model.digest) == 64


def test_the_same_weights_have_one_digest_with_every_loader(tmp_path: Path) -> None:
    network, paths = plain(), [tmp_path / name for name in ("a.pt", "b.pt2", "c.ts", "d.pt")]
    torch.save(network.state_dict(), paths[0])
    save_program(paths[1], network, (2, 1, 100), dynamic=False)
    traced(network, torch.zeros(2, 1, 100)).save(paths[2])
    write_checkpoint(paths[3], network, ModelSpec())

    options = {"sample_rate": 8000, "n_samples": 100}
    assert len({load_model(str(path), **options).digest for path in paths}) == 1
