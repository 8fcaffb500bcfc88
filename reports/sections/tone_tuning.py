"""Tuning to tones: what units answer, beside what their weights give."""

from collections.abc import Iterator, Sequence

import numpy as np

from cnnviz.dsp.tuning import DEPTH_DB, below_peak, decibels
from cnnviz.results import plural
from cnnviz.results.tone_tuning import LayerTuning, ToneTuning
from cnnviz.run import Run

from .. import svg
from ..chapter import chapter
from ..numerals import si
from ..parts import (
    Axis,
    Column,
    DataFile,
    Fact,
    Facts,
    Findings,
    Group,
    Multiples,
    Part,
    Raster,
    Section,
    Table,
    Vector,
)
from ..tuning_curves import beside_measured
from ._held_level import held_level

ORDER = 23
_TEXT = (
    "Pure tones of every frequency and level, in all phases, were played to the network. The "
    "response of a unit is its largest value over time less its answer to silence, after "
    "normalisation and activation function. A threshold is the level at which a tenth of the "
    "largest response is reached; Q10 is the frequency of the lowest threshold over the width "
    "10 dB above it."
)
_N_CURVES = 12
_MOST_ROWS = 100
_COLUMNS = (
    ("Best", "Hz", "best_hz"),
    ("Width at 3 dB", "Hz", "width_hz"),
    ("Lowest threshold", "Hz", "characteristic_hz"),
    ("Threshold", "dBFS", "threshold_db"),
    ("Q10", "", "q10"),
    ("Growth", "dB/dB", "slope_db_per_db"),
)


def section(run: Run) -> Section | None:
    """Chapter of tuning; None without any."""
    return chapter(
        run.find(ToneTuning), _parts, title="Tuning to tones", anchor="tone-tuning", text=_TEXT
    )


def _parts(result: ToneTuning) -> tuple[Part, ...]:
    return tuple(_layer(result, one) for one in result.layers)


def _layer(result: ToneTuning, one: LayerTuning) -> Group:
    """A layer: what was found, all units, some of them beside the computed curve, the table."""
    findings = tuple(found for found in result.findings if found.id.endswith(f":{one.layer}"))
    return Group(
        title=one.reading,
        anchor=f"tuning-{one.layer}",
        parts=(
            *((Findings(items=findings),) if findings else ()),
            Facts(items=tuple(_facts(result, one))),
            _map(result, one),
            *(() if one.computed is None else (_theory(result, one),)),
            _table(one),
        ),
    )


def _facts(result: ToneTuning, one: LayerTuning) -> Iterator[Fact]:
    n = len(one.best_hz)
    yield Fact(
        label="Tones",
        value=f"{len(result.frequencies)} frequencies, {len(result.levels_db)} levels",
        note=f"{plural(result.n_phases, 'phase')} of each, {si(result.frequencies[0])} to "
        f"{si(result.frequencies[-1])} Hz",
    )
    yield from held_level(result.held_level_db)
    heard = np.isfinite(one.best_hz)
    cells = "" if one.is_steady else "their fields reach into the ramps of the tones, or padding"
    yield Fact(label="Units that answer", value=f"{int(heard.sum()):,} of {n:,}", note=cells)
    for found in one.twins:
        yield Fact(
            label=found.name.capitalize(),
            value=f"{found.value:.3g}",
            note=f"untrained twins {found.low:.3g} to {found.high:.3g}",
        )


def _map(result: ToneTuning, one: LayerTuning) -> Raster:
    """All units over frequency."""
    curves = decibels(one.responses[one.order, :, result.reference].astype(np.float64))
    n = len(curves)
    ticks = svg.log_ticks(result.frequencies[0], result.frequencies[-1])
    places = np.interp(ticks, result.frequencies, np.arange(len(result.frequencies)) + 0.5)
    return Raster(
        values=below_peak(curves),
        alt=f"Response of the {n} units of {one.layer} to tones over frequency, one row per unit",
        caption=f"Tones of {result.reference_db:g} dBFS; each unit re its own peak, lowest best "
        "frequency at the bottom.",
        x=Axis(
            label="Frequency of the tone",
            unit="Hz",
            start=float(result.frequencies[0]),
            stop=float(result.frequencies[-1]),
            ticks=tuple(
                (float(place / len(result.frequencies)), si(tick))
                for place, tick in zip(places, ticks, strict=True)
            ),
        ),
        y=Axis(label="Unit by best frequency", unit="", start=0, stop=n),
        unit="dB",
        lowest=-DEPTH_DB,
        highest=0.0,
        palette="magma",
        height=int(np.clip(4 * n, 120, 360)),
        data=_file(result, one),
    )


def _file(result: ToneTuning, one: LayerTuning) -> DataFile:
    """Responses at the reference level, a column for each unit."""
    units = np.arange(len(one.best_hz))
    head = ["Hz", *(f"unit {unit}" for unit in units)]
    rows = np.column_stack([result.frequencies, one.responses[:, :, result.reference].T])
    lines = [",".join(head), *(",".join(f"{value:.6g}" for value in row) for row in rows)]
    return DataFile(name=f"tones-{one.layer}.csv", text="\n".join(lines) + "\n")


def _theory(result: ToneTuning, one: LayerTuning) -> Multiples:
    """Measured and computed curves of units spread over the differences."""
    assert one.computed is not None
    differences = one.computed.difference_db
    ranked = np.argsort(np.where(np.isfinite(differences), differences, np.inf), kind="stable")
    ranked = ranked[: int(np.isfinite(differences).sum())]
    chosen = np.unique(np.linspace(0, len(ranked) - 1, min(_N_CURVES, len(ranked))).astype(int))
    how = f" ({one.computed.policy})" if one.computed.policy else ""
    return Multiples(
        parts=tuple(_curves(result, one, int(unit)) for unit in ranked[chosen]),
        caption=f"Measured (line) and computed from the weights{how} (dashed), dB below the peak "
        "of each over frequency; units from the smallest to the largest difference.",
    )


def _curves(result: ToneTuning, one: LayerTuning, unit: int) -> Vector:
    assert one.computed is not None
    measured = one.responses[unit, :, result.reference]
    difference = f"{one.computed.difference_db[unit]:.2g} dB"
    return Vector(
        svg=beside_measured(
            result.frequencies, decibels(measured), one.computed.levels_db[unit].astype(float)
        ),
        alt=f"Unit {unit} of {one.layer}: measured and computed tuning, {difference} apart",
        caption=f"Unit {unit}: {difference}",
    )


def _table(one: LayerTuning) -> Table:
    """Units by best frequency."""
    computed = one.computed
    names = [*_COLUMNS, *(() if computed is None else (("Computed - measured", "dB", ""),))]
    values = [getattr(one, name) for _, _, name in _COLUMNS]
    values += [] if computed is None else [computed.difference_db]
    n = len(one.best_hz)
    cut = "" if n <= _MOST_ROWS else f", the first {_MOST_ROWS} of {n:,}"
    return Table(
        name=f"tuning-{one.layer}",
        caption=f"Units of {one.layer} by best frequency{cut}",
        columns=(
            Column(name="Unit", is_row_name=True),
            *(Column(name=title, unit=unit) for title, unit, _ in names),
        ),
        rows=tuple(
            (int(unit), *_cells(values, int(unit))) for unit in one.order[:_MOST_ROWS].tolist()
        ),
        n_shown=16,
    )


def _cells(columns: Sequence[np.ndarray], unit: int) -> Iterator[float | None]:
    for column in columns:
        yield float(column[unit]) if np.isfinite(column[unit]) else None
