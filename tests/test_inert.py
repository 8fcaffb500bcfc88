"""Hostile pickles cost neither the process nor its memory; odd honest ones keep their values."""

import pickle
import zipfile
from pathlib import Path

import pytest
import torch

from cnnviz.errors import ModelLoadError
from cnnviz.loaders import load_model
from cnnviz.model.inert import as_bytes, read_inert, strided
from tests.loaders.networks import plain


def torch_zip(path: Path, code: bytes, **storages: bytes) -> Path:
    """An archive as torch.save writes it, around any pickle."""
    with zipfile.ZipFile(path, "w") as target:
        target.writestr("model/data.pkl", code)
        for key, data in storages.items():
            target.writestr(f"model/data/{key.strip('_')}", data)
    return path


def test_deeply_nested_keys_do_not_overflow_the_stack(tmp_path: Path) -> None:
    deep = b")" + pickle.TUPLE1 * 1_000_000
    path = torch_zip(tmp_path / "model.pt", b"}" + deep + b"K\x01s.")

    content = read_inert(path)

    assert list(content.value.values()) == [1]


def test_a_huge_memo_index_takes_no_memory(tmp_path: Path) -> None:
    path = torch_zip(tmp_path / "model.pt", b"K\x07" + b"r\xff\xff\xff\xff" + b".")

    assert read_inert(path).value == 7


def test_the_hooks_of_tensors_are_not_called_with_the_state_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    torch.save({"weight": torch.ones(3)}, path)
    with zipfile.ZipFile(path) as source:
        code, data = source.read("model/data.pkl"), source.read("model/data/0")
    assert code.endswith(b"s.")
    torch_zip(path, code[:-2] + b"(K\x01K\x02K\x03K\x04tbs.", _0=data)

    assert torch.equal(read_inert(path).value["weight"], torch.ones(3))


@pytest.mark.parametrize(
    ("start", "size", "stride"),
    [
        (0, (5,), (1,)),
        (4, (1,), (1,)),
        (-1, (1,), (1,)),
        (3, (2,), (-1,)),
        (0, (2, 2), (3, 1)),
        (2**62, (1,), (1,)),
        (0, (2**62, 2**62), (0, 0)),
        (0, (0, 2**40), (1, 1)),
        (0, (2**25,), (0,)),
    ],
    ids=["long", "late", "early", "backward", "wide", "far", "overflow", "empty", "repeated"],
)
def test_a_tensor_that_few_bytes_do_not_hold_is_refused(
    start: int, size: tuple[int, ...], stride: tuple[int, ...]
) -> None:
    stored = as_bytes(bytes(16))  # four float32

    with pytest.raises(ValueError, match=r"beyond its storage|only 4 stored cells"):
        strided(stored, torch.float32, start, size, stride)


def test_a_view_shows_the_cells_it_names() -> None:
    stored = as_bytes(torch.arange(6.0).numpy().tobytes())

    view = strided(stored, torch.float32, 1, (2, 2), (3, 1))

    assert view.tolist() == [[1, 2], [4, 5]]


HONEST = {
    "expanded": torch.arange(3.0)[:, None].expand(3, 4),
    "empty": torch.empty(0, 3),
    "conjugate": torch.tensor([1 + 2j]).conj(),
    "negated": torch.tensor([1 + 2j]).conj().imag,
    "float8": torch.ones(2).to(torch.float8_e4m3fn),
    "parameter": torch.nn.Parameter(torch.ones(2), requires_grad=False),
}


@pytest.mark.parametrize("name", HONEST)
def test_unusual_tensors_keep_their_values(tmp_path: Path, name: str) -> None:
    path, expected = tmp_path / "model.pt", HONEST[name]
    torch.save({"tensor": expected}, path)

    found = read_inert(path).value["tensor"]

    assert found.shape == expected.shape
    assert found.dtype == expected.dtype
    assert found.tolist() == expected.tolist()


def test_a_tensor_with_attributes_keeps_its_values(tmp_path: Path) -> None:
    path, tensor = tmp_path / "model.pt", torch.ones(2)
    tensor.note = "kept aside"
    torch.save({"tensor": tensor}, path)

    assert torch.equal(read_inert(path).value["tensor"], torch.ones(2))


def test_sparse_tensors_are_named_and_left_aside(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    torch.save({**plain().state_dict(), "extra": torch.eye(2).to_sparse()}, path)

    model = load_model(path, sample_rate=8000)

    assert "torch._utils._rebuild_sparse_tensor" in "; ".join(model.notices)
    assert "extra" not in model.tensors


def test_groups_that_hold_themselves_twice_end(tmp_path: Path) -> None:
    path, circle = tmp_path / "model.pt", {"state_dict": plain().state_dict()}
    circle["one"] = circle["two"] = circle
    torch.save(circle, path)

    assert load_model(path, sample_rate=8000).tensors.keys() == plain().state_dict().keys()


def test_groups_that_hold_each_other_by_the_usual_name_are_refused(tmp_path: Path) -> None:
    path, circle = tmp_path / "model.pt", {"extra": plain().state_dict()}
    circle["state_dict"] = {"state_dict": circle}
    torch.save(circle, path)

    with pytest.raises(ModelLoadError, match="holds groups in groups without end"):
        load_model(path, sample_rate=8000)


def test_modules_that_hold_each_other_twice_are_refused(tmp_path: Path) -> None:
    path, network = tmp_path / "model.pt", plain()
    network._modules["one"] = network._modules["two"] = network
    torch.save(network, path)

    with pytest.raises(ModelLoadError, match="holds over 100,000 modules; save its weights"):
        load_model(path, sample_rate=8000)


def test_halves_of_characters_in_names_are_escaped(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    torch.save({"conv\ud800.weight": torch.ones(2, 1, 3)}, path)

    assert list(load_model(path, sample_rate=8000).tensors) == ["conv\\ud800.weight"]
