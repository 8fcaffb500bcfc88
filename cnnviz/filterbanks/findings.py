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
class Shown:
    """What sentences about a bank are made from; `n_taps` are those its shapes were read from."""

    layer: str
    n_taps: int
    table: FilterTable
    responses: Responses | None
    modulation: Modulation | None


def note_filters(
    shapes: tuple[str, ...], twins: Duplicates, responses: Responses | None
) -> tuple[str, ...]:
    """Say of each filter what its row does not show."""
    notes = []
    for index, twin in enumerate(twins.index):
        remarks = []
        if shapes[index] == MULTI and responses is not None:
            lobes = _lobes(responses.magnitudes_db[index], responses.frequencies)
            remarks.append(f"bands at {lobes} Hz")
        if twin >= 0:
            word = "repeats" if twins.r[index] > 0 else "repeats, with the sign turned,"
            remarks.append(f"{word} {twin} (r = {twins.r[index]:.2f})")
        notes.append("; ".join(remarks))
    return tuple(notes)


def find(shown: Shown) -> tuple[Finding, ...]:
    """Give the summary, then one finding per thing worth knowing."""
    found = (_summary, _on_tuning, _on_centres, _on_repetition, _on_death, _on_direction)
    return tuple(finding for on in found for finding in on(shown))


def _finding(
    shown: Shown,
    claim: str,
    sentence: str,
    *evidence: Evidence,
    threshold: float | None = None,
    null: float | None = None,
) -> list[Finding]:
    return [
        Finding(
            id=f"{claim}:{shown.layer}",
            sentence=sentence,
            evidence=evidence,
            threshold=threshold,
            null=null,
            fragment=f"filters-{shown.layer}",
        )
    ]


def _number(name: str, value: float, unit: str = "") -> Evidence:
    return Evidence(name=name, value=float(value), unit=unit)


def _summary(shown: Shown) -> list[Finding]:
    """One line: how many filters of which shape, repetitions, holes."""
    counts = Counter(shown.table.shape)
    n_filters, n_twins = len(shown.table.shape), int((shown.table.duplicate_of >= 0).sum())
    shapes = [shape for shape in SHAPES if counts[shape]]
    counted = ", ".join(f"{counts[shape]} {shape}" for shape in shapes)
    parts = [f"{_plural(n_filters, 'filter')}: {counted}"]
    if n_twins:
        parts.append(f"{n_twins} pair repeats" if n_twins == 1 else f"{n_twins} pairs repeat")
    holes = _holes(shown.responses)
    if holes:
        parts.append(f"nothing covers {_listed([_band(*hole) for hole in holes])}")
    evidence = [_number("filters", n_filters), *(_number(s, counts[s]) for s in shapes)]
    evidence.append(_number("repeating", n_twins))
    for low, high in holes:
        evidence += [_number("hole from", low, "Hz"), _number("hole to", high, "Hz")]
    return _finding(shown, "filter_shapes", "; ".join(parts), *evidence)


def _on_tuning(shown: Shown) -> list[Finding]:
    n_told = sum(shape not in (DEAD, FLAT) for shape in shown.table.shape)
    if not n_told:
        return []
    if shown.n_taps < FEWEST_TAPS:
        return _finding(
            shown,
            "too_few_taps",
            f"With {_plural(shown.n_taps, 'tap')} a filter cannot be told from an untrained one; "
            "shapes are named all the same.",
            _number("taps", shown.n_taps),
            threshold=FEWEST_TAPS,
        )
    n_tuned = int(_tuned(shown.table).sum())
    by_chance = max(1, round(_UNTRAINED_SHARE * n_told))
    return _finding(
        shown,
        "tuned_filters",
        f"Peakier than untrained filters of the same size: {n_tuned} of {n_told}; "
        f"of untrained ones at most {by_chance} would be, by chance.",
        _number("tuned filters", n_tuned),
        _number("filters", n_told),
        null=by_chance,
    )


def _on_centres(shown: Shown) -> list[Finding]:
    table = shown.table
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
    return _finding(shown, "pass_bands", f"{sentence}.", *evidence)


def _on_repetition(shown: Shown) -> list[Finding]:
    table = shown.table
    twins = np.flatnonzero(table.duplicate_of >= 0)
    if not len(twins):
        return []
    sizes = np.abs(table.duplicate_r[twins])
    best = twins[np.argmax(sizes)]
    return _finding(
        shown,
        "repeating_filters",
        f"{_plural(len(twins), 'filter')} {'repeats' if len(twins) == 1 else 'repeat'} an earlier "
        f"one but for delay, level and sign; most alike are "
        f"{best} and {table.duplicate_of[best]} (|r| = {sizes.max():.2f}).",
        _number("largest |r|", sizes.max()),
        _number("repeating filters", len(twins)),
        threshold=THRESHOLD,
    )


def _on_death(shown: Shown) -> list[Finding]:
    dead = np.flatnonzero(shown.table.dead)
    if not len(dead):
        return []
    named = ", ".join(map(str, dead[:8])) + (", ..." if len(dead) > 8 else "")
    return _finding(
        shown,
        "dead_filters",
        f"Dead, with taps below a thousandth of the median: {_plural(len(dead), 'filter')} "
        f"({named}).",
        _number("dead filters", len(dead)),
    )


def _on_direction(shown: Shown) -> list[Finding]:
    if shown.modulation is None or len(shown.modulation.scales) < 2:
        return []
    up = int((shown.table.direction > _CLEAR_DIRECTION).sum())
    down = int((shown.table.direction < -_CLEAR_DIRECTION).sum())
    if not up + down:
        return []
    return _finding(
        shown,
        "directions",
        f"Patterns that rise in frequency are preferred by {up}, that fall by {down}.",
        _number("rising", up),
        _number("falling", down),
    )


def _tuned(table: FilterTable) -> np.ndarray:
    """Filters that pass some frequencies more than untrained ones do, bool (filter,)."""
    return np.array([shape not in (DEAD, FLAT, UNTUNED) for shape in table.shape])


def _holes(responses: Responses | None) -> tuple[tuple[float, float], ...]:
    """The widest holes, lowest first."""
    if responses is None:
        return ()
    holes = measure_coverage(responses.magnitudes_db, responses.frequencies).holes
    return tuple(sorted(sorted(holes, key=lambda hole: hole[0] - hole[1])[:_MOST_HOLES]))


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
    if high >= 1000:
        return f"{low / 1000:.1f}-{high / 1000:.1f} kHz"
    return f"{low:.0f}-{high:.0f} Hz"
