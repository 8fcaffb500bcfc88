"""Sounds that excite units most: what they reach, their spectra, and players."""

import numpy as np

from cnnviz.csv_text import to_csv
from cnnviz.dsp.preferred import GAP_SECONDS
from cnnviz.results.preferred_input import PreferredInput, PreferredSounds
from cnnviz.run import Run

from .. import svg
from ..chapter import chapter
from ..numerals import decimal, known, si
from ..parts import (
    Axis,
    Cell,
    Column,
    DataFile,
    Fact,
    Facts,
    Findings,
    Group,
    Multiples,
    Part,
    Play,
    Raster,
    Section,
    Table,
    Vector,
)
from ..sound import preferred_sounds

ORDER = 37
_TEXT = (
    "For each unit the sound of one level that excites it most, found by gradient ascent from "
    "several starts within the receptive field of one cell. Units are read before their "
    "activation function. White noise and pure tones of the same root mean square are what it is "
    f"held against. Players repeat short sounds, with {1000 * GAP_SECONDS:.0f} ms of silence "
    "between, all at one peak level."
)
_FLOOR_DB = -40.0
_N_ROWS, _N_WAVEFORMS = 100, 6
_WIDTH, _HEIGHT, _MARGINS = 240.0, 110.0, (8, 6, 8, 30)


def section(run: Run) -> Section | None:
    """Chapter of preferred sounds; None without any."""
    return chapter(
        run.find(PreferredInput),
        lambda one: _parts(run, one),
        title="Preferred sounds",
        anchor="preferred-input",
        text=_TEXT,
    )


def _parts(run: Run, result: PreferredInput) -> tuple[Part, ...]:
    """What was found, and each layer."""
    findings = (Findings(items=result.findings),) if result.findings else ()
    n_restarts = result.layers[0].activation.shape[1]
    facts = Facts(
        items=(
            Fact(label="Level", value=f"{decimal(result.level_db)} dB re a full-scale sine"),
            Fact(label="Restarts", value=str(n_restarts), note=f"{result.n_steps} gradients each"),
            Fact(label="Noises", value=str(result.n_noises)),
        )
    )
    clips = {key: part.number for key, part in preferred_sounds(run, result).items()}
    layers = (_layer(result, one, clips) for one in result.layers)
    return (*findings, facts, *layers)


def _layer(
    result: PreferredInput, one: PreferredSounds, clips: dict[tuple[str, int], int]
) -> Group:
    """Players and numbers of the units, their spectra and a few waveforms."""
    n_samples = one.waveform.shape[1]
    seen = {"exact": "", "upper": " at most", "unknown": " (the whole clip: it is not known)"}
    return Group(
        title=one.layer,
        anchor=f"preferred-{one.layer}",
        text=f"Read off {one.reading}; {len(one.unit)} units: {one.choice}. Receptive field "
        f"{decimal(1000 * n_samples / result.sample_rate, 3)} ms{seen[one.field_status]}.",
        parts=(_table(one, clips), _spectra(one), _waveforms(result, one)),
    )


def _table(one: PreferredSounds, clips: dict[tuple[str, int], int]) -> Table:
    """What the sound of each unit reaches, beside its best tone."""
    return Table(
        name=f"preferred-{one.layer}",
        caption=f"Units of {one.layer}: activation in standard deviations of noise above its mean; "
        "centre: highest power of the sounds found; agreement: mean cosine of the spectra of two "
        "restarts",
        columns=(
            Column(name="Unit", is_row_name=True),
            Column(name="Sound"),
            Column(name="Sound found", unit="s.d.", digits=3),
            Column(name="Best tone", unit="s.d.", digits=3),
            Column(name="Best tone", unit="Hz"),
            Column(name="Centre", unit="Hz"),
            Column(name="Agreement", places=2),
        ),
        rows=tuple(_row(one, row, clips) for row in range(min(len(one.unit), _N_ROWS))),
        n_shown=16,
    )


