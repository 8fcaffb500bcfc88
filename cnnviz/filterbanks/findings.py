"""What a bank shows, in sentences that each follow from its numbers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from cnnviz.dsp.coverage import measure_coverage
from cnnviz.dsp.descriptors import HALF_POWER_DB
from cnnviz.dsp.duplicates import THRESHOLD, Duplicates
from cnnviz.dsp.null import FEWEST_TAPS
from cnnviz.dsp.shapes import DEAD, FLAT, MULTI, SHAPES, UNTUNED
from cnnviz.results import Evidence, FilterTable, Finding, Modulation, Responses

_MOST_HOLES, _MOST_LOBES = 3, 4
_CLEAR_DIRECTION = 0.5
_UNTRAINED_SHARE = 0.1
"""Untrained filters that are called tuned, by chance and at most."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BankFacts:
    """What sentences about a bank are made from; `n_taps` are those its shapes were read from."""

    layer: str
    n_taps: int
    table: FilterTable
    responses: Responses | None
    modulation: Modulation | None


def note_filters(
    shapes: tuple[str, ...], duplicates: Duplicates, responses: Responses | None
) -> tuple[str, ...]:
    """Say of each filter what its row does not show."""
    notes = []
    for index, original in enumerate(duplicates.index):
        remarks = []
        if shapes[index] == MULTI and responses is not None:
            lobes = _lobes(responses.magnitudes_db[index], responses.frequencies)
            remarks.append(f"bands at {lobes} Hz")
        if original >= 0:
            word = "repeats" if duplicates.r[index] > 0 else "repeats, with the sign turned,"
            remarks.append(f"{word} {original} (r = {duplicates.r[index]:.2f})")
        notes.append("; ".join(remarks))
    return tuple(notes)


def describe_bank(bank: BankFacts) -> tuple[Finding, ...]:
    """Give the summary, then one finding per thing worth knowing."""
    claims = (_summary, _tuning, _centres, _repetition, _dead_filters, _direction)
    return tuple(finding for claim in claims for finding in claim(bank))


def _finding(
    bank: BankFacts,
    claim: str,
    sentence: str,
    *evidence: Evidence,
    threshold: float | None = None,
    null: float | None = None,
) -> list[Finding]:
    return [
        Finding(
            id=f"{claim}:{bank.layer}",
            sentence=sentence,
            evidence=evidence,
            threshold=threshold,
            null=null,
            fragment=f"filters-{bank.layer}",
        )
    ]


def _number(name: str, value: float, unit: str = "") -> Evidence:
    return Evidence(name=name, value=float(value), unit=unit)


def _summary(bank: BankFacts) -> list[Finding]:
    """One line: how many filters of which shape, repetitions, holes."""
    counts = Counter(bank.table.shape)
    n_filters, n_repeating = len(bank.table.shape), int((bank.table.duplicate_of >= 0).sum())
    shapes = [shape for shape in SHAPES if counts[shape]]
    counted = ", ".join(f"{counts[shape]} {shape}" for shape in shapes)
    parts = [f"{_plural(n_filters, 'filter')}: {counted}"]
    if n_repeating:
        parts.append(
            f"{n_repeating} pair repeats" if n_repeating == 1 else f"{n_repeating} pairs repeat"
        )
    holes = _holes(bank)
    if holes:
        parts.append(f"nothing covers {_named_bands(holes)}")
    evidence = [_number("filters", n_filters), *(_number(s, counts[s]) for s in shapes)]
    evidence.append(_number("repeating", n_repeating))
    for low, high in holes:
        evidence += [_number("hole from", low, "Hz"), _number("hole to", high, "Hz")]
    return _finding(bank, "filter_shapes", "; ".join(parts), *evidence)


def _tuning(bank: BankFacts) -> list[Finding]:
    n_labelled = sum(shape not in (DEAD, FLAT) for shape in bank.table.shape)
    if not n_labelled:
        return []
    if bank.n_taps < FEWEST_TAPS:
        return _finding(
            bank,
            "too_few_taps",
            f"With {_plural(bank.n_taps, 'tap')} a filter cannot be told from an untrained one; "
            "shapes are named all the same.",
            _number("taps", bank.n_taps),
            threshold=FEWEST_TAPS,
        )
    n_tuned = int(_tuned(bank.table).sum())
    by_chance = max(1, round(_UNTRAINED_SHARE * n_labelled))
    return _finding(
        bank,
        "tuned_filters",
        f"Peakier than untrained filters of the same size: {n_tuned} of {n_labelled}; "
        f"of untrained ones at most {by_chance} would be, by chance.",
        _number("tuned filters", n_tuned),
        _number("filters", n_labelled),
        null=by_chance,
    )


