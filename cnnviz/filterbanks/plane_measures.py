"""Kernels over frequency and time measured in bounded memory, a few at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import TypeVar

import numpy as np

from cnnviz.dsp import modulation as mtf
from cnnviz.dsp import null
from cnnviz.dsp.response import row_chunks

_Columns = TypeVar("_Columns", mtf.Ripples, mtf.Ends)


@dataclass(frozen=True, kw_only=True, slots=True)
class PlaneMeasures:
    """What is kept of the modulation power of kernels.

    Parameters
    ----------
    scales, rates
        Axes of the transform, cycles per channel and per frame.
    traits, ends
        Of each kernel.
    direction
        How ripples lean, by the order of the channels, (filter,).
    mean
        Mean over kernels of the transfer re its maximum, float64 (scale, rate).
    """

    scales: np.ndarray
    rates: np.ndarray
    traits: null.Traits
    ends: mtf.Ends
    direction: np.ndarray
    mean: np.ndarray


@dataclass(frozen=True, kw_only=True, slots=True)
class PlaneTransfers:
    """Transfers of single kernels re their maximum, float32 (filter, scale, rate); ripples."""

    values: np.ndarray
    ripples: mtf.Ripples
    measures: PlaneMeasures


def measure_plane(
    kernels: np.ndarray, *, highest_scale: float, places: np.ndarray | None
) -> PlaneMeasures:
    """Measure kernels, as in `cnnviz.dsp.modulation.transform`; no transfer is kept."""
    return _together(
        [
            _measures(part, mtf.transform(part, highest_scale=highest_scale, places=places), places)
            for part in _parts(kernels)
        ]
    )


def read_transfers(
    kernels: np.ndarray, *, highest_scale: float, places: np.ndarray | None
) -> PlaneTransfers:
    """Measure kernels, as in `cnnviz.dsp.modulation.transform`, and keep each one's transfer."""
    values, ripples, measures = np.empty(0, np.float32), list[mtf.Ripples](), list[PlaneMeasures]()
    done = 0
    for part in _parts(kernels):
        transfer = mtf.transform(part, highest_scale=highest_scale, places=places)
        if not done:
            values = np.empty((len(kernels), *transfer.powers.shape[1:]), np.float32)
        values[done : done + len(part)] = _relative(transfer.powers)
        done += len(part)
        ripples.append(mtf.read_ripples(transfer, part))
        measures.append(_measures(part, transfer, places))
    return PlaneTransfers(values=values, ripples=_joined(ripples), measures=_together(measures))


def _parts(kernels: np.ndarray) -> Iterator[np.ndarray]:
    """A few kernels at a time, float64."""
    for rows in row_chunks(len(kernels), mtf.count_cells(kernels.shape)):
        yield np.asarray(kernels[rows], dtype=np.float64)


def _measures(
    kernels: np.ndarray, transfer: mtf.Modulation, places: np.ndarray | None
) -> PlaneMeasures:
    # uneven places leak into all scales of both signs; which way a pattern leans is in the order
    in_order = transfer if places is None else mtf.transform(kernels)
    return PlaneMeasures(
        scales=transfer.scales,
        rates=transfer.rates,
        traits=null.measure(transfer.powers),
        ends=mtf.find_ends(transfer, kernels),
        direction=mtf.directions(in_order),
        mean=_relative(transfer.powers).mean(axis=0),
    )


def _together(parts: Sequence[PlaneMeasures]) -> PlaneMeasures:
    sizes = [len(part.direction) for part in parts]
    return PlaneMeasures(
        scales=parts[0].scales,
        rates=parts[0].rates,
        traits=null.joined([part.traits for part in parts]),
        ends=_joined([part.ends for part in parts]),
        direction=np.concatenate([part.direction for part in parts]),
        mean=np.average([part.mean for part in parts], axis=0, weights=sizes),
    )


def _joined(parts: Sequence[_Columns]) -> _Columns:
    columns = {
        field.name: np.concatenate([getattr(part, field.name) for part in parts])
        for field in fields(parts[0])
    }
    return type(parts[0])(**columns)


def _relative(powers: np.ndarray) -> np.ndarray:
    """Magnitude re its maximum, (filter, scale, rate)."""
    peaks = powers.max(axis=(1, 2), keepdims=True)
    return np.asarray(np.sqrt(powers / np.where(peaks > 0, peaks, 1.0)))
