"""Over which time units integrate, beside their receptive fields and untrained twins."""

import numpy as np

from cnnviz.csv_text import to_csv
from cnnviz.dsp.integration import smoothed
from cnnviz.results.integration_windows import IntegrationWindows, LayerWindows
from cnnviz.run import Run

from .. import svg
from ..chapter import chapter
from ..numerals import decimal, known
from ..parts import (
    Column,
    DataFile,
    Fact,
    Facts,
    Findings,
    Group,
    Multiples,
    Part,
    Section,
    Table,
    Vector,
)

ORDER = 39
_TEXT = (
    "Segments of sound are heard twice, each time between other segments. The integration window "
    "of a unit is the duration of segments from which on its response to a segment is the same "
    "between both: across segments, the responses at the best lag correlate with the threshold "
    "or more, smoothed over neighbouring durations."
)
_N_ROWS = 100
_WIDTH, _HEIGHT, _MARGINS = 420.0, 220.0, (44, 10, 10, 34)


def section(run: Run) -> Section | None:
    """Chapter of integration windows; None without any."""
    return chapter(
        run.find(IntegrationWindows),
        _parts,
        title="Integration windows",
        anchor="integration-windows",
        text=_TEXT,
    )


def _parts(result: IntegrationWindows) -> tuple[Part, ...]:
    """What was found, all layers, and each of them."""
    findings = (Findings(items=result.findings),) if result.findings else ()
    shortest, longest = (1000 * result.durations_seconds[k] for k in (0, -1))
    facts = Facts(
        items=(
            Fact(label="Segments of each duration", value=str(result.n_segments),
                 note=result.source),
            Fact(
                label="Durations",
                value=f"{decimal(shortest, 3)} to {decimal(longest, 3)} ms",
                note=f"{len(result.durations_seconds)} steps",
            ),
            Fact(label="Threshold", value=f"r = {result.threshold:g}"),
        )
    )  # fmt: skip
    return (*findings, facts, *(_layer(result, one) for one in result.layers))


def _layer(result: IntegrationWindows, one: LayerWindows) -> Group:
    """The fading of context, and the windows of the units."""
    known = {
        "exact": f"Receptive field {decimal(1000 * one.field_seconds, 3)} ms.",
        "upper": f"Receptive field {decimal(1000 * one.field_seconds, 3)} ms at most.",
        "unknown": "Its receptive field is not known.",
    }
    return Group(
        title=one.layer,
        anchor=f"windows-{one.layer}",
        text=f"Read off {one.reading}. {known[one.field_status]}",
        parts=(
            Multiples(parts=(_curve(result, one),), width=int(_WIDTH)),
            _units(result, one),
        ),
    )


def _curve(result: IntegrationWindows, one: LayerWindows) -> Vector:
    """Median and quartiles of the smoothed correlation over duration."""
    milliseconds = 1000 * result.durations_seconds
    curves = smoothed(one.correlation)
    curves = curves[np.isfinite(curves).all(1)]
    quartiles = (
        np.quantile(curves, [0.25, 0.5, 0.75], axis=0)
        if len(curves)
        else np.full((3, len(milliseconds)), np.nan)
    )
    lowest = min(0.0, float(np.nan_to_num(quartiles).min()))
    field = 1000 * one.field_seconds
    ends = (float(milliseconds[0]), float(max(milliseconds[-1], milliseconds[0] * 1.01)))
    frame = svg.Frame(
        width=_WIDTH, height=_HEIGHT, x=ends, y=(lowest, 1.0), margins=_MARGINS, is_log_x=True
    )
    is_inside = ends[0] <= field <= ends[1]
    return Vector(
        svg=svg.picture(
            _WIDTH,
            _HEIGHT,
            svg.axes(
                frame, x_label="Duration (ms, log)", x_ticks=svg.log_ticks(*ends), y_label="r"
            ),
            svg.rule(frame, y=result.threshold, css="mark"),
            svg.rule(frame, x=field, css="mark") if is_inside else "",
            svg.path(frame, milliseconds, quartiles[0], css="grid"),
            svg.path(frame, milliseconds, quartiles[2], css="grid"),
            svg.path(frame, milliseconds, quartiles[1]),
        ),
        alt=f"Correlation between contexts over the duration of segments, units of {one.layer}",
        caption="Correlation between contexts: median of the units, thin: quartiles; dashed: the "
        "threshold" + (", and upright the receptive field." if is_inside else "."),
        data=_file(result, one),
    )


def _units(result: IntegrationWindows, one: LayerWindows) -> Table:
    """Window of each unit, and over the receptive field."""
    more = len(one.window_seconds) - _N_ROWS
    shortest, longest = (float(result.durations_seconds[k]) for k in (0, -1))
    return Table(
        name=f"windows-{one.layer}",
        caption=f"Integration windows of the units of {one.layer}; "
        f"{decimal(1000 * shortest, 3)} ms: or less, "
        f"\N{INFINITY}: more than {decimal(1000 * longest, 3)} ms"
        + (f"; the first {_N_ROWS}, the data of the curve have {more} more" if more > 0 else ""),
        columns=(
            Column(name="Unit", is_row_name=True),
            Column(name="Window", unit="ms", digits=3),
            Column(name="Over receptive field", digits=2),
        ),
        rows=tuple(
            (
                unit,
                known(1000 * window),
                known(window / one.field_seconds if window > shortest else np.nan),
            )
            for unit, window in enumerate(one.window_seconds[:_N_ROWS])
        ),
        n_shown=16,
    )


def _file(result: IntegrationWindows, one: LayerWindows) -> DataFile:
    """Window and correlations, not smoothed, of every unit as CSV."""
    names = [f"correlation_{1000 * d:.4g}_ms" for d in result.durations_seconds]
    rows = (
        (unit, f"{one.window_seconds[unit]:.6g}", *(f"{r:.6g}" for r in one.correlation[unit]))
        for unit in range(len(one.window_seconds))
    )
    return DataFile(
        name=f"windows-correlation-{one.layer}.csv",
        text=to_csv((("unit", "window_seconds", *names), *rows)),
    )
