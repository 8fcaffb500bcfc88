"""Numbers of results that stand beside those of untrained twins, one record for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from cnnviz.dsp.medians import known_median
from cnnviz.dsp.null import LEVEL, central_range, expect_count
from cnnviz.dsp.outside import MOST_CHANCE, chance_outside, units_outside
from cnnviz.results.distortion import Distortion
from cnnviz.results.filter_fits import FilterFits
from cnnviz.results.filter_responses import FilterResponses
from cnnviz.results.integration_windows import IntegrationWindows
from cnnviz.results.invariances import Invariances
from cnnviz.results.modulation_transfer import ModulationTransfer
from cnnviz.results.result import Result
from cnnviz.results.reverse_correlation import ReverseCorrelation
from cnnviz.results.strf import SpectroTemporalFields
from cnnviz.results.tone_tuning import ToneTuning
from cnnviz.results.unit_names import UnitNames
from cnnviz.results.untrained import TwinRange

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


def rows_of(result: Result) -> Iterator[BesideTwins]:
    """Numbers of a result that are known of the network and of its twins."""
    reader = _READERS.get(type(result))
    if reader is not None:
        for row in reader(result):
            if np.isfinite([row.value, row.low, row.high]).all():
                yield row


def _of_range(
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


def _of_units(
    result: Result, layer: str, fragment: str, measures: _Measures
) -> Iterator[BesideTwins]:
    """Units outside the middle 95 % of untrained units; a layer is named once for all measures."""
    for what, values, twins in measures:
        found = units_outside(values, list(twins))
        if found is not None:
            yield _of_range(
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


def _filters(result: FilterResponses) -> Iterator[BesideTwins]:
    for bank in result.banks:
        if bank.untrained is None:
            continue
        n_live = int((~bank.table.dead).sum())
        ranges = (*bank.untrained.ranges, *(() if bank.summary is None else bank.summary.ranges))
        for found in ranges:
            is_count = found in bank.untrained.ranges and found.name != "median Q"
            n = n_live if is_count else None
            is_own = bank.untrained.is_own
            yield _of_range(result, bank.layer, "filters", found, n=n, is_own=is_own)


def _fits(result: FilterFits) -> Iterator[BesideTwins]:
    for fit in result.fits:
        found = TwinRange(
            name=f"filters fitted best by: {fit.family}",
            value=fit.count.value,
            low=fit.count.low,
            high=fit.count.high,
            chance=fit.count.chance,
        )
        n = len(result.filter_index)
        yield _of_range(result, result.layer, "fits", found, n=n, is_own=result.is_own)


def _tones(result: ToneTuning) -> Iterator[BesideTwins]:
    for one in result.layers:
        for found in one.twins:
            n = len(one.best_hz) if found.name == "sharper units" else None
            yield _of_range(result, one.layer, "tuning", found, n=n)


def _reverse(result: ReverseCorrelation) -> Iterator[BesideTwins]:
    for one in result.layers:
        if one.twins is None:
            continue
        jacobians, energy_like = one.jacobians, one.energy_like
        complexity = np.full(1, np.nan) if jacobians is None else jacobians.complexity
        field = np.full(1, np.nan) if one.field_ratio is None else one.field_ratio
        shown = one.averages.is_shown
        numbers = (
            ("units with an average", float(shown.sum()), one.twins.n_averages, one.n_units),
            (
                "energy-like units",
                np.nan if energy_like is None else float(energy_like.sum()),
                one.twins.n_energy_like,
                one.n_units,
            ),
            ("median complexity", known_median(complexity), one.twins.complexity, None),
            ("median share of the field", known_median(field), one.twins.field_ratio, None),
        )
        for name, value, twins, n in numbers:
            known = twins[np.isfinite(twins)]
            if np.isfinite(value) and len(known):
                low, high = central_range(known)
                chance = chance_outside(len(known))
                found = TwinRange(name=name, value=value, low=low, high=high, chance=chance)
                yield _of_range(result, one.layer, "reverse", found, n=n)


def _modulation(result: ModulationTransfer) -> Iterator[BesideTwins]:
    for one in result.layers:
        measures = (
            ("best rate", one.best_rate_hz, one.twin_best_rate_hz),
            ("upper cut-off", one.cut_off_hz, one.twin_cut_off_hz),
            ("lower cut-off", one.lower_cut_off_hz, one.twin_lower_cut_off_hz),
        )
        yield from _of_units(result, one.layer, "modulation", measures)


def _fields(result: SpectroTemporalFields) -> Iterator[BesideTwins]:
    for one in result.layers:
        measures = (("STRF correlation", one.held_out_correlations, one.twin_correlations),)
        yield from _of_units(result, one.layer, "strf", measures)


def _distortion(result: Distortion) -> Iterator[BesideTwins]:
    for one in result.layers:
        measures = (
            ("distortion", one.distortion, one.twin_distortion),
            ("two-tone suppression", one.suppressed_area, one.twin_suppressed_area),
        )
        yield from _of_units(result, one.layer, "distortion", measures)


def _invariances(result: Invariances) -> Iterator[BesideTwins]:
    for one in result.layers:
        measures = [
            (
                f"invariance to {'time reversal' if family == 'reversal' else family}",
                result.of_family(one.index, family),
                result.of_family(one.twin_index, family),
            )
            for family in result.family_names
        ]
        measures.append(("aliasing", one.aliasing, one.twin_aliasing))
        yield from _of_units(result, one.layer, "invariances", measures)


def _windows(result: IntegrationWindows) -> Iterator[BesideTwins]:
    for one in result.layers:
        measures = (("integration window", one.window_seconds, one.twin_window_seconds),)
        yield from _of_units(result, one.layer, "windows", measures)


def _names(result: UnitNames) -> Iterator[BesideTwins]:
    """Named units; of twins, those named by the others."""
    for one in result.layers:
        n, n_all = len(one.score), one.twin_scores.size
        if not np.isfinite(one.limit) or len(one.twin_counts) < 2 or not n_all:
            continue
        n_limit = max(1, int((one.twin_scores >= one.limit).sum()))
        expected = expect_count(n, n_limit, n_all, one.twin_counts.astype(float))
        found = TwinRange(
            name="named units",
            value=float(one.is_named.sum()),
            low=expected.low,
            high=expected.high,
            chance=LEVEL,
        )
        yield _of_range(result, one.layer, "unit-names", found, n=n)


_READERS: Mapping[type, Callable[..., Iterator[BesideTwins]]] = MappingProxyType(
    {
        FilterResponses: _filters,
        FilterFits: _fits,
        ToneTuning: _tones,
        ReverseCorrelation: _reverse,
        ModulationTransfer: _modulation,
        Distortion: _distortion,
        Invariances: _invariances,
        SpectroTemporalFields: _fields,
        IntegrationWindows: _windows,
        UnitNames: _names,
    }
)
