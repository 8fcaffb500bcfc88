"""What a bank is held against: untrained filters of the same network."""

from dataclasses import dataclass

import numpy as np

from cnnviz.results._freeze import freeze


@dataclass(frozen=True, kw_only=True, slots=True)
class TwinRange:
    """One number of a bank beside that of its untrained twins.

    Parameters
    ----------
    name
        What is counted or measured, such as ``"peakier filters"`` or ``"median Q"``.
    value
        Of the bank.
    low, high
        Between which 95 % of untrained twins lie, or all of them where they are few.
    chance
        Probability that an untrained network lies outside, 2 / (n + 1) for the range of n twins;
        None where it is not known, and in files of earlier versions.
    """

    name: str
    value: float
    low: float
    high: float
    chance: float | None = None

    @property
    def is_usual(self) -> bool:
        """Whether the bank lies where untrained ones do."""
        return self.low <= self.value <= self.high


@dataclass(frozen=True, kw_only=True, slots=True)
class Untrained:
    """Untrained twins of a bank, and where the bank lies among them.

    Parameters
    ----------
    null
        How the twins were drawn.
    is_own
        Whether that is how this network's weights were drawn.
    n_banks
        Twins of the whole bank that were looked at.
    ranges
        Numbers of the bank beside those of the twins.
    least_repeat
        Least ``|r|`` at which a filter counts as a repetition: what 5 % of untrained filters
        exceed, and .95 at least.
    modulation
        Mean modulation transfer of the twins, float32 (scale, rate), on the axes of the bank's;
        None where the bank has none.
    """

    null: str
    is_own: bool
    n_banks: int
    ranges: tuple[TwinRange, ...]
    least_repeat: float
    modulation: np.ndarray | None = None

    def __post_init__(self) -> None:
        freeze(self)

    def range_of(self, name: str) -> TwinRange | None:
        """The range of a name; None where it was not measured."""
        return next((each for each in self.ranges if each.name == name), None)
