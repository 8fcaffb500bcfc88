"""A bank beside its untrained twins: counts and medians, and where those of the twins lie."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from cnnviz.dsp import null
from cnnviz.dsp.aliasing import LEAKING, zone_leakages, zone_shares
from cnnviz.dsp.bank import shapes_and_qs
from cnnviz.dsp.duplicates import find_duplicates
from cnnviz.dsp.outside import chance_outside
from cnnviz.dsp.shapes import SHAPES
from cnnviz.results import FilterDetails, FilterTable, TwinRange

CLEAR_DIRECTION = 0.5
"""|direction| above which it is counted: more than three times the energy leans one way."""
SEVERAL_ZONES = "filters over several zones"
"""Filters whose energy lies over several Nyquist zones of their output, as a range is named."""
REPEAT_FILTERS = 500
"""Untrained filters among which repetitions are counted: all pairs of a bank are compared."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TwinReading:
    """What was read from the twins of one layer.

    Parameters
    ----------
    n_banks
        Twins that were read.
    verdict
        Filters held against all filters of the twins.
    shapes
        Shapes of each twin's filters, and their Q in `qs`; empty where not asked for.
    qs
        See `shapes`.
    directions
        Of each twin's filters, (filter,) each; empty where they have none.
    leaking
        Share of each twin's filters whose energy lies over several Nyquist zones of their
        output; empty where there is one zone or their number is not known.
    modulation
        Mean modulation transfer (scale, rate), or None.
    """

    n_banks: int
    verdict: null.Verdict
    shapes: tuple[tuple[str, ...], ...] = ()
    qs: tuple[np.ndarray, ...] = ()
    directions: tuple[np.ndarray, ...] = ()
    leaking: tuple[float, ...] = ()
    modulation: np.ndarray | None = None


def read_waveform_twins(
    banks: Sequence[np.ndarray], verdict: null.Verdict, stride: int | None
) -> TwinReading:
    """Read twins at the waveform, (filter, tap) each; shapes and Q where filters are short.

    `stride` is that of their output in samples; None where not known.
    """
    is_short = null.count_taps(np.concatenate(banks)) < null.FEWEST_TAPS
    read = [shapes_and_qs(bank) for bank in banks] if is_short else []
    return TwinReading(
        n_banks=len(banks),
        verdict=verdict,
        shapes=tuple(shape for shape, _ in read),
        qs=tuple(q for _, q in read),
        leaking=() if stride in (None, 1) else tuple(_leaking_share(b, stride) for b in banks),
    )


def is_leaking(zone_leakage: np.ndarray) -> np.ndarray:
    """Which filters have more than a tenth of their energy outside their strongest zone."""
    return np.asarray(zone_leakage > LEAKING)


def _leaking_share(taps: np.ndarray, stride: int) -> float:
    leakages = zone_leakages(zone_shares(taps, stride))
    return float(is_leaking(leakages).sum() / max(1, np.isfinite(leakages).sum()))


def compare(
    table: FilterTable, details: FilterDetails | None, reading: TwinReading
) -> tuple[TwinRange, ...]:
    """Numbers of a bank beside those of its twins, repetitions left out."""
    verdict, n_live = reading.verdict, int((~table.dead).sum())
    ranges = [
        _counted(name, n_live, *each, reading)
        for name, each in (
            ("peakier filters", (verdict.peakier, verdict.untrained_peakier)),
            ("structured filters", (verdict.structured, verdict.untrained_structured)),
        )
    ]
    counts = [Counter(shape) for shape in reading.shapes]
    seen = {shape for count in counts for shape in count} | set(table.shape)
    for shape in SHAPES if counts else ():
        if shape in seen:
            own = sum(each == shape for each in table.shape)
            ranges.append(_ranged(shape, own, [count[shape] for count in counts]))
    if any(np.isfinite(q).any() for q in reading.qs) and np.isfinite(table.q_3db).any():
        medians = [np.nanmedian(q) for q in reading.qs if np.isfinite(q).any()]
        ranges.append(_ranged("median Q", np.nanmedian(table.q_3db), medians))
    if reading.directions:
        own, *others = (_n_clear(each) for each in (table.direction, *reading.directions))
        ranges.append(_ranged("clear directions", own, others))
    if reading.leaking and details is not None:
        own = int((is_leaking(details.zone_leakage) & ~table.dead).sum())
        ranges.append(_ranged(SEVERAL_ZONES, own, np.rint(n_live * np.array(reading.leaking))))
    return tuple(ranges)


def compare_repeats(n_repeating: int, banks: Iterable[np.ndarray], threshold: float) -> TwinRange:
    """Repetitions of a bank beside those of untrained ones, (filter, channel, tap) each."""
    counts = []
    for bank in banks:
        alive = np.zeros(len(bank), bool)
        found = find_duplicates(bank, dead=alive, threshold=threshold)
        counts.append(int((found.index >= 0).sum()))
    return _ranged("repeating filters", n_repeating, counts)


def _counted(
    name: str, n_live: int, own: np.ndarray, untrained: np.ndarray, reading: TwinReading
) -> TwinRange:
    counts = untrained.reshape(reading.n_banks, -1).mean(axis=1) * n_live
    expected = null.expect(reading.verdict, n_live, counts)
    return TwinRange(
        name=name,
        value=float(own.sum()),
        low=expected.low,
        high=expected.high,
        chance=null.LEVEL if reading.verdict.n_limit else None,
    )


def _n_clear(directions: np.ndarray) -> int:
    return int((np.abs(directions) > CLEAR_DIRECTION).sum())


def _ranged(name: str, value: float, of_twins: Sequence[float] | np.ndarray) -> TwinRange:
    twins = np.array(of_twins, dtype=float)
    low, high = null.central_range(twins)
    chance = chance_outside(int(np.isfinite(twins).sum()))
    return TwinRange(name=name, value=float(value), low=low, high=high, chance=chance)
