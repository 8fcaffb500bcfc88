"""What a bank shows, in sentences that each follow from its numbers."""

from __future__ import annotations

from collections import Counter

import numpy as np

from cnnviz.dsp.coverage import HOLE_DB, measure_coverage
from cnnviz.dsp.descriptors import HALF_POWER_DB
from cnnviz.dsp.duplicates import Duplicates
from cnnviz.dsp.shapes import DEAD, FLAT, MULTI, NOT_PEAKIER, SHAPES
from cnnviz.filterbanks.aliasing import describe_aliasing
from cnnviz.filterbanks.comparison import CLEAR_DIRECTION
from cnnviz.filterbanks.facts import BankFacts, make_finding, number
from cnnviz.filterbanks.influence import LEAST_SHARE, LEAST_SHARE_ALONE
from cnnviz.filterbanks.summary_findings import describe_summary
from cnnviz.filterbanks.twin_findings import (
    describe_twins,
    directions_of_twins,
    q_of_twins,
    repeats_of_twins,
    repetition_note,
)
from cnnviz.results import FilterTable, Finding, Responses, plural

_MOST_HOLES, _MOST_LOBES = 3, 4


def note_filters(
    shapes: tuple[str, ...], duplicates: Duplicates, responses: Responses | None
) -> tuple[str, ...]:
    """Say of each filter what its row does not show."""
    notes = []
    for index, shape in enumerate(shapes):
        remarks = []
        if shape == MULTI and responses is not None:
            lobes = _lobes(responses.magnitudes_db[index], responses.frequencies)
            remarks.append(f"bands at {lobes} Hz")
        remarks += repetition_note(duplicates, index)
        notes.append("; ".join(remarks))
    return tuple(notes)


def describe_bank(bank: BankFacts) -> tuple[Finding, ...]:
    """Give the summary, then one finding per thing worth knowing."""
    summary, *rest = (_summary, _centres, describe_aliasing, _dead_filters, _direction)
    described = [finding for claim in rest for finding in claim(bank)]
    return (*summary(bank), *describe_twins(bank), *described, *describe_summary(bank))


def _summary(bank: BankFacts) -> list[Finding]:
    """One line: how many filters of which shape, repetitions, holes."""
    counts = Counter(bank.table.shape)
    n_filters, n_repeating = len(bank.table.shape), int((bank.table.duplicate_of >= 0).sum())
    shapes = [shape for shape in SHAPES if counts[shape]]
    counted = ", ".join(f"{counts[shape]} {shape}" for shape in shapes)
    by = "" if bank.responses is not None else " by the modulation they pass"
    parts = [f"{plural(n_filters, 'filter')}{by}: {counted}"]
    if n_repeating:
        words = "pair repeats" if n_repeating == 1 else "pairs repeat"
        parts.append(f"{n_repeating} {words}{repeats_of_twins(bank)}")
    holes = _holes(bank)
    if holes:
        parts.append(f"no filter passes {_named_bands(holes)} within {HOLE_DB:.0f} dB of its peak")
    evidence = [number("filters", n_filters), *(number(s, counts[s]) for s in shapes)]
    evidence.append(number("repeating", n_repeating))
    for low, high in holes:
        evidence += [number("hole from", low, "Hz"), number("hole to", high, "Hz")]
    if holes:
        evidence.append(number("least depth of a hole", HOLE_DB, "dB"))
    return make_finding(bank, "filter_shapes", f"{'; '.join(parts)}.", *evidence)


def _centres(bank: BankFacts) -> list[Finding]:
    """Of pass bands; of kernels on a plane, of the energy of their taps over its channels."""
    table = bank.table
    if bank.responses is None:
        return _tap_energy(bank)
    banded = _banded(table)
    centres = table.centre_hz[banded & np.isfinite(table.centre_hz)]
    if len(centres) < 2:
        return []
    low, high = float(centres.min()), float(centres.max())
    evidence = [number("lowest centre", low, "Hz"), number("highest centre", high, "Hz")]
    sentence = f"The strongest pass bands are centred from {_hertz(low)} to {_hertz(high)}"
    qs = table.q_3db[banded & np.isfinite(table.q_3db)]
    if len(qs):
        sentence += f", median Q {np.median(qs):.1f}{q_of_twins(bank)}"
        evidence.append(number("median Q", np.median(qs)))
    return make_finding(bank, "pass_bands", f"{sentence}.", *evidence)


