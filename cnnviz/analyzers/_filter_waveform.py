"""Banks whose taps can be brought to the waveform: responses over frequency."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnnviz.analyzers._filter_axes import MOST_WAVEFORM_CHANNELS, InputAxes
from cnnviz.analyzers._filter_sources import Source, along_time
from cnnviz.dsp.bank import BankAnalysis, analyse
from cnnviz.dsp.composite import Kernel, Step, effective_kernel, nonlinear_steps
from cnnviz.dsp.null import draw_kernels
from cnnviz.dsp.response import levels_db, power, spectra

_MOST_COMPOSITE_DRAWS = 256


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """The analyzer's parameters that banks depend on."""

    least_points: int
    null_draws: int
    seed: int


@dataclass(frozen=True, kw_only=True, slots=True)
class WaveformResponses:
    """Responses at the waveform.

    `kernels` (filter, tap) are summed over input channels, `channel_magnitudes_db` as in
    `results.FilterBank`; `offset` and `jump` in audio samples.
    """

    analysis: BankAnalysis
    kernels: np.ndarray
    offset: float
    jump: float
    channel_magnitudes_db: np.ndarray


def waveform_chain(source: Source, axes: InputAxes) -> tuple[Step, ...] | None:
    """The chain from the waveform to a layer along time; None where there is none."""
    first = source.origin
    n_channels = first.weight.shape[1] * first.groups
    if source.chain is None or not axes.is_waveform or n_channels > MOST_WAVEFORM_CHANNELS:
        return None
    return along_time(source.chain)


def read_responses(
    source: Source,
    chain: tuple[Step, ...],
    axes: InputAxes,
    *,
    settings: Settings,
    dead: np.ndarray,
) -> WaveformResponses:
    """Compute the effective taps of a chain and describe them."""
    first = source.origin
    n_channels = first.weight.shape[1] * first.groups
    effective = effective_kernel(chain, n_channels)
    n_kernels = sum(isinstance(step, Kernel) for step in chain)
    n_draws = settings.null_draws
    if n_kernels > 1:
        n_draws = min(n_draws, _MOST_COMPOSITE_DRAWS)
    untrained = draw_kernels(chain, n_channels, n_draws=n_draws, seed=settings.seed)
    kernels = effective.taps.sum(axis=1)  # (filter, tap)
    analysis = analyse(
        kernels,
        axes.sample_rate,
        untrained=untrained.sum(axis=1),
        dead=dead,
        least_points=settings.least_points,
    )
    known = bool(first.stride)
    return WaveformResponses(
        analysis=analysis,
        kernels=kernels,
        offset=first.input_field.offset + effective.offset[0] if known else float("nan"),
        jump=float(effective.jump[0]) if known else float("nan"),
        channel_magnitudes_db=_per_channel(effective.taps, len(analysis.curves.frequencies)),
    )


def policy_text(source: Source, chain: tuple[Step, ...]) -> str:
    """Say how the layers of a composite were joined; empty for a first layer."""
    names = []
    above: Source | None = source
    while above is not None:
        names.append(above.convolution.name)
        above = above.parent
    if len(names) == 1:
        return ""
    replaced = tuple(dict.fromkeys(nonlinear_steps(chain)))
    joined = f"composite of {', '.join(reversed(names))} at the network's input"
    if not replaced:
        return f"{joined}; exact, all steps between are linear"
    return f"{joined} under the policy identity: {', '.join(map(_treatment, replaced))}"


def _treatment(name: str) -> str:
    return "max-pool as average" if name == "max-pool" else f"{name} as gain 1"


def _per_channel(taps: np.ndarray, n_frequencies: int) -> np.ndarray:
    if taps.shape[1] == 1:
        return np.empty((0, 0, 0), np.float32)
    n_fft = 2 * (n_frequencies - 1)
    levels = [levels_db(power(spectra(taps[:, c], n_fft))) for c in range(taps.shape[1])]
    return np.stack(levels).astype(np.float32)  # (channel, filter, n)
