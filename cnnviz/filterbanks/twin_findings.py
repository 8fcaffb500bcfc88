"""What a bank shows beside its untrained twins: peakiness, structure, repetitions, drift."""

from __future__ import annotations

import numpy as np

from cnnviz.dsp.drift import MOVED_ERBS
from cnnviz.dsp.duplicates import Duplicates
from cnnviz.dsp.null import FEWEST_TAPS, LEVEL
from cnnviz.dsp.shapes import DEAD, SHAPES
from cnnviz.filterbanks.facts import BankFacts, make_finding, number
from cnnviz.results import Evidence, Finding, TwinRange, plural

_STILL = 0.95
"""Median cosine to the initial taps above which filters keep the shapes they were drawn with."""
_NEAR_HIGHEST_DB = 3.0
"""From the highest peak there can be, 10 log10(taps): 5 % of untrained filters of fewer than ten
taps come this near."""


def describe_twins(bank: BankFacts) -> tuple[Finding, ...]:
    """Findings on what training made of the filters."""
    claims = (_peakiness, _few_taps, _structure, _repetition, _pairs, _drift, _moved_centres)
    return tuple(finding for claim in claims for finding in claim(bank))


def repetition_note(duplicates: Duplicates, index: int) -> list[str]:
    """Say which earlier filter one repeats, or is in quadrature with."""
    original, pair = int(duplicates.index[index]), int(duplicates.quadrature[index])
    r = duplicates.r[index]
    if original >= 0:
        word = "repeats" if r > 0 else "repeats, with the sign turned,"
        return [f"{word} {original} (r = {r:.2f})"]
    return [f"in quadrature with {pair} (|r| = {abs(r):.2f})"] if pair >= 0 else []


def _peakiness(bank: BankFacts) -> list[Finding]:
    found, n_live = bank.untrained.range_of("peakier filters"), _n_live(bank)
    if found is None or not n_live:
        return []
    twins = "their own untrained twins" if bank.untrained.is_own else "untrained filters"
    return make_finding(
        bank,
        "peakier_filters",
        f"{found.value:.0f} of {n_live:,} peakier than 95 % of {twins}; "
        f"{_twins(bank)}: {interval(found)} of {n_live:,} ({bank.untrained.null}).",
        number("peakier filters", found.value),
        number("filters", n_live),
        *_limits(found),
        null=0.05 * n_live,
    )


def _structure(bank: BankFacts) -> list[Finding]:
    """Any of the measures together; what lies inside both intervals shows no training."""
    found, n_live = bank.untrained.range_of("structured filters"), _n_live(bank)
    peakier = bank.untrained.range_of("peakier filters")
    if found is None or peakier is None or not n_live:
        return []
    evidence = (number("structured filters", found.value), *_limits(found))
    has_order = bool(np.isfinite(bank.table.symmetry).any())
    measures = "peakiness, symmetry or place of the energy" if has_order else "peakiness"
    if min(found.high, peakier.high) >= n_live:
        return _too_few(bank, n_live, evidence)
    if found.is_usual and peakier.is_usual:
        whom = "its untrained twins" if bank.untrained.is_own else "untrained ones"
        return make_finding(
            bank,
            "untrained_bank",
            f"The bank is not told apart from {whom} by {measures}: {found.value:.0f} of "
            f"{n_live:,} filters {_are(found.value)} rarer than 95 % of them, "
            f"{_twins(bank)}: {interval(found)}.",
            *evidence,
            null=0.05 * n_live,
            severity="warning" if bank.n_taps >= FEWEST_TAPS else "note",
        )
    if not has_order:
        return []
    return make_finding(
        bank,
        "structured_filters",
        f"{found.value:.0f} of {n_live:,} {_are(found.value)} rarer than 95 % of untrained ones by "
        f"{measures}; {_twins(bank)}: {interval(found)} of {n_live:,}.",
        *evidence,
        null=0.05 * n_live,
    )


def _are(n: float) -> str:
    return "is" if n == 1 else "are"


def _too_few(bank: BankFacts, n_live: int, evidence: tuple[Evidence, ...]) -> list[Finding]:
    """Where chance alone may put every filter beyond the limit."""
    return make_finding(
        bank,
        "too_few_filters",
        f"A bank of {plural(n_live, 'live filter')} cannot be told from an untrained one: chance "
        "alone may make all of them rare.",
        number("live filters", n_live),
        *evidence,
    )


def _few_taps(bank: BankFacts) -> list[Finding]:
    if bank.n_taps >= FEWEST_TAPS or not _n_live(bank):
        return []
    beside = [each for each in bank.untrained.ranges if each.name in SHAPES]
    sentence = (
        f"With {plural(bank.n_taps, 'tap')} a filter cannot be told from an untrained one by its "
        f"peak: 5 % of random ones come within {_NEAR_HIGHEST_DB:.0f} dB of the highest that there "
        "can be"
    )
    if beside:
        listed = ", ".join(f"{interval(each)} {each.name}" for each in beside)
        sentence += f"; shapes of untrained twins: {listed}"
    return make_finding(
        bank,
        "too_few_taps",
        f"{sentence}.",
        number("taps", bank.n_taps),
        number("share of random filters", LEVEL),
        number("distance from the highest peak", _NEAR_HIGHEST_DB, "dB"),
        *(evidence for each in beside for evidence in _limits(each, of=each.name)),
        threshold=FEWEST_TAPS,
    )


