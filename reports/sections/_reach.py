"""Bars that show how much sound one output value of each layer sees."""

from markupsafe import escape

from cnnviz.results import LayerRow, LayerStatistics

from ..numerals import decimal
from ..parts import Vector
from ..svg import Frame, label, log_ticks, picture, rule

_N_BARS = 24
_STEP, _LEFT, _RIGHT, _WIDTH = 19.0, 170.0, 70.0, 860.0


def reach_chart(statistics: LayerStatistics) -> list[Vector]:
    """Receptive field in ms of each layer that widens it, on a log axis; empty if none is known."""
    rows = _widening(statistics)
    if len(rows) < 2:  # one bar compares with nothing
        return []
    spans = [1000 * size / statistics.sample_rate for _, size, _ in rows]
    whole = 1000 * statistics.n_samples / statistics.sample_rate
    frame = Frame(
        width=_WIDTH,
        height=_STEP * len(rows) + 34,
        x=(min(spans) / 2, max(*spans, whole)),
        y=(0, 1),
        margins=(_LEFT, 4, _RIGHT, 30),
        is_log_x=True,
    )
    bars = [
        _bar(frame, k, name, span, status)
        for k, ((name, _, status), span) in enumerate(zip(rows, spans, strict=True))
    ]
    grid = [rule(frame, x=float(at)) + _tick(frame, float(at)) for at in log_ticks(*frame.x)]
    end = rule(frame, x=whole, css="mark")
    return [
        Vector(
            svg=picture(
                frame.width, frame.height, *grid, end, f'<g class="bars">{"".join(bars)}</g>'
            ),
            alt="Receptive field of each layer: "
            + ", ".join(
                f"{name} {decimal(span, 3)} ms"
                for (name, _, _), span in zip(rows, spans, strict=True)
            ),
            caption="Sound that one output value of each layer sees, in ms on a log axis; the "
            f"dashed line is the clip of {decimal(whole)} ms.",
        )
    ]


def _widening(statistics: LayerStatistics) -> list[tuple[str, float, str]]:
    """Name, receptive field in audio samples and status of layers that see more than before."""
    found: list[tuple[str, float, str]] = []
    for row in statistics.layers:
        known = _known(row)
        if known and (not found or known[1] > found[-1][1]):
            found.append(known)
    if len(found) > _N_BARS:
        found = [found[round(k * (len(found) - 1) / (_N_BARS - 1))] for k in range(_N_BARS)]
    return found


def _known(row: LayerRow) -> tuple[str, float, str] | None:
    """Receptive field of a layer, if it is known."""
    field = row.time_field
    if field is None or field.status == "unknown":
        return None
    return row.name, field.size, field.status


def _bar(frame: Frame, k: int, name: str, span: float, status: str) -> str:
    """One bar with its layer at the left and its length at the end."""
    top = 6 + _STEP * k
    right = float(frame.across(span))
    shown = name if len(name) <= 26 else f"\N{HORIZONTAL ELLIPSIS}{name[-25:]}"
    weak = "" if status == "exact" else ' class="weak"'
    about = "" if status == "exact" else "\N{LESS-THAN OR EQUAL TO} "
    return (
        label(_LEFT - 10, top + 11, shown, anchor="end")
        + f"<g{weak}><title>{escape(name)}</title>"
        + f'<rect x="{_LEFT:g}" y="{top:g}" width="{right - _LEFT:.1f}" height="13" rx="2"/></g>'
        + label(right + 6, top + 11, f"{about}{decimal(span, 3)} ms")
    )


def _tick(frame: Frame, at: float) -> str:
    """Label under the axis."""
    return label(float(frame.across(at)), frame.height - 12, decimal(at, 3), anchor="middle")
