"""What units do not care about: shift, polarity, level, pitch, speed and direction of sounds."""

import numpy as np

from cnnviz.csv_text import to_csv
from cnnviz.dsp.medians import known_median
from cnnviz.results.invariances import Invariances, LayerInvariances
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

ORDER = 35
_TEXT = (
    "Each sound is shifted by less than a cell, turned in sign or time, made louder, higher or "
    "faster; the response of a unit is its mean over all cells. An index of 1 says that the "
    "response stays, 0 that it moves as far as it does to another sound, below 0 further. Pitch "
    "is shifted by a phase vocoder, whose smear counts as change too."
)
_N_ROWS = 100
_UNITS = {"gain": "dB", "pitch": "semitones", "speed": "%"}
_WIDTH, _HEIGHT, _MARGINS = 260.0, 190.0, (44, 10, 10, 34)


def section(run: Run) -> Section | None:
    """Chapter of invariances; None without any."""
    return chapter(
        run.find(Invariances), _parts, title="Invariances", anchor="invariances", text=_TEXT
    )


def _parts(result: Invariances) -> tuple[Part, ...]:
    """What was found, and each layer."""
    findings = (Findings(items=result.findings),) if result.findings else ()
    seconds = result.n_samples / result.sample_rate
    facts = Facts(
        items=(
            Fact(label="Sounds", value=str(result.n_sounds), note=result.source),
            Fact(label="Length of each", value=f"{decimal(seconds, 3)} s"),
        )
    )
    return (*findings, facts, *(_layer(result, one) for one in result.layers))


def _layer(result: Invariances, one: LayerInvariances) -> Group:
    """Medians beside those of twins, curves over the amounts, and the units."""
    return Group(
        title=one.layer,
        anchor=f"invariances-{one.layer}",
        text=f"Read off {one.reading}.",
        parts=(_medians(result, one), _curves(result, one), _units(result, one)),
    )


def _medians(result: Invariances, one: LayerInvariances) -> Table:
    """Median over units of the index of each kind of change, and that of the twins."""
    return Table(
        name=f"invariance-medians-{one.layer}",
        caption=f"{one.layer}: median index of its {len(one.index)} units, and from the lowest to "
        f"the highest median of {len(one.twin_index)} untrained twins",
        columns=(
            Column(name="Change", is_row_name=True),
            Column(name="Median", places=2),
            Column(name="Untrained, from", places=2),
            Column(name="to", places=2),
        ),
        rows=tuple(
            (
                family,
                known(known_median(result.of_family(one.index, family))),
                *_span([known_median(result.of_family(twin, family)) for twin in one.twin_index]),
            )
            for family in result.family_names
        ),
        sortable=False,
    )


def _curves(result: Invariances, one: LayerInvariances) -> Multiples:
    """Median index over the amount of each change that has one."""
    families = [family for family in result.family_names if family in _UNITS]
    return Multiples(
        parts=tuple(_curve(result, one, family) for family in families),
        width=int(_WIDTH),
        caption="Median index of the units by the amount of the change; dashed: untrained twins.",
        data=_file(result, one),
    )


def _curve(result: Invariances, one: LayerInvariances, family: str) -> Vector:
    chosen = np.array(result.families) == family
    amounts = result.amounts[chosen]
    own, *twins = (
        np.array([known_median(column) for column in index[:, chosen].T])
        for index in (one.index, *one.twin_index)
    )
    lowest = float(np.nanmin(np.stack([np.zeros_like(own), own, *twins])))
    lowest = float(np.floor(2 * max(lowest, -1.0)) / 2)
    frame = svg.Frame(
        width=_WIDTH,
        height=_HEIGHT,
        x=(float(amounts[0]), float(amounts[-1])),
        y=(lowest, 1.0),
        margins=_MARGINS,
    )
    return Vector(
        svg=svg.picture(
            _WIDTH,
            _HEIGHT,
            svg.axes(frame, x_label=f"{family.capitalize()} ({_UNITS[family]})", y_label="Index"),
            *(svg.path(frame, amounts, twin, css="mark") for twin in twins),
            svg.path(frame, amounts, own),
        ),
        alt=f"Median invariance index of {one.layer} over {family} in {_UNITS[family]}",
        caption=f"{family.capitalize()}.",
    )


def _units(result: Invariances, one: LayerInvariances) -> Table:
    """Each unit: the index of each kind of change, aliasing and the exponent of the gain."""
    more = len(one.index) - _N_ROWS
    families = [result.of_family(one.index, family) for family in result.family_names]
    return Table(
        name=f"invariance-units-{one.layer}",
        caption=f"Units of {one.layer}: mean index of each kind of change; spread of the response "
        "over shifts re its mean; exponent of the gain, 1 where the response is proportional to it"
        + (f"; the first {_N_ROWS}, the data of the curves have {more} more" if more > 0 else ""),
        columns=(
            Column(name="Unit", is_row_name=True),
            *(Column(name=family.capitalize(), places=2) for family in result.family_names),
            Column(name="Aliasing", unit="%", digits=2),
            Column(name="Gain exponent", places=2),
        ),
        rows=tuple(
            (
                unit,
                *(known(values[unit]) for values in families),
                known(100 * one.aliasing[unit]),
                known(one.gain_exponent[unit]),
            )
            for unit in range(min(len(one.index), _N_ROWS))
        ),
        n_shown=16,
    )


def _file(result: Invariances, one: LayerInvariances) -> DataFile:
    """Index of every change of every unit."""
    head = ("unit", "aliasing", "gain_exponent", *result.change_names())
    rows = (
        (unit, f"{one.aliasing[unit]:.6g}", f"{one.gain_exponent[unit]:.6g}",
         *(f"{value:.6g}" for value in one.index[unit]))
        for unit in range(len(one.index))
    )  # fmt: skip
    return DataFile(name=f"invariances-{one.layer}.csv", text=to_csv((head, *rows)))


def _span(values: list[float]) -> tuple[float | None, float | None]:
    """Lowest and highest of those that are known."""
    finite = [value for value in values if np.isfinite(value)]
    return (min(finite), max(finite)) if finite else (None, None)
