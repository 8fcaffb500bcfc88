"""What of a spectrogram of the clips the answers of units follow."""

import base64

import numpy as np

from cnnviz.csv_text import to_csv
from cnnviz.results import plural
from cnnviz.results.strf import LEAST_P, SpectroTemporalFields, UnitFields
from cnnviz.run import Run

from .. import svg
from ..chapter import chapter
from ..numerals import decimal, known, si
from ..parts import (
    Column,
    DataFile,
    Fact,
    Facts,
    Findings,
    Group,
    Multiples,
    Paragraph,
    Part,
    Section,
    Table,
    Vector,
)
from ..raster import png

ORDER = 31
_TEXT = (
    "The answers of a unit to the clips, as later layers see them, are regressed on the bands and "
    "the latest frames of a spectrogram that it sees (ridge regression, penalty by "
    "cross-validation). The weights are its spectro-temporal receptive field. They are shown where "
    "they predict answers to clips that were held out better than the answers to other clips, "
    f"p < {LEAST_P:g}; what all clips have in common is no field. Where the correlation is low, "
    "the unit follows something that is not linear in the spectrogram, or finer than its frames."
)
_N_FIELDS, _N_ROWS = 32, 100
_WIDTH, _HEIGHT, _MARGINS = 210.0, 150.0, (38, 17, 4, 30)


def section(run: Run) -> Section | None:
    """Chapter of spectro-temporal receptive fields; None without any."""
    return chapter(
        run.find(SpectroTemporalFields),
        _parts,
        title="Spectro-temporal receptive fields",
        anchor="strf",
        text=_TEXT,
    )


def _parts(result: SpectroTemporalFields) -> tuple[Part, ...]:
    """What was found, what it was found on, and each layer."""
    findings = (Findings(items=result.findings),) if result.findings else ()
    left_out = "; ".join(result.left_out)
    remarks = (Paragraph(text=f"Left out: {left_out}."),) if left_out else ()
    folds = f"{result.n_folds} folds; no {result.held_out_by} in two"
    facts = (
        Fact(label="Clips", value=f"{result.n_clips:,}", note=folds),
        Fact(label="Untrained twins", value=str(result.n_twins)),
    )
    spectrogram = Paragraph(text=f"Spectrogram: {result.spectrogram}.")
    layers = tuple(_layer(one) for one in result.layers)
    return (*findings, Facts(items=facts), spectrogram, *remarks, *layers)


def _layer(one: UnitFields) -> Group:
    lags = one.lags_seconds
    step = f" every {decimal(1000 * (lags[1] - lags[0]), 3)} ms" if len(lags) > 1 else ""
    return Group(
        title=one.layer,
        anchor=f"strf-{one.layer}",
        text=f"Read off {one.reading}, whose cells see {decimal(1000 * one.cell_seconds, 3)} ms. "
        f"Weights: {len(one.frequencies)} bands x {plural(len(lags), 'frame')}{step}, from "
        f"{one.n_rows:,} answers of each unit.",
        parts=(*_fields(one), _table(one)),
    )


def _fields(one: UnitFields) -> tuple[Multiples, ...]:
    """Pictures of the units whose answers are predicted best."""
    order = np.argsort(-one.held_out_correlations, kind="stable")
    units = [int(unit) for unit in order if one.is_shown[unit]]
    if not units:
        return ()
    more = f" The first {_N_FIELDS} of {len(units):,}." if len(units) > _N_FIELDS else ""
    return (
        Multiples(
            parts=tuple(_picture(one, unit) for unit in units[:_N_FIELDS]),
            width=int(_WIDTH),
            caption="Receptive fields of the units that have one, the best predicted first; "
            "upwards: Hz; red: more in this cell raises the answer, each on a scale of its own; "
            f"r: correlation with answers to held-out clips.{more}",
            data=_file(one),
        ),
    )


