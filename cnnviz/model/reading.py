"""How a network's output is read: its role, and one row per clip of what has a time axis."""

from dataclasses import dataclass

import torch
from torch import Tensor

from cnnviz.roles import UNKNOWN

MEAN, MAXIMUM = "mean", "maximum"
LOG_MEAN, MEAN_SQUARE = "mean of log-probabilities", "mean square"


@dataclass(frozen=True, kw_only=True, slots=True)
class OutputReading:
    """The role of an output, and how its time axis is pooled.

    Parameters
    ----------
    role
        One of `cnnviz.roles.ROLES`, or ``"unknown"``.
    time_axis
        Of the output, that of the clips counted; None: there is none, or only of length one.
    n_axes
        Of an output that is no (clip, output), that of the clips counted.
    pooling
        Over time: ``"mean"``, ``"maximum"``, ``"mean of log-probabilities"`` (from
        probabilities) or ``"mean square"``; empty without a time axis.
    """

    role: str = UNKNOWN
    time_axis: int | None = None
    n_axes: int = 2
    pooling: str = ""


def pooling_of(role: str, output: str) -> str:
    """How an output with a time axis becomes one row per clip.

    The level of sound is its mean square. Of independent tags the strongest moment counts; the
    maximum and the sigmoid commute. Else every frame counts alike.

    Parameters
    ----------
    role
        Of the output.
    output
        What its numbers are, one of `OUTPUTS`.
    """
    if role == "waveform":
        return MEAN_SQUARE
    if role in ("embedding", "regression"):
        return MEAN
    return {"sigmoid": MAXIMUM, "probabilities": LOG_MEAN}.get(output, MEAN)


def pooled(output: Tensor, reading: OutputReading) -> Tensor:
    """One row per clip of an output with more axes, (clip, output).

    Parameters
    ----------
    output
        With its clip axis first, or without it for a single clip.
    reading
        Its axes; without time the others are flattened.
    """
    if output.ndim == reading.n_axes - 1:
        output = output.unsqueeze(0)
    rows = by_time(output, reading.time_axis)  # (clip, time, output)
    if reading.pooling == LOG_MEAN:
        return rows.clamp_min(torch.finfo(rows.dtype).tiny).log().mean(1)
    if reading.pooling == MAXIMUM:
        return rows.amax(1)
    return (rows.square() if reading.pooling == MEAN_SQUARE else rows).mean(1)


def by_time(output: Tensor, time_axis: int | None) -> Tensor:
    """Put time second and flatten what is left: (clip, time, output); one step without time."""
    if time_axis is None:
        return output.flatten(1).unsqueeze(1)
    moved = output.movedim(time_axis, 1)  # (clip, time, ...)
    return moved.flatten(2) if moved.ndim > 2 else moved.unsqueeze(2)
