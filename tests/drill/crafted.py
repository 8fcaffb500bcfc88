"""Files made to harm: each that was ever found, and each way around a refusal that was."""

import io
import json
import os
import pickle
import struct
import zipfile
import zlib
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import torch

from tests.drill import specimens
from tests.drill.judging import SECRET, Outcome, judge
from tests.drill.kinds import Kind
from tests.loaders.archives import entries_of, save_script, with_statement, write_entries
from tests.loaders.networks import Marker, plain
from tests.loaders.test_safety import FILES, GLOBALS
from tests.loaders.test_untrusted_torchscript import STATEMENTS

Make = Callable[[Path], Sequence[str]]  # writes the files into a folder, gives the command


def _layers(path: Path) -> list[str]:
    return ["layers", str(path), *specimens.OPTIONS]


def _gadget(kind: str, folder: Path) -> Sequence[str]:
    """A pickle that makes a folder when it is opened."""
    path = folder / ("model.pt2" if kind.startswith("program") else "model.pt")
    FILES[kind](path, Marker(folder / "mark"))
    return _layers(path)


def _global(kind: str, folder: Path) -> Sequence[str]:
    """A pickle that calls a function of Python or torch."""
    code, _ = GLOBALS[kind]
    call = code + b"(S'touch " + os.fsencode(folder / "mark") + b"'\ntR."
    return _layers(_torch_zip(folder / "model.pt", call))


def _statement(kind: str, folder: Path) -> Sequence[str]:
    """A TorchScript program that writes or reads a file."""
    path = folder / "model.pt"
    save_script(path)
    text = STATEMENTS[kind].format(canary=folder / "mark")
    with_statement(path, text, on_load=kind == "__setstate__")
    return ["filters", str(path), *specimens.OPTIONS, "--out", "out"]


