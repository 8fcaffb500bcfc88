"""Small files that ask for much time or memory end early, with what they ask for."""

import io
import json
import pickle
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from cnnviz import archive
from cnnviz.errors import CnnvizError, ModelLoadError, ParameterError
from cnnviz.loaders import load_model
from cnnviz.model.inert import read_inert
from tests.loaders.archives import entries_of, write_entries
from tests.loaders.networks import plain, save_program
from tests.test_inert import torch_zip

MEMO = b"q\x00"  # keep what lies on top of the stack; b"h\x00" brings it again
NEXT = "save model.state_dict\\(\\) in a file of its own"


@pytest.fixture(autouse=True)
def _few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit that is reached in milliseconds."""
    monkeypatch.setattr(archive, "_MOST_STEPS", 20_000)


def text(value: str) -> bytes:
    return b"X" + struct.pack("<I", len(value)) + value.encode()


def tensor(n_stored: int, *, size: int = 4, stride: int = 1, key: bytes = text("0")) -> bytes:
    """Code of a float32 tensor (size,) over a storage of so many cells."""
    number = b"".join(b"J" + struct.pack("<i", n) for n in (size, stride, n_stored))
    size_code, stride_code, n_code = number[:5], number[5:10], number[10:]
    storage = (
        b"(" + text("storage") + b"ctorch\nFloatStorage\n" + key + text("cpu") + n_code + b"tQ"
    )
    view = b"K\x00(" + size_code + b"t(" + stride_code + b"t\x89}"
    return b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + view + b"tR"


def many(value: bytes, count: int) -> bytes:
    """Code of a mapping of so many names to the same value."""
    return b"}(" + b"".join(text(str(i)) + value for i in range(count)) + b"u"


KEPT = MEMO + b"0"
WIDE = many(b"N", 300) + KEPT
ARGUMENTS = b"(" + b"N" * 300 + b"t" + KEPT
COPY = b"ccollections\nOrderedDict\n(h\x00tR"
CODES = {
    "mappings that share a mapping": many(b"}", 300) + KEPT + many(b"h\x00", 300),
    "copies of a mapping": WIDE + b"](" + COPY * 100 + b"e",
    "calls with many arguments": ARGUMENTS + b"](" + b"ca\nb\nh\x00R" * 100 + b"e",
    "classes of many names": b"](" + b"".join(b"ca\n%d\n" % i for i in range(200)) + b"e",
    "tensors without end": b"](" + tensor(4) * 500 + b"e",
}


@pytest.mark.parametrize("name", CODES)
def test_work_out_of_proportion_is_refused(tmp_path: Path, name: str) -> None:
    path = torch_zip(tmp_path / "model.pt", b"\x80\x02" + CODES[name] + b".", _0=bytes(16))

    with pytest.raises(ModelLoadError, match=f"takes more than 20,000 steps to read; .*{NEXT}"):
        load_model(path, sample_rate=8000)


def test_one_frame_hides_no_steps(tmp_path: Path) -> None:
    code = b"N0" * 10_001 + b"}."
    frame = b"\x80\x04\x95" + struct.pack("<Q", len(code)) + code

    with pytest.raises(ModelLoadError, match="takes more than 20,000 steps"):
        read_inert(torch_zip(tmp_path / "model.pt", frame))


@pytest.mark.parametrize(
    ("code", "stored"),
    [
        (many(tensor(4, size=1 << 24, stride=0), 2), bytes(16)),
        (tensor(1 << 18, size=1 << 18) + MEMO + b"0" + many(b"h\x00", 120), bytes(4 << 18)),
    ],
    ids=["a few cells repeated", "the same cells by many names"],
)
def test_tensors_of_more_bytes_than_the_file_are_refused(
    tmp_path: Path, code: bytes, stored: bytes
) -> None:
    path = torch_zip(tmp_path / "model.pt", b"\x80\x02" + code + b".", _0=stored)

    with pytest.raises(ModelLoadError, match=r"asks for .* bytes more than the .* it may take"):
        load_model(path, sample_rate=8000)


def test_storages_that_a_legacy_file_does_not_hold_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    torch.save({}, path, _use_new_zipfile_serialization=False)
    head, names = path.read_bytes().split(b"\x80\x02}q\x00.")
    n_cells = b"J" + struct.pack("<i", 1 << 18)
    one = b"(" + text("storage") + b"ctorch\nFloatStorage\n%s" + text("cpu") + n_cells + b"NtQ"
    storages = b"".join(one % text(f"{i:03}") for i in range(200))
    path.write_bytes(head + b"\x80\x02](" + storages + b"e." + names + bytes(1 << 18))

    with pytest.raises(ModelLoadError, match=r"asks for .* bytes more than the .* it may take"):
        load_model(path, sample_rate=8000)


def test_memory_is_not_asked_for_before_it_is_there(tmp_path: Path) -> None:
    path = torch_zip(tmp_path / "model.pt", b"\x80\x05\x96" + struct.pack("<Q", 1 << 40) + b".")

    with pytest.raises(ModelLoadError, match=r"model\.pt is truncated or damaged"):
        read_inert(path)


DOUBLED = b")" + b"2\x86" * 100  # a pair of a pair of ... of nothing


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (b"}" + DOUBLED + b"K\x01s", "holds no tensors"),
        (tensor(4, key=DOUBLED), "a storage is named by a"),
    ],
    ids=["of an entry", "of a storage"],
)
def test_names_that_double_are_not_written_out(tmp_path: Path, code: bytes, said: str) -> None:
    path = torch_zip(tmp_path / "model.pt", b"\x80\x02" + code + b".")

    with pytest.raises(ModelLoadError, match=said):
        load_model(path, sample_rate=8000)


def _sets(first: int) -> bytes:
    """Two frozen sets, each of the two below, fifty times."""
    code = b"(K\x01\x91q%c0(K\x02\x91q%c0" % (first, first + 1)
    for i in range(first, first + 100, 2):
        both = b"(h%ch%c" % (i, i + 1)
        code += both + b"\x91q%c0" % (i + 2) + both + b"K\x07\x91q%c0" % (i + 3)
    return code


def test_equal_sets_of_sets_are_not_compared(tmp_path: Path) -> None:
    code = b"\x80\x04" + _sets(0) + _sets(110) + b"}hdK\x01sh\xd2K\x02s."

    found = read_inert(torch_zip(tmp_path / "model.pt", code)).value

    assert list(found.values()) == [1, 2]


def test_numbers_of_one_hash_are_kept_apart(tmp_path: Path) -> None:
    same_hash = [(2**61 - 1) * factor for factor in range(1, 50)]
    code = pickle.dumps(dict.fromkeys(same_hash, 1), protocol=2)

    found = read_inert(torch_zip(tmp_path / "model.pt", code)).value

    assert len({hash(key) for key in found}) == len(same_hash)


def test_an_archive_of_very_many_entries_is_not_listed(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    with zipfile.ZipFile(path, "w") as target:
        for number in range(140):
            target.writestr(f"{number:060000}", b"")

    with pytest.raises(ModelLoadError, match=r"list of entries takes over 8,388,608 bytes"):
        load_model(path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[" * 100_000, r"is not JSON .*nested too deeply"),
        ("[" + "[]," * 4_000_000 + "[]]", "is not JSON .*it holds .* values; allowed: 4,000,000"),
        (
            '{"n_samples": 4611686018427387904}',
            "n_samples=4611686018427387904; allowed: at most 33,554,432",
        ),
        ('{"class_names": [' + '"x",' * 10_000 + "3]}", "class_names=.{100}...; allowed: a list"),
    ],
    ids=["deep", "wide", "long clips", "long names"],
)
def test_a_contract_out_of_proportion_is_refused(tmp_path: Path, content: str, said: str) -> None:
    torch.save(plain().state_dict(), tmp_path / "model.pt")
    (tmp_path / "model.json").write_text(content)

    with pytest.raises(ParameterError, match=said):
        load_model(tmp_path / "model.pt", sample_rate=8000)


@pytest.mark.parametrize(
    ("frontend", "said"),
    [
        ({"n_fft": 1 << 20, "n_mels": 1 << 6}, "allowed: a product of at most 33,554,432"),
        ({"n_fft": 1 << 63, "n_mels": 8}, "n_fft=9223372036854775808; allowed: at most"),
        ({"n_fft": 4096, "n_mels": 8}, "cells of a spectrogram; allowed: at most 67,108,864"),
    ],
    ids=["filters", "window", "frames"],
)
def test_a_frontend_that_would_fill_the_memory_is_refused(
    program: Path, frontend: dict[str, object], said: str
) -> None:
    with pytest.raises(ParameterError, match=said):
        load_model(
            program,
            sample_rate=48_000,
            n_samples=48_000,
            frontend={"kind": "log_mel", "hop_length": 1, **frontend},
        )


EMPTY = {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ({"__metadata__": {"cnnviz": "[" * 9_000 + '"cnnviz-checkpoint-1"'}}, "nested too deeply"),
        ({f"{i}": EMPTY for i in range(600)}, "takes more than 20,000 steps"),
        ({"a": {**EMPTY, "shape": [0] * 65}}, "a tensor of 65 axes"),
    ],
    ids=["deep", "many", "axes"],
)
def test_a_safetensors_head_out_of_proportion_is_refused(
    tmp_path: Path, head: dict[str, object], said: str
) -> None:
    path, code = tmp_path / "model.safetensors", json.dumps(head).encode()
    path.write_bytes(struct.pack("<Q", len(code)) + code)

    with pytest.raises(ModelLoadError, match=said):
        load_model(path, sample_rate=8000)


@pytest.fixture(scope="module")
def entries(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Of a program of torch.export."""
    path = tmp_path_factory.mktemp("program") / "net.pt2"
    return entries_of(save_program(path, plain(), (2, 1, 160), dynamic=True))


