"""The filters of a bank at the waveform together, beside those of its untrained twins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cnnviz.dsp import null
from cnnviz.dsp.bank import centres_and_widths
from cnnviz.dsp.composite import Kernel, is_clip_gain, nonlinear_steps
from cnnviz.dsp.frame_bounds import measure_frame
from cnnviz.dsp.outside import chance_outside
from cnnviz.dsp.redundancy import effective_number, likeness, magnitudes, neighbour_overlap
from cnnviz.dsp.scale_comparison import (
    LEVEL,
    ScaleTest,
    central_centres,
    compare_scales,
    confusable_scales,
    density_per_erb,
    fit_slope,
)
from cnnviz.dsp.scales import SCALES, erb_hz
from cnnviz.filterbanks.axes import InputAxes, waveform_chain
from cnnviz.filterbanks.layer import Layer
from cnnviz.filterbanks.reading import Measured
from cnnviz.results import (
    BandwidthTrend,
    BankSummary,
    CentreScales,
    FilterTable,
    Frame,
    Responses,
    TwinRange,
)
from cnnviz.results.bank_summary import CONDITION, DENSITY, EFFECTIVE, OVERLAP, SLOPE


def summarise(
    layer: Layer, measured: Measured, table: FilterTable, axes: InputAxes
) -> BankSummary | None:
    """Summarise the live filters of a bank.

    Parameters
    ----------
    layer, measured, table
        The bank, as it was read.
    axes
        Of the network's input.

    Returns
    -------
    BankSummary or None
        None where the way from the waveform is not linear up to a gain of the clip, where no
        filter is live, and for Fourier kernels.
    """
    responses, live = measured.responses, ~table.dead
    if responses is None or not live.any() or not _is_linear(layer, axes):
        return None
    reader = _Reader(sample_rate=axes.sample_rate, stride=_stride(responses))
    own = reader.read(responses.kernels.taps[live], table.centre_hz[live], table.erb_hz[live])
    twins = [reader.read_twin(taps[: live.sum()]) for taps in measured.untrained_taps]
    return BankSummary(
        n_filters=int(live.sum()),
        effective_number=own.effective_number,
        overlap=own.overlap,
        per_erb=own.per_erb,
        frame=own.frame,
        scales=_scales(own, twins),
        bandwidths=own.bandwidths,
        ranges=_ranges(own, twins),
    )


def _is_linear(layer: Layer, axes: InputAxes) -> bool:
    """Whether learned filters read the waveform, through linear steps or one gain of the clip."""
    chain = waveform_chain(layer.source, axes)
    if chain is None or layer.source.convolution.is_fourier:
        return False
    steps = nonlinear_steps(chain)
    n_kernels = sum(isinstance(step, Kernel) for step in chain)
    return not steps or (n_kernels == 1 and all(map(is_clip_gain, steps)))


def _stride(responses: Responses) -> int | None:
    """Samples a step, of one channel of sound; None where that is not known."""
    jump = responses.kernels.jump
    if jump is None or jump < 1 or jump != int(jump) or responses.channel_magnitudes_db is not None:
        return None
    return int(jump)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Reading:
    """One bank as numbers; `centres_hz` are those above zero."""

    centres_hz: np.ndarray
    effective_number: float
    overlap: float
    per_erb: float
    frame: Frame | None
    tests: tuple[ScaleTest, ...]
    bandwidths: BandwidthTrend | None

    @property
    def slope(self) -> float:
        return np.nan if self.bandwidths is None else self.bandwidths.slope

    @property
    def condition_db(self) -> float:
        """NaN where it is infinite."""
        condition = np.inf if self.frame is None else self.frame.condition
        return 10 * np.log10(condition) if np.isfinite(condition) else np.nan


@dataclass(frozen=True, kw_only=True, slots=True)
class _Reader:
    """What banks that are compared have in common."""

    sample_rate: float
    stride: int | None

    def read_twin(self, taps: np.ndarray) -> _Reading:
        """Read untrained filters (filter, tap)."""
        return self.read(taps, *centres_and_widths(taps, self.sample_rate))

    def read(self, taps: np.ndarray, centres: np.ndarray, widths: np.ndarray) -> _Reading:
        """Read filters (filter, tap) with their centres and bandwidths in Hz, (filter,)."""
        alike = likeness(magnitudes(taps))
        is_heard = np.isfinite(np.diagonal(alike))
        alike, centres, widths = alike[is_heard][:, is_heard], centres[is_heard], widths[is_heard]
        has_centre = centres > 0
        return _Reading(
            centres_hz=centres[has_centre],
            effective_number=effective_number(alike),
            overlap=neighbour_overlap(alike, centres),
            per_erb=density_per_erb(centres[has_centre]),
            frame=self._frame(taps),
            tests=compare_scales(centres[has_centre]),
            bandwidths=_trend(centres, widths),
        )

    def _frame(self, taps: np.ndarray) -> Frame | None:
        if self.stride is None:
            return None
        found = measure_frame(taps, stride=self.stride, sample_rate=self.sample_rate)
        if found is None:
            return None
        return Frame(
            stride=self.stride,
            step_rate=self.sample_rate / self.stride,
            lower=found.lower,
            upper=found.upper,
            weakest_hz=found.weakest_hz,
            strongest_hz=found.strongest_hz,
            null_hz=np.array(found.null_hz).reshape(-1, 2),
            lost_share=found.lost_share,
        )


def _trend(centres: np.ndarray, widths: np.ndarray) -> BandwidthTrend | None:
    known = (centres > 0) & (widths > 0)
    slope = fit_slope(centres[known], widths[known])
    if slope is None:
        return None
    return BandwidthTrend(
        slope=slope.value,
        low=slope.low,
        high=slope.high,
        ratio_to_hearing=float(np.median(widths[known] / erb_hz(centres[known]))),
        n_filters=int(known.sum()),
    )


def _scales(own: _Reading, twins: Sequence[_Reading]) -> CentreScales | None:
    if not own.tests:
        return None
    kept = [[test.p >= LEVEL for test in twin.tests] for twin in twins if twin.tests]
    centres = central_centres(own.centres_hz)
    low, high = float(centres[0]), float(centres[-1])
    return CentreScales(
        names=tuple(SCALES),
        distances=np.array([test.distance for test in own.tests]),
        p=np.array([test.p for test in own.tests]),
        level=LEVEL,
        n_centres=len(centres),
        low_hz=low,
        high_hz=high,
        confusable=confusable_scales(low, high, len(centres)),
        untrained_shares=np.mean(kept, axis=0) if kept else np.full(len(SCALES), np.nan),
    )


def _ranges(own: _Reading, twins: Sequence[_Reading]) -> tuple[TwinRange, ...]:
    """Numbers that the bank and its twins have, beside each other."""
    found = []
    for name, attribute in (
        (EFFECTIVE, "effective_number"),
        (OVERLAP, "overlap"),
        (DENSITY, "per_erb"),
        (SLOPE, "slope"),
        (CONDITION, "condition_db"),
    ):
        value = getattr(own, attribute)
        of_twins = np.array([getattr(twin, attribute) for twin in twins])
        low, high = null.central_range(of_twins)
        if np.isfinite([value, low, high]).all():
            chance = chance_outside(int(np.isfinite(of_twins).sum()))
            found.append(
                TwinRange(name=name, value=float(value), low=low, high=high, chance=chance)
            )
    return tuple(found)
