"""What of a network lies outside what its untrained twins show, over all results of a run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import isfinite

from cnnviz.dsp.outside import by_chance
from cnnviz.results.finding import Evidence, Finding, plural
from cnnviz.results.result import Result
from cnnviz.results.twin_rows import BesideTwins

_N_CLEAREST = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Learned:
    """What of a network differs from untrained twins.

    Parameters
    ----------
    rows
        All numbers: layers in the order of the results, in each those outside first, the farthest
        first, those that are not judged last.
    expected
        How many of the judged ones lie outside by chance.
    limit
        More lie outside in no more than 5 % of untrained networks.
    """

    rows: tuple[BesideTwins, ...]
    expected: float
    limit: int

    @property
    def n_judged(self) -> int:
        """Numbers whose ranges may tell a network apart."""
        return sum(row.is_judged for row in self.rows)

    @property
    def outside(self) -> tuple[BesideTwins, ...]:
        """Numbers outside, the farthest first."""
        found = (row for row in self.rows if row.is_outside)
        return tuple(sorted(found, key=lambda row: -row.distance))

    @property
    def is_told_apart(self) -> bool:
        """Whether more numbers lie outside than in 95 % of untrained networks."""
        return len(self.outside) > self.limit


def beside_twins(results: Iterable[Result]) -> Learned:
    """Collect what stands beside untrained twins in results, layer by layer.

    Parameters
    ----------
    results
        Of one model, of any types; those without twins add nothing.
    """
    every = (row for result in results for row in result.beside_twins())
    found = [row for row in every if isfinite(row.value + row.low + row.high)]
    layers = list(dict.fromkeys(row.layer for row in found))
    found.sort(
        key=lambda row: (
            layers.index(row.layer),
            not row.is_judged,
            not row.is_outside,
            -row.distance,
        )
    )
    groups: dict[tuple[str, str], list[float]] = {}
    for row in found:
        if row.is_judged and row.chance is not None:
            groups.setdefault((row.source, row.layer), []).append(row.chance)
    chance = by_chance(tuple(groups.values()))
    return Learned(rows=tuple(found), expected=chance.mean, limit=chance.limit)


def describe(learned: Learned) -> tuple[Finding, ...]:
    """One sentence on whether anything distinguishes a network; none without twins."""
    if not learned.rows:
        return ()
    n_judged, n_outside = learned.n_judged, len(learned.outside)
    return (
        Finding(
            id="learned",
            sentence=_sentence(learned),
            evidence=(
                Evidence(name="numbers outside the range of untrained twins", value=n_outside),
                Evidence(name="numbers held against untrained twins", value=n_judged),
                Evidence(name="outside by chance", value=learned.expected),
                Evidence(name="at most outside in 95 % of untrained networks", value=learned.limit),
                Evidence(name="numbers of too few twins", value=len(learned.rows) - n_judged),
            ),
            threshold=learned.limit,
            null=learned.expected,
            severity="warning" if n_judged and not learned.is_told_apart else "note",
            fragment="learned",
        ),
    )


def _sentence(learned: Learned) -> str:
    n, n_few = learned.n_judged, len(learned.rows) - learned.n_judged
    if not n:
        return (
            f"Nothing is told apart from untrained twins: {plural(n_few, 'number')} "
            f"{'has' if n_few == 1 else 'have'} the range of too few twins."
        )
    n_outside = len(learned.outside)
    counts = (
        f"{n_outside} {'lies' if n_outside == 1 else 'lie'} outside their range; by chance "
        f"{learned.expected:.2g} would, and up to {learned.limit} in 95 % of untrained networks"
    )
    if not learned.is_told_apart:
        return (
            "Nothing measured here distinguishes this network from its untrained twins: of "
            f"{plural(n, 'number')} held against them {counts}."
        )
    clearest = "; ".join(map(words, learned.outside[:_N_CLEAREST]))
    return (
        f"Of {plural(n, 'number')} held against untrained twins {counts}. The clearest: {clearest}."
    )


def words(row: BesideTwins) -> str:
    """A number beside its range: ``"conv1: 30 of 64 peakier filters (twins 0 to 5)"``."""
    if row.n is not None:
        counted = f"{row.value:,.0f} of {row.n:,} {row.what}"
        return f"{row.layer}: {counted} (twins {row.low:,.0f} to {row.high:,.0f})"
    return f"{row.layer}: {row.what} {row.value:.3g} (twins {row.low:.3g} to {row.high:.3g})"
