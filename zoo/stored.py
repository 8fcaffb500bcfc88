"""Weights between training and file: which are kept, and in which precision."""

from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from cnnviz.errors import ModelLoadError


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """The averaged weights of a training and the epoch they come from, counted from 1."""

    tensors: dict[str, Tensor]
    epoch: int


def read_kept(folder: Path, *, best: bool) -> Kept:
    """Read the weights of the best epoch of a run folder, or of the last.

    Raises
    ------
    ModelLoadError
        If the training was never there.
    """
    path = folder / ("best.ckpt" if best else "last.ckpt")
    if not path.exists():
        raise ModelLoadError(f"{path} is missing; train again into an empty folder")
    content = torch.load(path, map_location="cpu", weights_only=True)
    tensors = {
        name.removeprefix("average."): tensor
        for name, tensor in content["state_dict"].items()
        if name.startswith("average.")
    }
    return Kept(tensors=tensors, epoch=content["epoch"] + 1)


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