@pytest.fixture
def program(entries: dict[str, bytes], tmp_path: Path) -> Path:
    write_entries(tmp_path / "net.pt2", entries)
    return tmp_path / "net.pt2"


Change = Callable[[dict[str, Any]], None]


def changed(program: Path, change: Change) -> None:
    """Change the graph in a program."""
    found = entries_of(program)
    name = next(name for name in found if "models/" in name)
    values = json.loads(found[name])
    change(values["graph_module"])
    write_entries(program, found | {name: json.dumps(values).encode()})


def calls(*targets_and_inputs: tuple[str, dict[str, object]]) -> Change:
    """Put calls in front, whose results are called z0, z1, ..."""

    def change(module: dict[str, Any]) -> None:
        module["graph"]["nodes"][:0] = [
            {
                "target": f"torch.ops.aten.{target}",
                "inputs": [{"name": name, "arg": arg, "kind": 1} for name, arg in inputs.items()],
                "outputs": [{"as_tensor": {"name": f"z{i}"}}],
                "metadata": {},
            }
            for i, (target, inputs) in enumerate(targets_and_inputs)
        ]

    return change


def zeros(*size: int) -> tuple[str, dict[str, object]]:
    return "zeros.default", {"size": {"as_ints": list(size)}}


def doubled(i: int) -> tuple[str, dict[str, object]]:
    return "cat.default", {"tensors": {"as_tensors": [{"name": f"z{i}"}, {"name": f"z{i}"}]}}