def _picture(one: UnitFields, unit: int) -> Vector:
    """Weights over frequency and the time re the latest frame."""
    kernel = one.kernels[unit][:, ::-1].astype(np.float64)  # (band, time)
    limit = float(np.abs(kernel).max()) or 1.0
    left, top, right, bottom = _MARGINS
    width, height = _WIDTH - left - right, _HEIGHT - top - bottom
    source = base64.b64encode(png(kernel, lowest=-limit, highest=limit, palette="diverging"))
    image = (
        f'<image class="diverging" x="{left:g}" y="{top:g}" width="{width:g}" '
        f'height="{height:g}" preserveAspectRatio="none" style="image-rendering:pixelated" '
        f'href="data:image/png;base64,{source.decode("ascii")}"/>'
    )
    r = f"r {one.held_out_correlations[unit]:.2f}"
    return Vector(
        svg=svg.picture(
            _WIDTH,
            _HEIGHT,
            svg.label(left, 11, f"unit {unit} · {r}"),
            image,
            *_ticks(one),
            svg.label(
                left + width / 2, _HEIGHT - 4, "ms re the latest frame", anchor="middle", css="axis"
            ),
        ),
        alt=f"{one.layer}, unit {unit}: spectro-temporal receptive field, held-out {r}",
    )


def _ticks(one: UnitFields) -> list[str]:
    """Hz of four bands, and some times."""
    left, _, _, bottom = _MARGINS
    lags, n_bands = 1000 * one.lags_seconds, len(one.frequencies)
    half = (lags[1] - lags[0]) / 2 if len(lags) > 1 else 0.5
    ends = (float(-lags[-1] - half), float(half))
    frame = svg.Frame(
        width=_WIDTH, height=_HEIGHT, x=ends, y=(0.0, float(n_bands)), margins=_MARGINS
    )
    rows = np.unique(np.rint(np.linspace(0, n_bands - 1, 4)).astype(int))
    heights = frame.up(rows + 0.5) + 3.5
    hertz = [si(float(f"{value:.2g}")) for value in one.frequencies[rows]]
    times = svg.nice_ticks(*ends, 3) if len(lags) > 1 else np.zeros(1)
    base = _HEIGHT - bottom + 12
    return [
        svg.label(left - 4, float(y), text, anchor="end")
        for y, text in zip(heights, hertz, strict=True)
    ] + [svg.label(float(frame.across(t)), base, si(float(t)), anchor="middle") for t in times]


def _table(one: UnitFields) -> Table:
    """The first units with their numbers; the data of the pictures have the weights."""
    n_rows = min(one.n_units, _N_ROWS)
    more = f" (the first {n_rows} of {one.n_units:,})" if n_rows < one.n_units else ""
    columns = one.columns
    values = (
        columns["held_out_correlations"],
        columns["chance_95"],
        columns["p"],
        columns["best_hz"],
        1000 * columns["best_lag_seconds"],
    )
    return Table(
        name=f"strf-{one.layer}",
        caption=f"Units of {one.layer}{more}; empty: one answer to all, or no receptive field",
        columns=(
            Column(name="Unit", is_row_name=True),
            Column(name="Held-out r", places=3),
            Column(name="95 % of chance", places=3),
            Column(name="p", digits=2),
            Column(name="Largest weight at", unit="Hz", digits=3),
            Column(name="Before the latest frame", unit="ms", digits=3),
        ),
        rows=tuple(
            (unit, *(known(float(column[unit])) for column in values)) for unit in range(n_rows)
        ),
        n_shown=16,
    )


def _file(one: UnitFields) -> DataFile:
    """Weights of the units that have a field, a row per band and frame."""
    units = np.flatnonzero(one.is_shown)
    head = ("frequency_hz", "lag_seconds", *(f"unit_{unit}" for unit in units))
    rows = (
        (f"{hertz:.6g}", f"{lag:.6g}", *(f"{one.kernels[unit, b, k]:.5g}" for unit in units))
        for b, hertz in enumerate(one.frequencies)
        for k, lag in enumerate(one.lags_seconds)
    )
    return DataFile(name=f"strf-weights-{one.layer}.csv", text=to_csv((head, *rows)))