def _torch_zip(path: Path, code: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as target:
        target.writestr("model/data.pkl", code)
    return path


def _code(code: bytes, folder: Path) -> Sequence[str]:
    return _layers(_torch_zip(folder / "model.pt", code))


def _shared_groups() -> bytes:
    """Groups of two that are the same group, 60 deep: 2^60 ways through 60 objects."""
    inner: object = {"weight": 1}
    for _ in range(60):
        inner = {"a": inner, "b": inner}
    return pickle.dumps(inner, protocol=2)


def _nested_lists() -> bytes:
    return b"\x80\x02" + b"]" * 500_000 + b"a" * 499_999 + b"."


def _weights(content: object, folder: Path) -> Sequence[str]:
    torch.save(content, folder / "model.pt")
    return _layers(folder / "model.pt")


def _bomb(folder: Path) -> Sequence[str]:
    """Two GiB of zeros in an entry of a few MB."""
    quick = {"compression": zipfile.ZIP_DEFLATED, "compresslevel": 1}
    with zipfile.ZipFile(folder / "model.pt", "w", **quick) as target:
        target.writestr("model/data.pkl", pickle.dumps({}, protocol=2))
        with target.open("model/data/0", "w", force_zip64=True) as entry:
            for _ in range(64):
                entry.write(bytes(1 << 25))
    return _layers(folder / "model.pt")


def _wrong_sizes(folder: Path) -> Sequence[str]:
    """A directory that declares 4 GB of an entry of 80 bytes."""
    torch.save(plain().state_dict(), folder / "model.pt")
    data = bytearray((folder / "model.pt").read_bytes())
    place = data.rfind(b"PK\x01\x02")
    struct.pack_into("<II", data, place + 20, 0xFFFFFFF0, 0xFFFFFFF0)
    (folder / "model.pt").write_bytes(data)
    return _layers(folder / "model.pt")


def _many_entries(folder: Path) -> Sequence[str]:
    with zipfile.ZipFile(folder / "model.pt", "w") as target:
        target.writestr("model/data.pkl", pickle.dumps({}, protocol=2))
        for index in range(30_000):
            target.writestr(f"model/data/{index}", b"")
    return _layers(folder / "model.pt")


def _header(length: int, text: bytes, folder: Path) -> Sequence[str]:
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", length) + text)
    return _layers(folder / "model.safetensors")


def _program(change: Callable[[dict[str, object]], object], folder: Path) -> Sequence[str]:
    """A torch.export archive whose graph was changed."""
    path = specimens.network(folder)
    entries = entries_of(path)
    (name,) = (name for name in entries if name.endswith("models/model.json"))
    content = json.loads(entries[name])
    change(content)
    write_entries(path, entries | {name: json.dumps(content).encode()})
    return ["layers", str(path)]


def _huge_graph(content: dict[str, object]) -> None:
    """Two hundred thousand times the same step."""
    nodes = content["graph_module"]["graph"]["nodes"]  # type: ignore[index]
    nodes[1:1] = [nodes[0]] * 200_000


def _huge_operator(content: dict[str, object]) -> None:
    """A step that asks for 2^40 cells."""
    text = json.dumps(content["graph_module"])
    content["graph_module"] = json.loads(
        text.replace("torch.ops.aten.relu.default", "torch.ops.aten.diag_embed.default")
    )


def _contract(text: str, folder: Path) -> Sequence[str]:
    path = specimens.network(folder)
    path.with_suffix(".json").write_text(text)
    return ["layers", str(path)]


def _clips(rows: str, folder: Path) -> Sequence[str]:
    specimens.clips(folder)
    (folder / "clips.csv").write_text(rows)
    return ["capture", str(specimens.network(folder)), "clips.csv", "--out", "out"]


def _capture(write: Callable[[Path], object], folder: Path) -> Sequence[str]:
    """Eleven honest clips, and something else among them."""
    clips = specimens.clips(folder, n_clips=11)
    write(clips)
    return ["capture", str(specimens.network(folder)), str(clips), "--out", "out"]


def _one_hertz(clips: Path) -> None:
    data = bytearray(specimens.sound("wav"))
    struct.pack_into("<II", data, 24, 1, 2)
    (clips / "one.wav").write_bytes(data)


def _endless_header(clips: Path) -> None:
    data = bytearray(specimens.sound("wav"))
    place = data.index(b"data")
    struct.pack_into("<I", data, 4, 0xFFFFFFFF)
    struct.pack_into("<I", data, place + 4, 0xFFFFFFF0)
    (clips / "long.wav").write_bytes(data)


def _outside(clips: Path) -> None:
    secret = clips.parent / "secret.wav"
    secret.write_bytes(SECRET * 100)
    (clips / "link.wav").symlink_to(secret)


def _pickled_numpy(folder: Path) -> Sequence[str]:
    import numpy as np

    buffer = io.BytesIO()
    np.save(buffer, np.array([Marker(folder / "mark")], dtype=object), allow_pickle=True)
    (folder / "model.npy").write_bytes(buffer.getvalue())
    return _layers(folder / "model.npy")


def _eof(folder: Path) -> Sequence[str]:
    return _code(pickle.dumps({"weight": 1})[:-3], folder)


def _zeros(n_bytes: int) -> bytes:
    return zlib.compress(bytes(n_bytes))


_STATE = plain().state_dict()
_ENTRY = b'{"w":{"dtype":"F32","shape":[%d],"data_offsets":[0,%d]}}'
MAKERS: dict[str, Make] = {
    **{f"gadget, {kind}": partial(_gadget, kind) for kind in FILES},
    **{f"global {kind}": partial(_global, kind) for kind in GLOBALS},
    **{f"statement {kind}": partial(_statement, kind) for kind in STATEMENTS},
    "shared groups": partial(_code, _shared_groups()),
    "nested lists": partial(_code, _nested_lists()),
    "nested tuples": partial(_code, b"}" + b")" + pickle.TUPLE1 * 1_000_000 + b"K\x01s."),
    "huge memo": partial(_code, b"K\x07" + b"r\xff\xff\xff\xff" + b"."),
    "huge text": partial(_code, b"\x80\x02X\xff\xff\xff\x7fabc."),
    "huge number": partial(_code, b"\x80\x02\x8b\xff\xff\xff\x7fabc."),
    "huge frame": partial(_code, b"\x80\x04\x95" + b"\xff" * 8 + b"N."),
    "doubling text": partial(
        _code, b"\x80\x02(" + b"X\x01\x00\x00\x00aq\x00" + b"h\x00" * 500_000 + b"t."
    ),
    "expanded tensor": partial(_weights, {"w": torch.zeros(1).expand(2**28)}),
    "sparse weights": partial(_weights, {**_STATE, "0.weight": torch.eye(4).to_sparse()}),
    "meta weights": partial(_weights, {"0.weight": torch.empty(4, 1, 5, device="meta")}),
    "float8 weights": partial(_weights, {"0.weight": torch.ones(4, 1, 5).to(torch.float8_e4m3fn)}),
    "empty weights": partial(_weights, {"0.weight": torch.empty(0, 1, 5)}),
    "complex weights": partial(_weights, {"0.weight": torch.ones(4, 1, 5, dtype=torch.complex64)}),
    "integer weights": partial(_weights, {"0.weight": torch.ones(4, 1, 5, dtype=torch.int8)}),
    "weights of nan": partial(_weights, {"0.weight": torch.full((4, 1, 5), torch.nan)}),
    "weights of inf": partial(_weights, {"0.weight": torch.full((4, 1, 5), torch.inf)}),
    "no weights": partial(_weights, {}),
    "a number": partial(_weights, 3),
    "a text": partial(_weights, "=1+1"),
    "cut pickle": _eof,
    "zip bomb": _bomb,
    "wrong sizes": _wrong_sizes,
    "many entries": _many_entries,
    "pickled numpy": _pickled_numpy,
    "compressed zeros": lambda folder: _code(_zeros(1 << 20), folder),
    "safetensors of 2^62 bytes": partial(_header, 2**62, b"{}"),
    "safetensors of 2^40 cells": partial(
        _header, len(_ENTRY % (2**40, 2**42)), _ENTRY % (2**40, 2**42)
    ),
    "safetensors of brackets": partial(_header, 100_000, b"[" * 100_000),
    "program, a huge graph": partial(_program, _huge_graph),
    "program, a huge step": partial(_program, _huge_operator),
    "program, no graph": partial(_program, dict.clear),
    "contract of 100,000 brackets": partial(_contract, "[" * 100_000),
    "contract of 100,000 groups": partial(_contract, '{"a":' * 100_000),
    "contract, rate of 2^80": partial(_contract, f'{{"sample_rate": {2**80}}}'),
    "contract, length of 2^40": partial(
        _contract, f'{{"sample_rate": 8000, "n_samples": {2**40}}}'
    ),
    "contract, rate that is a list": partial(_contract, '{"sample_rate": [8000]}'),
    "contract of nan": partial(_contract, '{"sample_rate": NaN, "n_samples": Infinity}'),
    "manifest of inf": partial(_clips, "path,start,stop\nclips/high/0.wav,inf,inf\n"),
    "manifest of nan": partial(_clips, "path,start,stop\nclips/high/0.wav,nan,1e308\n"),
    "manifest that climbs": partial(_clips, "path,label\n../../../../etc/passwd,a\n"),
    "manifest of one huge cell": partial(_clips, "path,label\n" + "x" * 10_000_000),
    "manifest without columns": partial(_clips, "\n\n\n"),
    "a sound of one hertz": partial(_capture, _one_hertz),
    "a sound without end": partial(_capture, _endless_header),
    "a pipe": partial(_capture, lambda clips: os.mkfifo(clips / "pipe.wav")),
    "a device": partial(_capture, lambda clips: (clips / "zero.wav").symlink_to("/dev/zero")),
    "a link to itself": partial(_capture, lambda clips: (clips / "self").symlink_to(clips)),
    "a circular link": partial(_capture, lambda clips: (clips / "a.wav").symlink_to("a.wav")),
    "a link to a secret": partial(_capture, _outside),
    "an empty sound": partial(_capture, lambda clips: (clips / "empty.wav").write_bytes(b"")),
}


def crafted(seed: int, folder: Path) -> Outcome:
    """The file of that number."""
    name = list(MAKERS)[seed]
    return judge(name, MAKERS[name](folder), folder)


KINDS = (
    Kind(
        name="all ever found",
        group="crafted files",
        case=crafted,
        n_short=len(MAKERS),
        n_whole=len(MAKERS),
    ),
)
