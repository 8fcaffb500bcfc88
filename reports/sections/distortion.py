"""How units answer clicks, and how far they depart from linear systems."""

import numpy as np

from cnnviz.results import plural
from cnnviz.results.distortion import Distortion, UnitDistortion
from cnnviz.run import Run

from ..chapter import chapter
from ..numerals import decimal, si
from ..parts import (
    Axis,
    Column,
    DataFile,
    Details,
    Fact,
    Facts,
    Findings,
    Group,
    Paragraph,
    Part,
    Raster,
    Section,
    Table,
)
from ._held_level import held_level

ORDER = 38
_TEXT = (
    "Units hear clicks of either sign, the tone that drives each most, that tone beside a second "
    "one, and, where a layer has a cell per audio sample, an exponential sweep. Total harmonic "
    "distortion is all but the mean and the fundamental, re the fundamental, over whole periods; "
    "suppression is the response to the first tone beside the second re the first alone: of the "
    "component at the first tone or of the mean above silence, whichever is larger. Difference "
    "tones are those of the best tone f1 and f2 = 1.22 f1, equally loud, re the primaries: ideal "
    "rectifiers and even laws make none at 2 f1 - f2, odd ones none at f2 - f1."
)
_N_SHOWN, _N_COLUMNS = 16, 400


def section(run: Run) -> Section | None:
    """Chapter of distortion; None without any."""
    return chapter(
        run.find(Distortion),
        _parts,
        title="Clicks and distortion of units",
        anchor="distortion",
        text=_TEXT,
    )


def _parts(result: Distortion) -> tuple[Part, ...]:
    findings = (Findings(items=result.findings),) if result.findings else ()
    left_out = "; ".join(result.left_out)
    remarks = (Paragraph(text=f"Left out: {left_out}."),) if left_out else ()
    layers = tuple(
        Group(title=one.reading, anchor=f"distortion-{one.layer}", parts=_layer(one))
        for one in result.layers
    )
    return (*findings, Facts(items=_facts(result)), *remarks, *layers)


def _facts(result: Distortion) -> tuple[Fact, ...]:
    clicks = f"clicks {decimal(result.click_level_db)} dB re a sample of 1"
    return (
        Fact(label="Tones", value=f"{decimal(result.level_db)} dB re full scale", note=clicks),
        Fact(label="Beside", value=plural(result.n_twins, "untrained twin")),
        *held_level(result.held_level_db),
    )


def _layer(one: UnitDistortion) -> tuple[Part, ...]:
    remarks = (Paragraph(text=f"Not measured: {'; '.join(one.left_out)}."),) if one.left_out else ()
    clicks = (_clicks(one),) if one.click_responses.size else ()
    pairs = (_pairs(one),) if np.isfinite(one.suppression_db).any() else ()
    table = Details(
        summary=f"{one.layer}: latency, distortion and suppression of {len(one.tone_hz)} units",
        parts=(_table(one),),
    )
    return (*remarks, *clicks, *pairs, table)


def _clicks(one: UnitDistortion) -> Raster:
    """Half the difference of the responses to either sign, each unit re its largest."""
    odd = (one.click_responses[:, 0] - one.click_responses[:, 1]) / 2
    order = np.argsort(one.tone_hz, kind="stable")
    tops = np.abs(odd).max(axis=1, keepdims=True)
    values = (odd / np.where(tops > 0, tops, 1.0))[order]
    kept = np.unique(np.linspace(0, values.shape[1] - 1, _N_COLUMNS).astype(int))
    milliseconds = 1000 * one.click_seconds
    n = len(order)
    return Raster(
        values=values[:, kept],
        alt=f"Click responses of {n} units of {one.layer} over time",
        caption="Half the difference of the responses to a positive and a negative click, each "
        "unit re its largest; of a linear unit its taps, latest first. Lowest best tone at the "
        "bottom.",
        x=Axis(
            label="Click to end of the receptive field",
            unit="ms",
            start=float(milliseconds[0]),
            stop=float(milliseconds[-1]),
        ),
        y=Axis(label="Unit", unit="by best tone", start=0, stop=n, ticks=_tone_ticks(one, order)),
        unit="re its largest",
        lowest=-1.0,
        highest=1.0,
        palette="diverging",
        height=int(np.clip(5 * n, 120, 420)),
        data=_click_file(one, odd),
    )


def _tone_ticks(one: UnitDistortion, order: np.ndarray) -> tuple[tuple[float, str], ...]:
    """Best tones of a few rows, at their middles."""
    n = len(order)
    ranks = np.unique(np.rint(np.linspace(0, n - 1, min(n, 6))).astype(int))
    tones = one.tone_hz[order]
    return tuple(
        ((rank + 0.5) / n, si(float(f"{tones[rank]:.3g}")))
        for rank in ranks
        if np.isfinite(tones[rank])
    )


def _click_file(one: UnitDistortion, odd: np.ndarray) -> DataFile:
    """Responses as CSV, one column per unit."""
    heads = ",".join(["seconds", *(f"unit_{k}" for k in range(len(odd)))])
    rows = (
        ",".join([f"{lag:.7g}", *(f"{value:.5g}" for value in odd[:, k])])
        for k, lag in enumerate(one.click_seconds)
    )
    return DataFile(name=f"clicks-{one.layer}.csv", text="\n".join([heads, *rows, ""]))


def _pairs(one: UnitDistortion) -> Table:
    """Median response beside each second tone."""
    known = np.isfinite(one.suppression_db).any(axis=0)
    median = np.full(known.shape, np.nan)
    median[known] = np.nanmedian(one.suppression_db[:, known], axis=0)
    levels = tuple(
        Column(name=f"{decimal(level)} dB", unit="dB", places=1) for level in one.second_levels_db
    )
    return Table(
        name=f"two-tones-{one.layer}",
        caption=f"Response of units of {one.layer} to their best tone beside a second one, median "
        "in dB re the first alone, by the second one's level re the first",
        columns=(Column(name="Second tone re the first", is_row_name=True, digits=3), *levels),
        rows=tuple(
            (float(ratio), *(float(value) for value in median[k]))
            for k, ratio in enumerate(one.ratios)
        ),
    )


def _table(one: UnitDistortion) -> Table:
    """Each unit with its numbers."""
    columns = (
        one.tone_hz,
        1000 * one.peak_latency_seconds,
        one.even_share,
        *(one.harmonics[:, n] for n in range(one.harmonics.shape[1])),
        one.distortion,
        100 * one.suppressed_area,
        *one.difference_tones().values(),
    )
    differences = (
        Column(name="2 f1 - f2", unit="dB re the primaries", places=1),
        Column(name="f2 - f1", unit="dB re the primaries", places=1),
    )
    return Table(
        name=f"distortion-{one.layer}",
        caption=f"Clicks, harmonics and suppression of the units of {one.layer}",
        columns=(
            Column(name="Unit", is_row_name=True),
            Column(name="Best tone", unit="Hz"),
            Column(name="Click latency", unit="ms", digits=3),
            Column(name="Even share", places=2),
            Column(name="Mean above silence", digits=3),
            *(Column(name=f"H{n}", digits=3) for n in range(1, one.harmonics.shape[1])),
            Column(name="THD", digits=3),
            Column(name="Suppressed", unit="% of the grid", digits=3),
            *(differences if one.difference_tones() else ()),
        ),
        rows=tuple(
            (unit, *(float(values[unit]) for values in columns)) for unit in range(len(one.tone_hz))
        ),
        n_shown=_N_SHOWN,
    )
