"""What the filters of a bank are together: what it keeps, where it listens, how much it repeats."""

from dataclasses import dataclass

import numpy as np

from cnnviz.results._freeze import freeze
from cnnviz.results.untrained import TwinRange

EFFECTIVE, OVERLAP, DENSITY = (
    "effective number of filters",
    "likeness of neighbours",
    "filters per ERB",
)
SLOPE, CONDITION = "slope of bandwidth", "condition number in dB"
"""Names of the ranges of a summary."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """Bounds of the energy that a bank gives for sounds of energy 1.

    Where clips are normalised first the sounds are normalised ones.

    Parameters
    ----------
    stride, step_rate
        Input samples a step, and steps a second.
    lower, upper
        Least and largest; 0 where some sounds leave no trace.
    weakest_hz, strongest_hz
        Where they are reached. Of a stride above 1 these are at most half of `step_rate` and
        stand for mixtures of all tones that lie multiples of `step_rate` from them.
    null_hz
        Lower and upper end of each band in which no filter passes a tone, lowest first, (band, 2);
        equal for a single tone.
    lost_share
        Share of the input's dimensions that leave no trace, in [0, 1].
    """

    stride: int
    step_rate: float
    lower: float
    upper: float
    weakest_hz: float
    strongest_hz: float
    null_hz: np.ndarray
    lost_share: float

    def __post_init__(self) -> None:
        freeze(self, null_hz=("band", 2))

    @property
    def condition(self) -> float:
        """Upper over lower bound: 1 for a tight frame, infinite where the lower one is 0."""
        return self.upper / self.lower if self.lower > 0 else np.inf


@dataclass(frozen=True, kw_only=True, slots=True)
class CentreScales:
    """Which frequency scales the centres of a bank may be evenly spaced on.

    Parameters
    ----------
    names
        Of the scales, (scale,).
    distances, p
        Of the test of Kolmogorov and Smirnov, (scale,).
    level
        Least p of a scale that is not rejected.
    n_centres
        Centres that were compared, those at the ends included.
    low_hz, high_hz
        Ends of their range.
    confusable
        Pairs of scales that as many centres in this range cannot tell apart: centres that lie
        evenly on one of them are not rejected on the other.
    untrained_shares
        Share of untrained twins for which each scale is not rejected, in [0, 1], (scale,); NaN
        without twins.
    """

    names: tuple[str, ...]
    distances: np.ndarray
    p: np.ndarray
    level: float
    n_centres: int
    low_hz: float
    high_hz: float
    confusable: tuple[tuple[str, str], ...]
    untrained_shares: np.ndarray

    def __post_init__(self) -> None:
        axes = dict.fromkeys(("names", "distances", "p", "untrained_shares"), ("scale",))
        freeze(self, **axes)

    @property
    def compatible(self) -> tuple[str, ...]:
        """Scales that are not rejected."""
        return tuple(name for name, p in zip(self.names, self.p, strict=True) if p >= self.level)

    @property
    def rejected(self) -> tuple[str, ...]:
        """Scales that are."""
        return tuple(name for name in self.names if name not in self.compatible)


@dataclass(frozen=True, kw_only=True, slots=True)
class BandwidthTrend:
    """How bandwidths (ERB) grow with centre frequencies.

    Parameters
    ----------
    slope, low, high
        Slope of log bandwidth on log centre and its 95 % interval: 0 is constant bandwidth, 1
        constant Q.
    ratio_to_hearing
        Median of bandwidths over those of human hearing at the centres.
    n_filters
        Filters it was fitted to.
    """

    slope: float
    low: float
    high: float
    ratio_to_hearing: float
    n_filters: int


@dataclass(frozen=True, kw_only=True, slots=True)
class BankSummary:
    """The live filters of a bank together.

    Parameters
    ----------
    n_filters
        Filters that later layers hear.
    effective_number
        How many different magnitude responses they amount to, 1 to `n_filters`.
    overlap
        Mean cosine of magnitude responses next to each other by centre, in [0, 1]; NaN for one.
    per_erb
        Centres per equivalent rectangular bandwidth of hearing; NaN for one centre.
    frame
        None where the samples a step are not known, and for several channels of sound.
    scales
        None for fewer than ten centres, or equal ones.
    bandwidths
        None for fewer than three centres, or equal ones.
    ranges
        Numbers of the bank beside those of as many filters of untrained twins.
    """

    n_filters: int
    effective_number: float
    overlap: float
    per_erb: float
    frame: Frame | None
    scales: CentreScales | None
    bandwidths: BandwidthTrend | None
    ranges: tuple[TwinRange, ...]

    def range_of(self, name: str) -> TwinRange | None:
        """The range of a name; None where it was not measured."""
        return next((each for each in self.ranges if each.name == name), None)