def _tap_energy(bank: BankFacts) -> list[Finding]:
    centres = bank.table.centre_hz[~bank.table.dead & np.isfinite(bank.table.centre_hz)]
    if len(centres) < 2:
        return []
    low, high = float(centres.min()), float(centres.max())
    return make_finding(
        bank,
        "tap_energy",
        "The energy of the taps over the input channels has its centre between "
        f"{_hertz(low)} and {_hertz(high)}.",
        number("lowest centre", low, "Hz"),
        number("highest centre", high, "Hz"),
    )


def _dead_filters(bank: BankFacts) -> list[Finding]:
    dead = np.flatnonzero(bank.table.dead)
    if not len(dead):
        return []
    how, share = _why_dead(bank)
    numbers = ", ".join(map(str, dead[:8])) + (", ..." if len(dead) > 8 else "")
    return make_finding(
        bank,
        "dead_filters",
        f"Dead, {how}: {plural(len(dead), 'filter')} ({numbers}).",
        number("dead filters", len(dead)),
        number("most that they have of the median filter", share),
    )


def _why_dead(bank: BankFacts) -> tuple[str, float]:
    """What makes a filter dead, in words and as a share of the median filter."""
    if bank.table.dead.all():
        return "with taps that are zero on all live channels", 0.0
    if bank.is_influence_known:
        words = "giving later layers at most a thousandth of what the median filter gives"
        return words, LEAST_SHARE
    return "with taps of at most a millionth of the median filter's", LEAST_SHARE_ALONE


def _direction(bank: BankFacts) -> list[Finding]:
    """Counted where channels are known to lie along frequency."""
    transfer = bank.modulation
    if transfer is None or len(transfer.scales) < 2 or not transfer.is_over_frequency:
        return []
    up = int((bank.table.direction > CLEAR_DIRECTION).sum())
    down = int((bank.table.direction < -CLEAR_DIRECTION).sum())
    if not up + down:
        return []
    return make_finding(
        bank,
        "directions",
        "More than three times the energy is in patterns that rise in frequency than in those "
        f"that fall in {plural(up, 'filter')}, the other way round in {down}"
        f"{directions_of_twins(bank)}.",
        number("rising", up),
        number("falling", down),
        number("least direction that is counted", CLEAR_DIRECTION),
    )


def _banded(table: FilterTable) -> np.ndarray:
    """Filters whose shape is that of bands they pass, bool (filter,)."""
    return np.array([shape not in (DEAD, FLAT, NOT_PEAKIER) for shape in table.shape])


def _holes(bank: BankFacts) -> tuple[tuple[float, float], ...]:
    """Bands that no live filter covers, lowest first."""
    if bank.responses is None:
        return ()
    levels = bank.responses.magnitudes_db[~bank.table.dead]
    return measure_coverage(levels, bank.responses.frequencies).holes


def _named_bands(bands: tuple[tuple[float, float], ...]) -> str:
    """The widest bands, lowest first, and how many more there are."""
    widest = sorted(sorted(bands, key=lambda band: band[0] - band[1])[:_MOST_HOLES])
    words = [_band(*band) for band in widest]
    if len(bands) > _MOST_HOLES:
        words.append(f"{plural(len(bands) - _MOST_HOLES, 'narrower band')}")
    return _listed(words)


def _lobes(levels_db: np.ndarray, frequencies: np.ndarray) -> str:
    """Frequencies of the highest gain within each band above half power."""
    above = np.concatenate([[False], levels_db >= levels_db.max() - HALF_POWER_DB, [False]])
    edges = np.flatnonzero(np.diff(above))
    pairs = list(zip(edges[::2], edges[1::2], strict=True))
    tops = [frequencies[start + levels_db[start:stop].argmax()] for start, stop in pairs]
    named = ", ".join(f"{top:.0f}" for top in tops[:_MOST_LOBES])
    return named + (", ..." if len(tops) > _MOST_LOBES else "")


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _hertz(frequency: float) -> str:
    return f"{frequency / 1000:.1f} kHz" if frequency >= 1000 else f"{frequency:.0f} Hz"


def _band(low: float, high: float) -> str:
    """Ends in three digits: bands are wide enough that these differ."""
    if high >= 1000:
        return f"{low / 1000:.3g}-{high / 1000:.3g} kHz"
    return f"{low:.3g}-{high:.3g} Hz"
