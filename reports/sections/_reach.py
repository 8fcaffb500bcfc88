"""Bars that show how much sound one output value of each layer sees."""

import numpy as np

from cnnviz.grid import EXACT, UNKNOWN
from cnnviz.results import LayerStatistics

from ..numerals import decimal
from ..parts import Bar, Bars
from ..svg import log_ticks

_N_BARS = 24


def reach_chart(statistics: LayerStatistics) -> list[Bars]:
    """Receptive field in ms of each layer that widens it, on a log axis; empty if none is known."""
    spans = _widening(statistics)
    if not spans:
        return []
    whole = 1000 * statistics.n_samples / statistics.sample_rate
    lengths = [span for _, span, _ in spans]
    start, stop = min(lengths) / 2, max(*lengths, whole)

    def share(milliseconds: float) -> float:
        return float(np.log(milliseconds / start) / np.log(stop / start))

    about = {True: "", False: "\N{LESS-THAN OR EQUAL TO} "}
    bars = tuple(
        Bar(
            name=name,
            text=f"{about[is_exact]}{decimal(span, 3)} ms",
            share=share(span),
            is_bound=not is_exact,
        )
        for name, span, is_exact in spans
    )
    listed = ", ".join(f"{bar.name} {bar.text}" for bar in bars)
    return [
        Bars(
            bars=bars,
            alt=f"Receptive field of each layer: {listed}",
            caption="Sound that one output value of each layer that widens it sees, in ms on a "
            f"log axis; the dashed line is the clip of {decimal(whole)} ms.",
            ticks=tuple((share(at), decimal(at, 3)) for at in log_ticks(start, stop).tolist()),
            mark=share(whole),
        )
    ]


def _widening(statistics: LayerStatistics) -> list[tuple[str, float, bool]]:
    """Name, ms and exactness of layers that see more than all before, at most so many."""
    spans: list[tuple[str, float, bool]] = []
    for row in statistics.layers:
        field = row.time_field
        if field is None or field.status == UNKNOWN or field.size <= 0:
            continue
        span = 1000 * field.size / statistics.sample_rate
        if not spans or span > spans[-1][1]:
            spans.append((row.name, span, field.status == EXACT))
    if len(spans) > _N_BARS:
        spans = [spans[round(k * (len(spans) - 1) / (_N_BARS - 1))] for k in range(_N_BARS)]
    return spans
