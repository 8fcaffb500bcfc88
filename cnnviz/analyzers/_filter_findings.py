"""What a bank shows, in sentences that each follow from its numbers."""

from __future__ import annotations

from collections import Counter

import numpy as np

from cnnviz.dsp.coverage import find_holes, summed_power
from cnnviz.dsp.descriptors import HALF_POWER_DB
from cnnviz.dsp.null import FEWEST_TAPS, count_taps
from cnnviz.dsp.shapes import DEAD, FLAT, MULTI, SHAPES, UNTUNED
from cnnviz.results import FilterBank

_MOST_HOLES, _MOST_LOBES = 3, 4
_CLEAR_DIRECTION = 0.5


def note_filters(bank: FilterBank) -> tuple[str, ...]:
    """Say of each filter what its row does not show."""
    table = bank.table
    notes = []
    for index, twin in enumerate(table.duplicate_of):
        remarks = []
        if table.shape[index] == MULTI and bank.frequencies.size:
            remarks.append(f"bands at {_lobes(bank.magnitudes_db[index], bank.frequencies)} Hz")
        if twin >= 0:
            word = "repeats" if table.duplicate_r[index] > 0 else "repeats, with the sign turned,"
            remarks.append(f"{word} {twin} (r = {table.duplicate_r[index]:.2f})")
        notes.append("; ".join(remarks))
    return tuple(notes)


def summarise(bank: FilterBank) -> str:
    """One line: how many filters of which shape, repetitions, holes."""
    counts = Counter(bank.table.shape)
    shapes = ", ".join(f"{counts[shape]} {shape}" for shape in SHAPES if counts[shape])
    parts = [f"{_plural(len(bank.table.shape), 'filter')}: {shapes}"]
    n_twins = int((bank.table.duplicate_of >= 0).sum())
    if n_twins:
        parts.append(f"{n_twins} pair repeats" if n_twins == 1 else f"{n_twins} pairs repeat")
    holes = _holes(bank)
    if holes:
        parts.append(f"nothing covers {_listed([_band(*hole) for hole in holes])}")
    return "; ".join(parts)


def find_sentences(bank: FilterBank) -> tuple[str, ...]:
    """Give the summary line, then one sentence per thing worth knowing."""
    found = [summarise(bank), *_on_tuning(bank), *_on_centres(bank), *_on_repetition(bank)]
    found += [*_on_death(bank), *_on_direction(bank)]
    return tuple(found)


def _on_tuning(bank: FilterBank) -> list[str]:
    shapes = [shape for shape in bank.table.shape if shape not in (DEAD, FLAT)]
    n_tuned = sum(shape != UNTUNED for shape in shapes)
    if not shapes:
        return []
    n_taps = _n_taps(bank)
    if n_taps < FEWEST_TAPS:
        return [
            f"With {_plural(n_taps, 'tap')} a filter cannot be told from an untrained one; "
            "shapes are named all the same."
        ]
    return [
        f"Peakier than untrained filters of the same size: {n_tuned} of {len(shapes)}; "
        f"of untrained ones at most {max(1, round(0.1 * len(shapes)))} would be, by chance."
    ]


def _on_centres(bank: FilterBank) -> list[str]:
    table = bank.table
    tuned = np.array([shape not in (DEAD, FLAT, UNTUNED) for shape in table.shape])
    centres = table.centre_hz[tuned & np.isfinite(table.centre_hz)]
    if len(centres) < 2:
        return []
    sentence = f"Pass bands are centred from {_hertz(centres.min())} to {_hertz(centres.max())}"
    qs = table.q_3db[tuned & np.isfinite(table.q_3db)]
    return [f"{sentence}, median Q {np.median(qs):.1f}." if len(qs) else f"{sentence}."]


def _on_repetition(bank: FilterBank) -> list[str]:
    twins = np.flatnonzero(bank.table.duplicate_of >= 0)
    if not len(twins):
        return []
    sizes = np.abs(bank.table.duplicate_r[twins])
    best = twins[np.argmax(sizes)]
    return [
        f"{_plural(len(twins), 'filter')} {'repeats' if len(twins) == 1 else 'repeat'} an earlier "
        f"one but for delay, level and sign; most alike are "
        f"{best} and {bank.table.duplicate_of[best]} (|r| = {sizes.max():.2f})."
    ]


def _on_death(bank: FilterBank) -> list[str]:
    dead = np.flatnonzero(bank.table.dead)
    if not len(dead):
        return []
    named = ", ".join(map(str, dead[:8])) + (", ..." if len(dead) > 8 else "")
    return [
        f"Dead, with taps below a thousandth of the median: {_plural(len(dead), 'filter')} "
        f"({named})."
    ]


def _on_direction(bank: FilterBank) -> list[str]:
    if bank.modulation.size == 0 or bank.modulation.shape[1] < 2:
        return []
    up = int((bank.table.direction > _CLEAR_DIRECTION).sum())
    down = int((bank.table.direction < -_CLEAR_DIRECTION).sum())
    if not up + down:
        return []
    return [f"Patterns that rise in frequency are preferred by {up}, that fall by {down}."]


def _n_taps(bank: FilterBank) -> int:
    """Taps of one filter on the axes its shape was read from."""
    if bank.kernels.size:
        return count_taps(bank.kernels)
    if bank.channel_order.size:
        return count_taps(bank.taps)
    return count_taps(bank.taps.reshape(-1, *bank.taps.shape[2:]))


def _holes(bank: FilterBank) -> tuple[tuple[float, float], ...]:
    if not bank.frequencies.size:
        return ()
    holes = find_holes(summed_power(bank.magnitudes_db), bank.frequencies)
    widest = sorted(holes, key=lambda hole: hole[0] - hole[1])[:_MOST_HOLES]
    return tuple(sorted(widest))


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
