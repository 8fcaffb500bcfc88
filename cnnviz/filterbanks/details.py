"""Further descriptors of filters at the waveform: their own, their stride's and their bias's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any

import numpy as np

from cnnviz.dsp import details
from cnnviz.dsp.aliasing import Aliasing, measure_aliasing
from cnnviz.dsp.bank import BankAnalysis
from cnnviz.dsp.composite import (
    Affine,
    EffectiveKernel,
    Nonlinearity,
    Pool,
    Step,
    nonlinear_steps,
)
from cnnviz.dsp.operating_point import gains_at, opening_levels_dbfs, rectified_gains
from cnnviz.filterbanks.sources import Source
from cnnviz.results import FilterDetails

_CEILINGS = MappingProxyType({"relu": np.inf, "relu6": 6.0})
_AMPLITUDE = 0.1  # -20 dBFS


@dataclass(frozen=True, kw_only=True, slots=True)
class _Gate:
    """Way from the taps' output to the ReLU behind them: scale, shift (filter,), ceiling."""

    way: Affine
    ceiling: float
    has_maximum: bool


def describe_filters(
    source: Source,
    chain: Sequence[Step],
    effective: EffectiveKernel,
    analysis: BankAnalysis,
    sample_rate: float,
) -> FilterDetails:
    """Describe the filters of a layer further.

    Parameters
    ----------
    source, chain
        The layer, and the steps to it from the waveform.
    effective
        Of that chain.
    analysis
        Of its taps.
    sample_rate
        Hz, of the waveform.
    """
    taps = effective.taps.sum(axis=1)  # (filter, tap)
    columns = _columns(analysis.details, details.Details)
    stride = total_stride(source, effective)
    unknown = np.full(len(taps), np.nan)
    if stride is None:
        columns |= dict.fromkeys((field.name for field in fields(Aliasing)), unknown)
    else:
        columns |= _columns(measure_aliasing(taps, analysis.peak_hz, sample_rate, stride), Aliasing)
    gains = gains_at(taps, analysis.centre_hz, sample_rate)
    columns |= _operating_point(_gate(source, chain, effective), gains)
    return FilterDetails(**columns)


def total_stride(source: Source, effective: EffectiveKernel) -> int | None:
    """Audio samples between outputs of a layer; None without a graph."""
    is_traced = bool(source.convolution.stride) and bool(source.origin.stride)
    return effective.jump[0] if is_traced else None


def _operating_point(gate: _Gate | None, gains: np.ndarray) -> dict[str, np.ndarray]:
    """Level that opens the ReLU behind filters, and its gain at -20 dBFS, at their centres."""
    unknown = np.full(len(gains), np.nan)
    if gate is None:
        return {"threshold_dbfs": unknown, "gain_at_minus_20_dbfs": unknown}
    gains, shift = np.abs(gate.way.scale) * gains, gate.way.shift
    mean_gains = rectified_gains(gains, shift, _AMPLITUDE, gate.ceiling)
    return {
        "threshold_dbfs": opening_levels_dbfs(gains, shift),
        "gain_at_minus_20_dbfs": unknown if gate.has_maximum else mean_gains,
    }


def _columns(record: object, kind: type) -> dict[str, Any]:
    return {field.name: getattr(record, field.name) for field in fields(kind)}


def _gate(source: Source, chain: Sequence[Step], effective: EffectiveKernel) -> _Gate | None:
    """The ReLU behind filters; None if not known.

    Between a maximum over cells and the ReLU nothing may turn a sign: such layers are left out.
    """
    if not source.convolution.stride or nonlinear_steps(chain):
        return None
    scale, shift, has_maximum = np.ones(len(effective.bias)), effective.bias, False
    for step in source.followers:
        if isinstance(step, Nonlinearity):
            if step.name not in _CEILINGS:
                return None
            way = Affine(scale=scale, shift=shift)
            return _Gate(way=way, ceiling=_CEILINGS[step.name], has_maximum=has_maximum)
        if isinstance(step, Affine) and not has_maximum:
            scale, shift = scale * step.scale, shift * step.scale + step.shift
        elif isinstance(step, Pool) and (step.kind == "max" or set(step.kernel) == {1}):
            has_maximum |= step.kind == "max"
        else:
            return None
    return None
