"""Numbers of results that stand beside those of untrained twins, one record for each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.dsp.null import LEVEL
from cnnviz.dsp.outside import MOST_CHANCE, units_outside
from cnnviz.results.untrained import TwinRange

if TYPE_CHECKING:
    from cnnviz.results.result import Result

_ROUNDING = 1e-9
_Measures = Sequence[tuple[str, np.ndarray, np.ndarray]]
"""What is measured, of units (unit,), and of those of twins (twin, unit)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BesideTwins:
    """One number of a layer beside those of untrained twins.

    Parameters
    ----------
    layer
        Name of the layer.
    what
        What is counted or measured.
    value, low, high
        Of the network, and between which the twins lie.
    n
        Units or filters that are counted among; None for what is no count.
    chance
        Probability that an untrained network lies outside; None where it is not known.
    source
        Id of the result.
    fragment
        Part of a page that shows it.
    """

    layer: str
    what: str
    value: float
    low: float
    high: float
    n: int | None = None
    chance: float | None = None
    source: str
    fragment: str

    @property
    def is_judged(self) -> bool:
        """Whether the range is wide enough to tell a network apart."""
        return self.chance is not None and self.chance <= MOST_CHANCE + _ROUNDING

    @property
    def is_outside(self) -> bool:
        """Whether the number is judged and lies outside the range of the twins."""
        return self.is_judged and not self.low <= self.value <= self.high

    @property
    def distance(self) -> float:
        """From the middle of the range in halves of its width: above 1 outside."""
        half = (self.high - self.low) / 2
        return abs(self.value - (self.low + self.high) / 2) / (half if half > 0 else 0.5)


def of_range(
    result: Result,
    layer: str,
    fragment: str,
    found: TwinRange,
    *,
    n: int | None,
    is_own: bool = True,
) -> BesideTwins:
    """A range that a result holds; untrained filters of another kind tell nothing apart."""
    return BesideTwins(
        layer=layer,
        what=found.name,
        value=found.value,
        low=found.low,
        high=found.high,
        n=n,
        chance=found.chance if is_own else None,
        source=result.id,
        fragment=result.fragment(f"{fragment}-{layer}"),
    )


def of_units(
    result: Result, layer: str, fragment: str, measures: _Measures
) -> Iterator[BesideTwins]:
    """Units outside the middle 95 % of untrained units; a layer is named once for all measures."""
    for what, values, twins in measures:
        found = units_outside(values, list(twins))
        if found is not None:
            yield of_range(
                result,
                layer,
                fragment,
                TwinRange(
                    name=f"units of unusual {what}",
                    value=float(found.n_outside),
                    low=found.expected.low,
                    high=found.expected.high,
                    chance=LEVEL,
                ),
                n=found.n_units,
            )
