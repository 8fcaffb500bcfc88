"""Where the clips of a corpus live in a training: on the device when they fit, else in memory."""

from collections.abc import Sequence

import torch
from torch import Tensor

_SHARE = 0.5  # of the free memory of a GPU; the rest is for the network


def place(tensors: Sequence[Tensor], device: torch.device, *, free: int | None) -> list[Tensor]:
    """Move tensors to a device if all of them fit, else leave them where they are.

    Parameters
    ----------
    tensors
        Waveforms, int16 (clip, time).
    device
        Where the network is.
    free
        Free bytes on the device; None: no limit.
    """
    size = sum(tensor.nbytes for tensor in tensors)
    if free is not None and size > _SHARE * free:
        return list(tensors)
    return [tensor.to(device) for tensor in tensors]


def free_bytes(device: torch.device) -> int | None:
    """Free memory of a GPU in bytes; None on a CPU, where the clips are already."""
    return torch.cuda.mem_get_info(device)[0] if device.type == "cuda" else None


def rows(tensor: Tensor, index: Tensor | slice, device: torch.device) -> Tensor:
    """Rows of a tensor on a device; from host memory they go through a pinned buffer."""
    if isinstance(index, Tensor):
        index = index.to(tensor.device)
    selected = tensor[index]
    if selected.device == device:
        return selected
    return selected.pin_memory().to(device, non_blocking=True)