def _row(one: PreferredSounds, row: int, clips: dict[tuple[str, int], int]) -> tuple[Cell, ...]:
    unit = int(one.unit[row])
    number = clips.get((one.layer, unit))
    numbers = (one.over_noise, one.tone_over_noise, one.tone_hz, one.centre_hz, one.agreement)
    return (
        unit,
        None if number is None else Play(clip=number, text="play"),
        *(known(values[row]) for values in numbers),
    )


def _spectra(one: PreferredSounds) -> Raster:
    """Mean spectra of all units, by rising centre."""
    order = np.argsort(one.centre_hz, kind="stable")
    power = one.power[order]
    peaks = np.maximum(power.max(1, keepdims=True), 1e-300)
    top = float(one.frequencies_hz[-1])
    return Raster(
        values=np.maximum(10 * np.log10(np.maximum(power / peaks, 1e-12)), _FLOOR_DB),
        alt=f"Power spectra of the preferred sounds of {len(order)} units of {one.layer}",
        caption="Power of each unit's sounds re its peak, mean over restarts, one row per unit, "
        "lowest centre at the bottom.",
        x=Axis(
            label="Frequency",
            unit="Hz",
            start=0,
            stop=top,
            ticks=tuple((float(hz / top), si(float(hz))) for hz in svg.nice_ticks(0, top, 5)),
        ),
        y=Axis(
            label="Unit",
            unit="",
            start=0,
            stop=len(order),
            ticks=tuple(
                ((k + 0.5) / len(order), str(one.unit[order[k]]))
                for k in range(0, len(order), -(-len(order) // 8))
            ),
        ),
        unit="dB",
        lowest=_FLOOR_DB,
        highest=0.0,
        palette="magma",
        height=int(np.clip(10 * len(order), 80, 320)),
        data=_file(one),
    )


def _waveforms(result: PreferredInput, one: PreferredSounds) -> Multiples:
    """Sounds of the first units over the receptive field."""
    rows = range(min(len(one.unit), _N_WAVEFORMS))
    return Multiples(
        parts=tuple(_waveform(one, row, result.sample_rate) for row in rows),
        width=int(_WIDTH),
        caption="Preferred sounds over the receptive field, in ms.",
    )


def _waveform(one: PreferredSounds, row: int, sample_rate: int) -> Vector:
    waveform = one.waveform[row].astype(np.float64)
    n_drawn = min(len(waveform), 2000)
    edges = np.linspace(0, len(waveform), n_drawn + 1).astype(int)[:-1]
    milliseconds = 1000 * edges / sample_rate
    limit = float(np.abs(waveform).max()) or 1.0
    frame = svg.Frame(
        width=_WIDTH,
        height=_HEIGHT,
        x=(0.0, 1000 * len(waveform) / sample_rate),
        y=(-limit, limit),
        margins=_MARGINS,
    )
    return Vector(
        svg=svg.picture(
            _WIDTH,
            _HEIGHT,
            svg.axes(frame, x_label="ms", y_ticks=()),
            svg.path(frame, milliseconds, waveform[edges]),
        ),
        alt=f"Preferred sound of unit {one.unit[row]} of {one.layer}",
        caption=f"Unit {one.unit[row]}.",
    )


def _file(one: PreferredSounds) -> DataFile:
    """Mean power and its spread over restarts as CSV, two columns per unit."""
    head = ["frequency_hz"]
    for unit in one.unit:
        head += [f"unit_{unit}_power", f"unit_{unit}_deviation"]
    pairs = np.stack([one.power, one.power_deviation], axis=1).reshape(-1, one.power.shape[1])
    rows = (
        [f"{hertz:.6g}", *(f"{value:.4g}" for value in pairs[:, k])]
        for k, hertz in enumerate(one.frequencies_hz)
    )
    return DataFile(name=f"preferred-spectra-{one.layer}.csv", text=to_csv([head, *rows]))
