"""A layer's output in the order of axes, and its statistics over each clip."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from cnnviz.capture.hearing import heard_range, is_turned
from cnnviz.dsp.composite import Step

_BLOCK = 64  # cells; the position of a maximum is searched only in the block that holds it
_LARGEST_HALF = 65504.0


@dataclass(frozen=True, kw_only=True, slots=True)
class ClipStatistics:
    """Statistics per clip and channel, float32 (clip, channel).

    `lowest` and `highest` are what later layers see, after normalisation and activation;
    `highest_cell` is the time cell of the latter, int32.
    """

    mean: np.ndarray
    max: np.ndarray
    rms: np.ndarray
    lowest: np.ndarray
    highest: np.ndarray
    highest_cell: np.ndarray


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredMaps:
    """Full maps as they go to disk.

    `maps` is (clip, channel, [frequency,] time) in the storage type; the activations are
    `maps` times `scale` (clip,); `error` (clip,) bounds the absolute rounding error: half a
    step of float16 at the largest magnitude.
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


def pool(activations: Tensor, followers: Sequence[Step] = ()) -> ClipStatistics:
    """Statistics of each channel over time and frequency.

    Parameters
    ----------
    activations
        (clip, channel, time) or (clip, channel, frequency, time).
    followers
        Normalisation and activation that later layers see them through.
    """
    axes = tuple(range(2, activations.ndim))
    highest = activations.amax(2) if activations.ndim == 4 else activations  # (clip, channel, time)
    values, cells = _peaks(highest)
    n_cells = float(np.prod(activations.shape[2:]))
    norms = torch.linalg.vector_norm(activations, dim=axes)
    least = activations.amin(axes)  # (clip, channel)
    lowest, high = heard_range(least, values, followers)
    turned = is_turned(least, values, followers)
    if turned.any():
        cells = torch.where(turned, _troughs(activations, turned.any(0), cells), cells)
    return ClipStatistics(
        mean=_float32(activations.mean(axes)),
        max=_float32(values),
        rms=_float32(norms / n_cells**0.5),
        lowest=_float32(lowest),
        highest=_float32(high),
        highest_cell=cells.to(torch.int32).cpu().numpy(),
    )


def _troughs(activations: Tensor, channels: Tensor, cells: Tensor) -> Tensor:
    """Cells of the minima along time in some channels, bool (channel,), in place of `cells`."""
    some = activations[:, channels]
    lowest = some.amin(2) if some.ndim == 4 else some  # (clip, channel, time)
    cells = cells.clone()
    cells[:, channels] = _peaks(-lowest)[1]
    return cells


def _float32(values: Tensor) -> np.ndarray:
    return values.to(torch.float32).cpu().numpy()


def _peaks(activations: Tensor) -> tuple[Tensor, Tensor]:
    """Maximum along time and its cell, (clip, channel) each.

    Block maxima run over memory once; the index is then searched in one block, which is much
    faster than a maximum with its index over everything.
    """
    n = activations.shape[-1]
    if n <= 2 * _BLOCK:
        peak = activations.max(-1)
        return peak.values, peak.indices
    n_blocks = n // _BLOCK
    shape = (*activations.shape[:-1], n_blocks, _BLOCK)
    whole = activations[..., : n_blocks * _BLOCK].reshape(shape).amax(-1)
    tail = activations[..., -_BLOCK:].amax(-1, keepdim=True)
    highest = torch.cat([whole, tail], dim=-1).max(-1)  # over (clip, channel, block)
    start = (highest.indices * _BLOCK).clamp(max=n - _BLOCK).unsqueeze(-1)
    cells = start + torch.arange(_BLOCK, device=activations.device)
    inside = activations.gather(-1, cells).argmax(-1, keepdim=True)
    return highest.values, (start + inside).squeeze(-1)


def convert_maps(activations: Tensor, dtype: str) -> StoredMaps:
    """Convert maps to the storage type and bound what is lost.

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
    values = activations.to(torch.float32)
    largest = _largest(values.flatten(1))
    scale = np.exp2(np.maximum(0, np.ceil(np.log2(np.maximum(largest, 1) / _LARGEST_HALF))))
    if (scale > 1).any():
        column = torch.from_numpy(scale).to(values).view(-1, *(1,) * (values.ndim - 1))
        values = values / column
    error = scale * np.spacing((largest / scale).astype(np.float16)).astype(np.float64) / 2
    return StoredMaps(
        maps=values.to("cpu", torch.float16).numpy(),
        scale=scale.astype(np.float32),
        error=error.astype(np.float32),
    )


def _largest(rows: Tensor) -> np.ndarray:
    """Largest finite magnitude of each row, float64 (row,)."""
    largest = torch.maximum(rows.amax(1), -rows.amin(1))
    if not bool(torch.isfinite(largest).all()):
        largest = torch.where(torch.isfinite(rows), rows, 0.0).abs().amax(1)
    return largest.to("cpu", torch.float64).numpy()