def _centres(bank: BankFacts) -> list[Finding]:
    table = bank.table
    tuned = _tuned(table)
    centres = table.centre_hz[tuned & np.isfinite(table.centre_hz)]
    if len(centres) < 2:
        return []
    low, high = float(centres.min()), float(centres.max())
    evidence = [_number("lowest centre", low, "Hz"), _number("highest centre", high, "Hz")]
    sentence = f"Pass bands are centred from {_hertz(low)} to {_hertz(high)}"
    qs = table.q_3db[tuned & np.isfinite(table.q_3db)]
    if len(qs):
        sentence += f", median Q {np.median(qs):.1f}"
        evidence.append(_number("median Q", np.median(qs)))
    return _finding(bank, "pass_bands", f"{sentence}.", *evidence)


def _repetition(bank: BankFacts) -> list[Finding]:
    table = bank.table
    alike = np.flatnonzero(table.duplicate_of >= 0)
    if not len(alike):
        return []
    sizes = np.abs(table.duplicate_r[alike])
    best = alike[np.argmax(sizes)]
    return _finding(
        bank,
        "repeating_filters",
        f"{_plural(len(alike), 'filter')} {'repeats' if len(alike) == 1 else 'repeat'} an earlier "
        f"one but for delay, level and sign; most alike are "
        f"{best} and {table.duplicate_of[best]} (|r| = {sizes.max():.2f}).",
        _number("largest |r|", sizes.max()),
        _number("repeating filters", len(alike)),
        threshold=THRESHOLD,
    )


def _dead_filters(bank: BankFacts) -> list[Finding]:
    dead = np.flatnonzero(bank.table.dead)
    if not len(dead):
        return []
    numbers = ", ".join(map(str, dead[:8])) + (", ..." if len(dead) > 8 else "")
    return _finding(
        bank,
        "dead_filters",
        "Dead, giving later layers less than a thousandth of what the median filter gives: "
        f"{_plural(len(dead), 'filter')} ({numbers}).",
        _number("dead filters", len(dead)),
    )


def _direction(bank: BankFacts) -> list[Finding]:
    if bank.modulation is None or len(bank.modulation.scales) < 2:
        return []
    up = int((bank.table.direction > _CLEAR_DIRECTION).sum())
    down = int((bank.table.direction < -_CLEAR_DIRECTION).sum())
    if not up + down:
        return []
    return _finding(
        bank,
        "directions",
        f"Patterns that rise in frequency are preferred by {up}, that fall by {down}.",
        _number("rising", up),
        _number("falling", down),
    )


def _tuned(table: FilterTable) -> np.ndarray:
    """Filters that pass some frequencies more than untrained ones do, bool (filter,)."""
    return np.array([shape not in (DEAD, FLAT, UNTUNED) for shape in table.shape])


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
        words.append(f"{_plural(len(bands) - _MOST_HOLES, 'narrower band')}")
    return _listed(words)


def _lobes(levels_db: np.ndarray, frequencies: np.ndarray) -> str:
    """Frequencies of the highest gain within each band above half power."""
    above = np.concatenate([[False], levels_db >= levels_db.max() - HALF_POWER_DB, [False]])
    edges = np.flatnonzero(np.diff(above))
    pairs = list(zip(edges[::2], edges[1::2], strict=True))
    tops = [frequencies[start + levels_db[start:stop].argmax()] for start, stop in pairs]
    named = ", ".join(f"{top:.0f}" for top in tops[:_MOST_LOBES])
    return named + (", ..." if len(tops) > _MOST_LOBES else "")


def _plural(n: int, word: str) -> str:
    return f"{n:,} {word}" if n == 1 else f"{n:,} {word}s"


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _hertz(frequency: float) -> str:
    return f"{frequency / 1000:.1f} kHz" if frequency >= 1000 else f"{frequency:.0f} Hz"


def _band(low: float, high: float) -> str:
    """Ends in three digits: bands are wide enough that these differ."""
    if high >= 1000:
        return f"{low / 1000:.3g}-{high / 1000:.3g} kHz"
    return f"{low:.3g}-{high:.3g} Hz"
