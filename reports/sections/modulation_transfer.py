"""At which rates units follow the modulation of a tone."""

import numpy as np

from cnnviz.results import plural
from cnnviz.results.modulation_transfer import ModulationTransfer, UnitModulation
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

ORDER = 36
_TEXT = (
    "Each unit hears the tone that drives it most, its amplitude modulated by a sine. The transfer "
    "is the depth of modulation of the activation over that of the sound: the Fourier component at "
    "the rate, averaged over phases of the carrier, over the mean of all rates. Rates end at half "
    " the rate of the layer's cells. Medians and counts stand beside those of untrained "
    "twins, each with best tones of its own."
)
_N_SHOWN, _N_ROWS, _MOST_TICKS = 16, 100, 8


def section(run: Run) -> Section | None:
    """Chapter of modulation transfer; None without any."""
    return chapter(
        run.find(ModulationTransfer),
        _parts,
        title="Modulation transfer of units",
        anchor="modulation-transfer",
        text=_TEXT,
    )


def _parts(result: ModulationTransfer) -> tuple[Part, ...]:
    findings = (Findings(items=result.findings),) if result.findings else ()
    left_out = "; ".join(result.left_out)
    remarks = (Paragraph(text=f"Left out: {left_out}."),) if left_out else ()
    layers = tuple(
        Group(title=one.reading, anchor=f"modulation-{one.layer}", parts=_layer(one))
        for one in result.layers
    )
    return (*findings, Facts(items=_facts(result)), *remarks, *layers)


def _facts(result: ModulationTransfer) -> tuple[Fact, ...]:
    return (
        Fact(
            label="Tones",
            value=f"{decimal(result.level_db)} dB re full scale",
            note=f"depth {decimal(100 * result.depth)} %",
        ),
        Fact(
            label="Sound heard",
            value=f"{decimal(result.sound_seconds, 3)} s",
            note=f"by the network; {plural(result.n_twins, 'untrained twin')}",
        ),
    )


def _layer(one: UnitModulation) -> tuple[Part, ...]:
    shown = (_picture(one),) if len(one.rates_hz) and one.is_measured.any() else ()
    table = Details(
        summary=f"{one.layer}: best rates, cut-offs and delays of {len(one.carrier_hz)} units",
        parts=(_table(one),),
    )
    return (*shown, table)


def _picture(one: UnitModulation) -> Raster:
    """Transfer of the measured units over the rate, sorted by carrier."""
    order = np.argsort(one.carrier_hz, kind="stable")[: int(one.is_measured.sum())]
    n, n_rates = len(order), len(one.rates_hz)
    step = -(-n_rates // _MOST_TICKS)
    ranks = np.unique(np.rint(np.linspace(0, n - 1, min(n, 6))).astype(int))
    return Raster(
        values=one.transfer[order],
        alt=f"Modulation transfer of {n} units of {one.layer} over the rate of modulation",
        caption="Depth of modulation of the activation over that of the sound, one row per unit, "
        "lowest carrier at the bottom.",
        x=Axis(
            label="Rate",
            unit="Hz",
            start=float(one.rates_hz[0]),
            stop=float(one.rates_hz[-1]),
            ticks=tuple(
                ((k + 0.5) / n_rates, decimal(float(one.rates_hz[k]), 2))
                for k in range(0, n_rates, step)
            ),
        ),
        y=Axis(
            label="Carrier",
            unit="Hz",
            start=0,
            stop=n,
            ticks=tuple(
                ((r + 0.5) / n, si(float(f"{one.carrier_hz[order[r]]:.3g}"))) for r in ranks
            ),
        ),
        unit="depth out / depth in",
        lowest=0.0,
        height=int(np.clip(5 * n, 120, 420)),
        data=_file(one),
    )


def _file(one: UnitModulation) -> DataFile:
    """Transfer, phase and both components of frequency modulation, one row per unit and rate."""
    fm = [f"fm_{100 * d:g}_percent" for d in one.deviations]
    heads = ["unit", "rate_hz", "transfer", "phase_rad", *fm, *(f"{name}_second" for name in fm)]
    rows = [",".join(heads)]
    for unit in range(len(one.carrier_hz)):
        for k, rate in enumerate(one.rates_hz):
            values = (
                one.transfer[unit, k],
                one.phases[unit, k],
                *one.fm_transfer[unit, :, k],
                *one.fm_second[unit, :, k],
            )
            rows.append(f"{unit},{rate:.6g},{','.join(_text(value) for value in values)}")
    return DataFile(name=f"modulation-transfer-{one.layer}.csv", text="\n".join([*rows, ""]))


def _text(value: float) -> str:
    return f"{value:.5g}" if np.isfinite(value) else ""


def _table(one: UnitModulation) -> Table:
    """Each unit with its numbers."""
    columns = (
        one.carrier_hz,
        one.best_rate_hz,
        one.lower_cut_off_hz,
        one.cut_off_hz,
        1000 * one.group_delay_seconds,
        one.best_fm_rate_hz,
    )
    return Table(
        name=f"modulation-{one.layer}",
        caption=f"Modulation of the units of {one.layer}; empty: not measured, or the transfer "
        "does not fall by 3 dB on that side",
        columns=(
            Column(name="Unit", is_row_name=True),
            Column(name="Carrier", unit="Hz"),
            Column(name="Best rate", unit="Hz", digits=3),
            Column(name="3 dB below", unit="Hz", digits=3),
            Column(name="3 dB above", unit="Hz", digits=3),
            Column(name="Group delay", unit="ms", digits=3),
            Column(name="Best FM rate", unit="Hz", digits=3),
        ),
        rows=tuple(
            (unit, *(float(values[unit]) for values in columns))
            for unit in range(len(one.carrier_hz))
        ),
        n_shown=_N_SHOWN,
    )
