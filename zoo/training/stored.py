"""Weights between training and file: which are kept, and in which precision."""

from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError  # what torch raises for files that are none of its own
from typing import Any

import torch
from torch import Tensor, nn

from cnnviz.errors import ModelLoadError


@dataclass(frozen=True, kw_only=True, slots=True)
class AveragedWeights:
    """The averaged weights of a training and the epoch they come from, counted from 1."""

    tensors: dict[str, Tensor]
    epoch: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Reached:
    """How far a training came, by its last checkpoint; without one it begins anew."""

    n_epochs: int = 0
    n_steps: int = 0
    is_over: bool = False


def read_averaged(folder: Path, network: nn.Module, *, best: bool) -> AveragedWeights:
    """Read the averaged weights of the best epoch of a run folder, or of the last.

    Raises
    ------
    ModelLoadError
        If there are none, or they are of another architecture.
    """
    path = folder / ("best.ckpt" if best else "last.ckpt")
    if not path.exists():
        raise ModelLoadError(f"{path} is missing; train again into an empty folder")
    content = read_training(path, network)
    tensors = {
        name.removeprefix("average."): tensor
        for name, tensor in content["state_dict"].items()
        if name.startswith("average.")
    }
    if not all(tensor.isfinite().all() for tensor in tensors.values()):
        raise ModelLoadError(
            f"{path} holds weights that are no finite numbers: the training diverged; allowed: "
            "finite weights; train with a lower --learning-rate into another --out"
        )
    return AveragedWeights(tensors=tensors, epoch=content["epoch"] + 1)


def read_training(path: Path, network: nn.Module) -> dict[str, Any]:
    """Read a checkpoint of a training, whose weights have to fit a network or its wide twin.

    Raises
    ------
    ModelLoadError
        If it cannot be read, or holds the weights of another architecture.
    """
    try:
        content: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        shapes = {name: _extent(tensor) for name, tensor in content["state_dict"].items()}
    except (OSError, RuntimeError, UnpicklingError, EOFError, KeyError, TypeError) as error:
        raise ModelLoadError(
            f"{path} cannot be read ({type(error).__name__}); allowed: the checkpoint of a "
            "training; remove it to train from the start, or choose another --out"
        ) from error
    expected = {f"average.{name}": _extent(tensor) for name, tensor in network.state_dict().items()}
    wrong = sorted(name for name in expected if shapes.get(name) != expected[name])
    if wrong:
        raise ModelLoadError(
            f"{path} holds another architecture ({wrong[0]} is {shapes.get(wrong[0])}; expected: "
            f"{expected[wrong[0]]}); remove it to train from the start, or choose another --out"
        )
    return content


def _extent(tensor: Tensor) -> tuple[int, ...]:
    """Shape without the axes of length one, which a wide twin has more of."""
    return tuple(size for size in tensor.shape if size > 1)


def in_precision(network: nn.Module, stored: str) -> nn.Module:
    """Copy a network with its kernels and matrices rounded to ``"float16"`` or ``"float32"``.

    Examples
    --------
    >>> layer = in_precision(nn.Conv1d(1, 2, 5), "float16")
    >>> layer.weight.dtype, layer.bias.dtype
    (torch.float16, torch.float32)
    """
    copy = deepcopy(network)
    for parameter in copy.parameters():
        if parameter.ndim > 1:
            parameter.data = parameter.data.to(getattr(torch, stored))
    return copy
