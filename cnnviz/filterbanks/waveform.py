"""Filters whose taps can be brought to the waveform: responses over frequency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cnnviz.dsp.bank import BankAnalysis, analyse
from cnnviz.dsp.composite import Kernel, Step, effective_kernel
from cnnviz.dsp.response import levels_db, power, spectra
from cnnviz.filterbanks.axes import InputAxes, waveform_chain
from cnnviz.filterbanks.details import describe_filters, total_stride
from cnnviz.filterbanks.sources import Source
from cnnviz.filterbanks.twins import Twins
from cnnviz.results import FilterDetails, InputKernels, Responses

_MOST_COMPOSITE_DRAWS = 256


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """The analyzer's parameters that banks depend on."""

    least_points: int
    null_draws: int
    seed: int
    init: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class WaveformFilters:
    """Filters at the waveform: their responses, and descriptors.

    `stride` is that from the waveform to the layer's output, in samples; None where not known.
    """

    responses: Responses
    analysis: BankAnalysis
    details: FilterDetails
    stride: int | None


def read_responses(
    source: Source,
    chain: Sequence[Step],
    sample_rate: float,
    *,
    settings: Settings,
    untrained: Sequence[np.ndarray],
    noise: Sequence[np.ndarray],
    dead: np.ndarray,
) -> WaveformFilters:
    """Compute the effective taps of a chain and describe them beside those of its twins."""
    effective = effective_kernel(chain, source.n_input_channels)
    taps = effective.taps.sum(axis=1)  # (filter, tap)
    analysis = analyse(
        taps,
        sample_rate,
        untrained=np.concatenate(untrained),
        noise=np.concatenate(noise),
        dead=dead,
        least_points=settings.least_points,
    )
    is_traced = bool(source.origin.stride) and source.start is not None
    curves = analysis.curves
    return WaveformFilters(
        responses=Responses(
            kernels=InputKernels(
                taps=taps,
                seconds=np.arange(taps.shape[1]) / sample_rate,
                offset=(source.start or 0.0) + effective.offset[0] if is_traced else None,
                jump=float(effective.jump[0]) if is_traced else None,
            ),
            frequencies=curves.frequencies,
            magnitudes_db=curves.magnitudes_db,
            phases=curves.phases,
            group_delays=curves.group_delays,
            channel_magnitudes_db=_per_channel(effective.taps, len(curves.frequencies)),
        ),
        analysis=analysis,
        details=describe_filters(source, chain, effective, analysis, sample_rate),
        stride=total_stride(source, effective),
    )


def read_twins(
    twins: Twins, chain: Sequence[Step], axes: InputAxes, settings: Settings
) -> tuple[np.ndarray, ...]:
    """Effective taps of a layer's untrained twins, (filter, tap) each."""
    is_composite = sum(isinstance(step, Kernel) for step in chain) > 1
    most = _MOST_COMPOSITE_DRAWS if is_composite else settings.null_draws
    drawn = twins.draw(min(settings.null_draws, most))
    chains = ((twin, waveform_chain(twin, axes)) for twin in drawn)
    return tuple(
        effective_kernel(steps, twin.n_input_channels).taps.sum(axis=1)
        for twin, steps in chains
        if steps is not None
    )


def _per_channel(taps: np.ndarray, n_frequencies: int) -> np.ndarray | None:
    if taps.shape[1] == 1:
        return None
    n_fft = 2 * (n_frequencies - 1)
    levels = [levels_db(power(spectra(taps[:, c], n_fft))) for c in range(taps.shape[1])]
    return np.stack(levels).astype(np.float32)  # (channel, filter, n)
