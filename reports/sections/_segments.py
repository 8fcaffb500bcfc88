"""Stretches of a clip that speak for a score most."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass

import numpy as np

from cnnviz.dsp.stretches import SECONDS, most_relevant, stretch_length, stretch_sums
from cnnviz.results import RelevanceMap
from reports.parts import Column, Play, Table


@dataclass(frozen=True, kw_only=True, slots=True)
class Segment:
    """A stretch of a clip: from and to in s, summed relevance, and where in frequency.

    `share` is its part of |relevance| in percent; `hertz` the frequency whose relevance of the
    stretch's sign is largest, NaN where no cell lies inside.
    """

    start: float
    stop: float
    relevance: float
    share: float
    hertz: float


def segments(samples: RelevanceMap, plane: RelevanceMap, row: int, rate: int) -> list[Segment]:
    """Stretches of a clip that speak for the score most, largest first."""
    relevance = samples.values[row].astype(np.float64)
    length = stretch_length(rate)
    edges = np.arange(0, len(relevance), length)
    sums = stretch_sums(relevance, sample_rate=rate)
    masses = stretch_sums(np.abs(relevance), sample_rate=rate)
    total = float(np.abs(relevance).sum()) or 1.0
    strongest = []
    for k in most_relevant(relevance, sample_rate=rate):
        start, stop = edges[k] / rate, min(edges[k] + length, len(relevance)) / rate
        inside = (plane.grid.times >= start) & (plane.grid.times < stop)
        spectrum = plane.values[row][:, inside].sum(axis=1) * np.sign(sums[k])
        strongest.append(
            Segment(
                start=start,
                stop=stop,
                relevance=float(sums[k]),
                share=100 * float(masses[k]) / total,
                hertz=float(plane.grid.frequencies[spectrum.argmax()]) if inside.any() else np.nan,
            )
        )
    return strongest


def segment_table(strongest: Sequence[Segment], *, clip: int, method: str) -> Table:
    """Stretches of a clip, each with its sound."""
    return Table(
        name=f"segments-{method}-{clip}",
        caption=f"Stretches of {1000 * SECONDS:.0f} ms with the most relevance for the target",
        columns=(
            Column(name="Play"),
            Column(name="From", unit="s", digits=3),
            Column(name="To", unit="s", digits=3),
            Column(name="Relevance", digits=3),
            Column(name="Share of |relevance|", unit="%", digits=2),
            Column(name="Mostly at", unit="Hz", digits=3),
        ),
        rows=tuple(
            (Play(clip=clip, start=one.start, stop=one.stop), *astuple(one)) for one in strongest
        ),
    )
