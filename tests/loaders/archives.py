"""Archives that were tampered with: other entries, other source, cut and flipped bytes."""

import random
import warnings
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from torch import nn

from tests.loaders.networks import plain


def entries_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as source:
        return {name: source.read(name) for name in source.namelist()}


def write_entries(path: Path, entries: Mapping[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w") as target:
        for name, data in entries.items():
            target.writestr(name, data)


class Remembers(nn.Module):
    """Runs a method of its own when it is loaded."""

    @torch.jit.export
    def __getstate__(self) -> tuple[torch.Tensor, bool]:
        return torch.zeros(1), self.training

    @torch.jit.export
    def __setstate__(self, state: tuple[torch.Tensor, bool]) -> None:
        self.training = state[1]

    def forward(self, input: torch.Tensor) -> torch.Tensor:  # noqa: A002 (as in torch)
        return input


def save_script(path: Path) -> dict[str, torch.Tensor]:
    """Save `plain` as a TorchScript program that has a method for loading; return its weights."""
    network = nn.Sequential(*plain(), Remembers()).eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.jit.script(network).save(path)
    return network.state_dict()


def with_statement(path: Path, statement: str, *, on_load: bool) -> None:
    """Put a statement into the source of a TorchScript program.

    `on_load`: into the method that runs while the file is opened; else into the forward pass
    of the whole network.
    """
    head = (
        "state: Tuple[Tensor, bool]) -> NoneType:\n" if on_load else "input: Tensor) -> Tensor:\n"
    )
    owner = b"class Remembers(Module)" if on_load else b"class Sequential(Module)"
    entries = entries_of(path)
    (name,) = (name for name, data in entries.items() if owner in data and name.endswith(".py"))
    source = entries[name].decode()
    assert source.count(head) == 1
    write_entries(path, entries | {name: source.replace(head, f"{head}    {statement}\n").encode()})


def flipped(data: bytes, draw: random.Random, n_bits: int) -> bytes:
    changed = bytearray(data)
    for place in draw.choices(range(len(changed)), k=n_bits):
        changed[place] ^= 1 << draw.randrange(8)
    return bytes(changed)


def cut(path: Path, draw: random.Random) -> None:
    path.write_bytes(path.read_bytes()[: draw.randrange(5, path.stat().st_size)])


def flip_anywhere(path: Path, draw: random.Random) -> None:
    path.write_bytes(flipped(path.read_bytes(), draw, draw.choice((1, 2, 8))))


def flip_inside(path: Path, draw: random.Random) -> None:
    """Flip bits of one entry, whose sum is right again afterwards."""
    entries = entries_of(path)
    name = draw.choice([name for name, data in entries.items() if data and "debug" not in name])
    write_entries(path, entries | {name: flipped(entries[name], draw, draw.choice((1, 1, 2, 4)))})


DAMAGES: tuple[Callable[[Path, random.Random], None], ...] = (cut, flip_anywhere, flip_inside)


def damage(path: Path, seed: int) -> None:
    """Damage a file in one of the ways, the same for the same seed."""
    ways = DAMAGES if zipfile.is_zipfile(path) else DAMAGES[:-1]
    ways[seed % len(ways)](path, random.Random(seed))