def input_of(*sizes: int) -> Change:
    def change(module: dict[str, Any]) -> None:
        spec = next(s for s in module["signature"]["input_specs"] if "user_input" in s)
        name = spec["user_input"]["arg"]["as_tensor"]["name"]
        module["graph"]["tensor_values"][name]["sizes"] = [{"as_int": size} for size in sizes]

    return change


def deep(module: dict[str, Any]) -> None:
    spec = next(s for s in module["signature"]["input_specs"] if "parameter" in s)
    spec["parameter"]["parameter_name"] = "a." * 1000 + "weight"


GRAPHS: dict[str, tuple[Change, str]] = {
    "one huge map": (calls(zeros(1 << 30)), "asks for more memory than it may take"),
    "maps that double": (calls(zeros(1 << 10), *map(doubled, range(30))), "asks for more memory"),
    "long clips": (input_of(2, 1, 1 << 31), r"inputs of shape \[2, 1, 2147483648\]; allowed"),
    "many clips": (input_of(1 << 33, 1, 160), r"inputs of shape \[8589934592, 1, 160\]; allowed"),
    "no samples": (input_of(2, 1, 0), "allowed: lengths from 1"),
    "deep layers": (deep, "of 1000 levels; allowed: 100"),
}


@pytest.mark.parametrize("name", GRAPHS)
def test_a_program_out_of_proportion_is_refused(program: Path, name: str) -> None:
    change, said = GRAPHS[name]
    changed(program, change)

    with pytest.raises(CnnvizError, match=said):
        load_model(program, sample_rate=8000)


def test_a_program_without_end_is_ended(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnnviz.loaders.exported._SECONDS", 0.05)
    square = {"as_tensor": {"name": "z0"}}
    product = "mm.default", {"self": square, "mat2": square}
    changed(program, calls(zeros(2000, 2000), *[product] * 20))  # fmt: skip

    with pytest.raises(ModelLoadError, match=r"still (computing|loading) after .* --trust-code"):
        load_model(program, sample_rate=8000)


def test_payloads_that_share_their_pickle_are_counted_each(program: Path) -> None:
    found = entries_of(program)
    name = next(name for name in found if name.endswith("model_weights_config.json"))
    torch.save(torch.zeros(1 << 18), buffer := io.BytesIO())
    config = json.loads(found[name])
    meta = {**config["config"]["0.weight"], "use_pickle": True, "path_name": "big"}
    config["config"] |= {f"x{i}": meta for i in range(80)}
    big = {f"{name.rpartition('/')[0]}/big": buffer.getvalue()}
    write_entries(program, found | big | {name: json.dumps(config).encode()})

    with pytest.raises(ModelLoadError, match=r"asks for .* bytes more|more than .* steps"):
        load_model(program, sample_rate=8000)