def q_of_twins(bank: BankFacts) -> str:
    """The usual Q of untrained twins in brackets, where filters are short; else empty."""
    found = bank.untrained.range_of("median Q")
    return "" if found is None else f" ({_twins(bank)}: {interval(found)})"


def directions_of_twins(bank: BankFacts) -> str:
    """How many untrained twins lean clearly either way; empty where that was not measured."""
    found = bank.untrained.range_of("clear directions")
    return "" if found is None else f"; {_twins(bank)}, both together: {interval(found)}"


def repeats_of_twins(bank: BankFacts) -> str:
    """Repetitions in untrained twins in brackets, where filters are short; else empty."""
    found = bank.untrained.range_of("repeating filters")
    if found is None or bank.n_taps >= FEWEST_TAPS:
        return ""
    return f" ({_twins(bank)}: {interval(found)})"


def _repetition(bank: BankFacts) -> list[Finding]:
    table, found = bank.table, bank.untrained.range_of("repeating filters")
    alike = np.flatnonzero(table.duplicate_of >= 0)
    if not len(alike) or found is None:
        return []
    sizes = np.abs(table.duplicate_r[alike])
    best = alike[np.argmax(sizes)]
    return make_finding(
        bank,
        "repeating_filters",
        f"{plural(len(alike), 'filter')} {'repeats' if len(alike) == 1 else 'repeat'} an earlier "
        f"one but for delay, level and sign; {_twins(bank)}: {interval(found)}; most alike are "
        f"{best} and {table.duplicate_of[best]} (|r| = {sizes.max():.2f}).",
        number("largest |r|", sizes.max()),
        number("repeating filters", len(alike)),
        *_limits(found),
        threshold=bank.untrained.least_repeat,
    )


def _pairs(bank: BankFacts) -> list[Finding]:
    if bank.table.quadrature_of is None:
        return []
    n_pairs = int(((bank.table.quadrature_of >= 0) & (bank.table.duplicate_of < 0)).sum())
    if not n_pairs:
        return []
    least = bank.untrained.least_repeat
    return make_finding(
        bank,
        "quadrature_pairs",
        f"{plural(n_pairs, 'filter')} {'is' if n_pairs == 1 else 'are'} in quadrature with an "
        f"earlier one: |r| of {least:.3g} or more at some delay, and a quarter period apart; of "
        "untrained ones at most 5 % come so near to another.",
        number("filters in quadrature", n_pairs),
        number("least |r|", least),
        number("share of untrained filters", LEVEL),
        null=LEVEL * _n_live(bank),
    )


def _drift(bank: BankFacts) -> list[Finding]:
    cosines = bank.table.drift_cosine
    if cosines is None or bank.table.norm_change is None or not np.isfinite(cosines).any():
        return []
    cosine = float(np.nanmedian(cosines))
    change = float(np.nanmedian(bank.table.norm_change))
    is_still = cosine > _STILL
    sentence = (
        f"The median filter has a cosine of {cosine:.3f} to its taps before training, and its "
        f"norm changed by {100 * change:+.1f} %"
    )
    if is_still:
        sentence += ": most filters keep the shapes they were drawn with"
    return make_finding(
        bank,
        "drift",
        f"{sentence}.",
        number("median cosine to initial taps", cosine),
        number("median change of norm", change),
        threshold=_STILL,
        severity="warning" if is_still else "note",
    )


def _moved_centres(bank: BankFacts) -> list[Finding]:
    """How far frequency responses moved; of no filter that is dead."""
    if bank.drift is None or not np.isfinite(bank.drift.moved_share):
        return []
    live = ~bank.table.dead
    changes = np.abs(bank.drift.centre_change_erbs[live])
    n_known = int(np.isfinite(changes).sum())
    n_moved = round(bank.drift.moved_share * n_known)
    change = float(np.nanmedian(changes))
    width = float(np.nanmedian(bank.drift.erb_change_hz[live]))
    distance = float(np.nanmedian(bank.drift.spectral_distance[live]))
    return make_finding(
        bank,
        "moved_centres",
        f"Training moved the centre of {n_moved:,} of {plural(n_known, 'filter')} by more than "
        f"{MOVED_ERBS:g} ERB (median {change:.2g} ERB; bandwidth {width:+,.0f} Hz); the median "
        f"Jensen-Shannon distance between power spectra before and after is {distance:.2g} "
        "(0: equal, 1: no frequency in common).",
        number("filters moved", n_moved),
        number("filters", n_known),
        number("median change of centre", change, "ERB"),
        number("median change of bandwidth", width, "Hz"),
        number("median Jensen-Shannon distance", distance),
        number("change that counts", MOVED_ERBS, "ERB"),
        null=0.0,
    )


def _n_live(bank: BankFacts) -> int:
    return sum(shape != DEAD for shape in bank.table.shape)


def _twins(bank: BankFacts) -> str:
    return "untrained twins" if bank.untrained.is_own else "untrained ones"


def interval(found: TwinRange) -> str:
    """Where 95 % of untrained twins lie."""
    digits = 1 if found.name == "median Q" else 0
    return f"{found.low:,.{digits}f}-{found.high:,.{digits}f}"


def _limits(found: TwinRange, of: str = "untrained twins") -> tuple[Evidence, Evidence]:
    return number(f"{of} from", found.low), number(f"{of} to", found.high)
