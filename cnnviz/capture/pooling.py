"""A layer's output in the order of axes, and its statistics over each clip."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

_BLOCK = 64  # cells; the position of a maximum is searched only in the block that holds it
_LARGEST_HALF = 65504.0


@dataclass(frozen=True, kw_only=True, slots=True)
class ClipStatistics:
    """Statistics per clip and channel, float32 (clip, channel); `peak` in time cells, int32."""

    mean: np.ndarray
    max: np.ndarray
    rms: np.ndarray
    peak: np.ndarray


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredMaps:
    """Full maps as they go to disk.

    `maps` is (clip, channel, [frequency,] time) in the storage type; the activations are
    `maps` times `scale` (clip,); `error` (clip,) is the largest absolute rounding error.
    """

    maps: np.ndarray
    scale: np.ndarray
    error: np.ndarray


def arrange(output: Tensor, time_axis: int | None, frequency_axis: int | None) -> Tensor:
    """Bring a layer's output into the order clip, channel, frequency, time.

    Parameters
    ----------
    output
        (clip, ...).
    time_axis, frequency_axis
        Positions after the clip axis; None where there is no such axis.

    Returns
    -------
    Tensor
        (clip, channel, time) or (clip, channel, frequency, time); further axes are counted
        as channels, and a missing time axis has one cell.
    """
    last = [axis + 1 for axis in (frequency_axis, time_axis) if axis is not None]
    rest = [axis for axis in range(1, output.ndim) if axis not in last]
    moved = output.permute(0, *rest, *last)
    if time_axis is None:
        moved = moved.unsqueeze(-1)
    n_kept = 1 + (frequency_axis is not None)
    return moved.reshape(len(output), -1, *moved.shape[-n_kept:])


def pool(activations: Tensor) -> ClipStatistics:
    """Statistics of each channel over time and frequency.

    Parameters
    ----------
    activations
        (clip, channel, time) or (clip, channel, frequency, time).
    """
    axes = tuple(range(2, activations.ndim))
    highest = activations.amax(2) if activations.ndim == 4 else activations  # (clip, channel, time)
    values, cells = _peaks(highest)
    n_cells = float(np.prod(activations.shape[2:]))
    norms = torch.linalg.vector_norm(activations, dim=axes)
    return ClipStatistics(
        mean=_float32(activations.mean(axes)),
        max=_float32(values),
        rms=_float32(norms / n_cells**0.5),
        peak=cells.to(torch.int32).cpu().numpy(),
    )


def _float32(values: Tensor) -> np.ndarray:
    return values.to(torch.float32).cpu().numpy()


def _peaks(activations: Tensor) -> tuple[Tensor, Tensor]:
    """Maximum along time and its cell, (clip, channel) each.

    Block maxima run over memory once; the index is then searched in one block, which is much
    faster than a maximum with its index over everything.
    """
    n = activations.shape[-1]
    if n <= 2 * _BLOCK:
        found = activations.max(-1)
        return found.values, found.indices
    n_blocks = n // _BLOCK
    shape = (*activations.shape[:-1], n_blocks, _BLOCK)
    whole = activations[..., : n_blocks * _BLOCK].reshape(shape).amax(-1)
    tail = activations[..., -_BLOCK:].amax(-1, keepdim=True)
    highest = torch.cat([whole, tail], dim=-1).max(-1)  # over (clip, channel, block)
    start = (highest.indices * _BLOCK).clamp(max=n - _BLOCK).unsqueeze(-1)
    cells = start + torch.arange(_BLOCK, device=activations.device)
    inside = activations.gather(-1, cells).argmax(-1, keepdim=True)
    return highest.values, (start + inside).squeeze(-1)


def store(activations: Tensor, dtype: str) -> StoredMaps:
    """Convert maps to the storage type and measure what is lost.

    A clip that exceeds the range of float16 is divided by a power of two.

    Parameters
    ----------
    activations
        (clip, channel, ...).
    dtype
        ``"float16"`` or ``"float32"``.
    """
    n_clips = len(activations)
    scale, error = np.ones(n_clips, np.float32), np.zeros(n_clips, np.float32)
    if dtype == "float32":
        maps = torch.empty(activations.shape, dtype=torch.float32)
        return StoredMaps(maps=maps.copy_(activations).numpy(), scale=scale, error=error)
    halves = torch.empty(activations.shape, dtype=torch.float16)
    for i, clip in enumerate(activations):  # one clip at a time stays in the processor's cache
        scale[i], error[i] = _halve(clip.to("cpu", torch.float32), halves[i])
    return StoredMaps(maps=halves.numpy(), scale=scale, error=error)


def _halve(values: Tensor, halves: Tensor) -> tuple[float, float]:
    """Fill `halves`; give the scale and the largest absolute error."""
    halves.copy_(values)
    error = _largest(halves.to(torch.float32).sub_(values))
    if np.isfinite(error):
        return 1.0, error
    largest = _largest(torch.where(torch.isfinite(values), values, 0.0))
    scale = float(2.0 ** max(0.0, np.ceil(np.log2(max(largest, 1e-30) / _LARGEST_HALF))))
    halves.copy_(values / scale)
    lost = halves.to(torch.float32).mul_(scale).sub_(values)
    return scale, _largest(lost.nan_to_num_(0.0, 0.0, 0.0))


def _largest(values: Tensor) -> float:
    """Largest magnitude."""
    low, high = torch.aminmax(values)
    return max(-float(low), float(high))
