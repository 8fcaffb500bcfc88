"""Bars that show how much sound one output value of each layer sees."""

from dataclasses import dataclass

import numpy as np

from cnnviz.grid import EXACT, UNKNOWN
from cnnviz.results import LayerStatistics

from ..numerals import decimal
from ..parts import Bar, Bars
from ..svg import log_ticks

_N_BARS, _MOST_TICKS = 24, 6


@dataclass(frozen=True, kw_only=True, slots=True)
class _Span:
    """Receptive field of a layer, or what it is at most."""

    name: str
    milliseconds: float
    is_bound: bool


def reach_chart(statistics: LayerStatistics) -> list[Bars]:
    """Receptive field in ms of each layer that widens it, on a log axis; empty if none is known."""
    spans = _widening(statistics)
    if not spans:
        return []
    whole = 1000 * statistics.n_samples / statistics.sample_rate
    lengths = [span.milliseconds for span in spans]
    start, stop = min(lengths) / 2, max(*lengths, whole)

    def share(milliseconds: float) -> float:
        return float(np.log(milliseconds / start) / np.log(stop / start))

    bars = tuple(
        Bar(
            name=span.name,
            text="\N{LESS-THAN OR EQUAL TO} " * span.is_bound
            + f"{decimal(span.milliseconds, 3)} ms",
            share=share(span.milliseconds),
            is_bound=span.is_bound,
        )
        for span in spans
    )
    listed = ", ".join(f"{bar.name} {bar.text}" for bar in bars)
    return [
        Bars(
            bars=bars,
            alt=f"Receptive field of each layer: {listed}",
            caption="Sound that one output value of each layer that widens it sees, in ms on a "
            f"log axis; the dashed line is the clip of {decimal(whole)} ms.",
            ticks=tuple((share(at), decimal(at, 3)) for at in _ticks(start, stop)),
            mark=share(whole),
        )
    ]


def _ticks(start: float, stop: float) -> list[float]:
    """1, 2 and 5 of each decade, or decades alone where labels would meet on a telephone."""
    ticks: list[float] = log_ticks(start, stop).tolist()
    return ticks if len(ticks) <= _MOST_TICKS else [at for at in ticks if np.log10(at) % 1 == 0]


def _widening(statistics: LayerStatistics) -> list[_Span]:
    """Layers that see more than all before, at most as many as there are bars."""
    spans: list[_Span] = []
    for row in statistics.layers:
        field = row.time_field
        if field is None or field.status == UNKNOWN or field.size <= 0:
            continue
        span = 1000 * field.size / statistics.sample_rate
        if not spans or span > spans[-1].milliseconds:
            is_bound = field.status != EXACT
            spans.append(_Span(name=row.name, milliseconds=span, is_bound=is_bound))
    if len(spans) > _N_BARS:
        spans = [spans[round(k * (len(spans) - 1) / (_N_BARS - 1))] for k in range(_N_BARS)]
    return spans
