"""Runs of strangers: whole HDF5 files whose numbers, texts and links were changed on purpose."""

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np

from tests.drill import specimens
from tests.drill.judging import SECRET, Outcome, judge
from tests.drill.kinds import Kind
from tests.drill.mutations import TEXT, mutate

_NUMBERS = (np.nan, np.inf, -np.inf, -1, 0, 2**31 - 1, 2**62, -(2**63), 1e308, 1e-308)
_COMMANDS = (
    ("report", "out"),
    ("analyze", "pca_embedding", "out"),
    ("analyze", "layer_statistics", "out"),
    ("analyze", "clip_gallery", "out"),
)
Change = Callable[[h5py.File, str, random.Random], None]


def _values(file: h5py.File, name: str, draw: random.Random) -> None:
    """One cell, or all of them, is an extreme number or a text that was changed."""
    data = file[name]
    if data.dtype.kind in "biuf" and data.size:
        values = np.array(data[()])
        place = (
            ... if draw.random() < 0.3 else np.unravel_index(draw.randrange(data.size), data.shape)
        )
        with np.errstate(all="ignore"):
            values[place] = np.array(draw.choice(_NUMBERS)).astype(data.dtype)
        data[()] = values
    elif data.size:
        _replace(file, name, np.array(data[()], dtype=object).reshape(data.shape), draw)


def _replace(file: h5py.File, name: str, texts: np.ndarray, draw: random.Random) -> None:
    place = np.unravel_index(draw.randrange(texts.size), texts.shape) if texts.shape else ()
    old = texts[place]
    old = old if isinstance(old, bytes) else str(old).encode()
    texts[place] = mutate(old or b"{}", draw.randrange(2**30), TEXT).replace(b"\0", b"")
    del file[name]
    file.create_dataset(name, data=texts, dtype=h5py.string_dtype())


def _shape(file: h5py.File, name: str, draw: random.Random) -> None:
    """Fewer rows, more rows, another rank."""
    values = file[name][()]
    del file[name]
    file[name] = draw.choice(
        (
            np.atleast_1d(values)[:-1],
            np.concatenate([np.atleast_1d(values)] * 2),
            np.array(values)[None],
            np.array(values).ravel(),
            np.zeros((0, 3)),
        )
    )


def _kind(file: h5py.File, name: str, draw: random.Random) -> None:
    """Another type, or nothing at all."""
    shape = file[name].shape
    del file[name]
    choice = draw.choice((h5py.Empty("f4"), b"text", np.zeros(shape, complex), "group", None))
    if isinstance(choice, str):
        file.create_group(name)
    elif choice is not None:
        file[name] = choice


def _link(file: h5py.File, name: str, draw: random.Random) -> None:
    """A link to elsewhere, to itself, or to what holds it."""
    del file[name]
    file[name] = draw.choice(
        (
            h5py.ExternalLink("../secret.h5", "secret"),
            h5py.SoftLink(f"/{name}"),
            h5py.SoftLink("/"),
            file["/"],
        )
    )


def _elsewhere(file: h5py.File, name: str, draw: random.Random) -> None:
    """The bytes of another file."""
    shape, dtype = file[name].shape, file[name].dtype
    del file[name]
    if draw.random() < 0.5:
        dtype, shape = np.dtype(f"S{len(SECRET)}"), (1,)
    if dtype.kind == "O":
        dtype = np.dtype("u1")
    n_bytes = int(np.prod(shape)) * dtype.itemsize
    file.create_dataset(name, shape, dtype, external=[("../secret.txt", 0, max(n_bytes, 1))])


def _attribute(file: h5py.File, name: str, draw: random.Random) -> None:
    """A head of the file, or of a group, that is no text or another one."""
    owner = draw.choice([file, file[name], file[name].parent])
    keys = list(owner.attrs) or ["cnnviz_format"]
    key, old = draw.choice(keys), owner.attrs.get(keys[0], "1")
    text = mutate(str(old).encode() or b"1", draw.randrange(2**30), TEXT).replace(b"\0", b"")
    owner.attrs[key] = draw.choice(
        (np.nan, -1, 2**62, np.arange(9), h5py.Empty("f8"), text, text, text)
    )


_CHANGES: tuple[Change, ...] = (
    *(_values, _values, _values, _shape, _kind, _link, _elsewhere, _attribute, _attribute),
)


def tampered_run(seed: int, folder: Path) -> Outcome:
    """A run with one to three changes, shown or analysed."""
    draw = random.Random(seed)
    shutil.copytree(specimens.run(), folder / "out", ignore=shutil.ignore_patterns("report"))
    (folder / "secret.txt").write_bytes(SECRET * 400)
    with h5py.File(folder / "secret.h5", "w") as file:
        file["secret"] = np.frombuffer(SECRET, np.uint8)
    done = [_tamper(folder / "out", draw) for _ in range(draw.choice((1, 1, 2, 3)))]
    words = _COMMANDS[seed % len(_COMMANDS)]
    return judge(f"tampered run {seed} {done}", words, folder)


def _tamper(run: Path, draw: random.Random) -> str:
    path = draw.choice(sorted(run.rglob("*.h5")))
    names: list[str] = []
    try:
        with h5py.File(path, "r+") as file:
            file.visititems(lambda name, node: names.append(name) if _is_data(node) else None)
            change, name = draw.choice(_CHANGES), draw.choice(names or ["/"])
            change(file, name, draw)
    except (OSError, KeyError, ValueError, TypeError, RuntimeError, AttributeError) as error:
        return f"{path.name}: {type(error).__name__}"  # what an earlier change left is no data
    return f"{path.name}: {change.__name__} {name}"


def _is_data(node: object) -> bool:
    return isinstance(node, h5py.Dataset)


KINDS = (Kind(name="tampered", group="run folders", case=tampered_run, n_short=12, n_whole=400),)
