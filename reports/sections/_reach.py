"""Bars that show how much sound one output value of each layer sees."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import escape

from cnnviz.grid import EXACT, UNKNOWN
from cnnviz.results import LayerStatistics

from ..numerals import decimal
from ..parts import Vector
from ..svg import Frame, label, log_ticks, picture, rule

_N_BARS, _N_LETTERS = 24, 26
_STEP, _WIDTH, _RIGHT, _LETTER = 19.0, 860.0, 70.0, 6.6
"""CSS pixels: row, picture, room for the lengths at the right, one letter of a name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Bar:
    """Receptive field of one layer in ms."""

    name: str
    span: float
    is_exact: bool

    @property
    def shown_name(self) -> str:
        """Name short enough for its place."""
        is_long = len(self.name) > _N_LETTERS
        return f"\N{HORIZONTAL ELLIPSIS}{self.name[1 - _N_LETTERS :]}" if is_long else self.name


def reach_chart(statistics: LayerStatistics) -> list[Vector]:
    """Receptive field in ms of each layer that widens it, on a log axis; empty if none is known."""
    bars = _widening(statistics)
    if not bars:
        return []
    whole = 1000 * statistics.n_samples / statistics.sample_rate
    spans = [bar.span for bar in bars]
    left = 14 + _LETTER * max(len(bar.shown_name) for bar in bars)
    frame = Frame(
        width=_WIDTH,
        height=_STEP * len(bars) + 34,
        x=(min(spans) / 2, max(*spans, whole)),
        y=(0, 1),
        margins=(left, 4, _RIGHT, 30),
        is_log_x=True,
    )
    listed = ", ".join(f"{bar.name} {decimal(bar.span, 3)} ms" for bar in bars)
    return [
        Vector(
            svg=picture(frame.width, frame.height, _axis(frame, whole), _drawn(frame, bars)),
            alt=f"Receptive field of each layer: {listed}",
            caption="Sound that one output value of each layer that widens it sees, in ms on a "
            f"log axis; the dashed line is the clip of {decimal(whole)} ms.",
        )
    ]


def _widening(statistics: LayerStatistics) -> list[_Bar]:
    """Layers that see more than all before, at most so many."""
    bars: list[_Bar] = []
    for row in statistics.layers:
        field = row.time_field
        if field is None or field.status == UNKNOWN or field.size <= 0:
            continue
        span = 1000 * field.size / statistics.sample_rate
        if not bars or span > bars[-1].span:
            bars.append(_Bar(name=row.name, span=span, is_exact=field.status == EXACT))
    if len(bars) > _N_BARS:
        bars = [bars[round(k * (len(bars) - 1) / (_N_BARS - 1))] for k in range(_N_BARS)]
    return bars


def _axis(frame: Frame, whole: float) -> str:
    """Grid lines with their ms, and the length of the clip."""
    lines = []
    for at in log_ticks(*frame.x):
        x = float(frame.across(at))
        text = label(x, frame.height - 12, decimal(float(at), 3), anchor="middle")
        lines.append(rule(frame, x=float(at)) + text)
    return "".join(lines) + rule(frame, x=whole, css="mark")


def _drawn(frame: Frame, bars: Sequence[_Bar]) -> str:
    """Bars with the layer at the left and its length at the end; dashed where an upper bound."""
    left = frame.margins[0]
    marks = []
    for k, bar in enumerate(bars):
        top, right = 6 + _STEP * k, float(frame.across(bar.span))
        about = "" if bar.is_exact else "\N{LESS-THAN OR EQUAL TO} "
        marks += [
            label(left - 10, top + 11, bar.shown_name, anchor="end"),
            f'<g class="{"exact" if bar.is_exact else "weak"}"><title>{escape(bar.name)}</title>'
            f'<rect x="{left:g}" y="{top:g}" width="{right - left:.1f}" height="13" rx="2"/></g>',
            label(right + 6, top + 11, f"{about}{decimal(bar.span, 3)} ms"),
        ]
    return f'<g class="bars">{"".join(marks)}</g>'
