"""Which frequencies the scores of each class rest on, and whether relevance tells it."""

import numpy as np

from cnnviz.dsp.scales import erb_number
from cnnviz.results import method_words, plural
from cnnviz.results.frequency_importance import FrequencyImportance
from cnnviz.run import Run

from ..chapter import chapter
from ..numerals import known, si
from ..parts import (
    Axis,
    Choice,
    Column,
    DataFile,
    Fact,
    Facts,
    Findings,
    Multiples,
    Option,
    Paragraph,
    Part,
    Raster,
    Section,
    Table,
    Vector,
)
from ..svg import nice_ticks
from ._band_chart import TICKS_HZ, band_chart

ORDER = 43
_WIDTH = 440
_TEXT = (
    "The relevance of all cells in a band of frequency, beside the fall of the score when a "
    "filter takes the band out: means over clips of a class, with the 95 % interval over speakers "
    "or recordings where they are known. Relevance tends to follow the sound, so it says "
    "which bands count only where it agrees with the falls better than the energy of the clips "
    "does. Agreement is Spearman's correlation over the bands."
)


def section(run: Run) -> Section | None:
    """Chapter of band importance; None without any."""
    return chapter(
        run.find(FrequencyImportance),
        _parts,
        title="Frequencies of each class",
        anchor="frequency-importance",
        text=_TEXT,
    )


def _parts(result: FrequencyImportance) -> tuple[Part, ...]:
    """The verdict, each class as a row, and its curves beside its map."""
    classes = range(len(result.class_names))
    return (
        Findings(items=result.findings),
        Facts(items=_facts(result)),
        _table(result),
        Choice(label="Class", options=tuple(_option(result, row) for row in classes)),
        Paragraph(text=_about_maps(result)),
    )


def _facts(result: FrequencyImportance) -> tuple[Fact, ...]:
    n_clips, n_bands = len(result.clip_index), len(result.edges_hz) - 1
    return (
        Fact(label="Relevance by", value=method_words(result.method), note=result.score),
        Fact(
            label="Clips",
            value=str(n_clips),
            note=f"{result.n_converged} converged, {result.n_aligned.sum()} with a clear onset",
        ),
        Fact(
            label="Bands",
            value=str(n_bands),
            note=f"equally wide in ERBs, 0 to {result.edges_hz[-1]:,.0f} Hz",
        ),
    )


def _table(result: FrequencyImportance) -> Table:
    """Agreement of each class, and the bands with the most relevance and the largest fall."""
    rows = zip(
        result.class_names,
        result.n_clips.tolist(),
        result.n_groups.tolist(),
        _bands(result, result.importance.mean),
        _bands(result, result.ablation.mean),
        *(
            [known(value) for value in values]
            for values in (
                result.agreement,
                result.chance,
                result.energy_agreement,
                *result.lead.T,
            )
        ),
        strict=True,
    )
    return Table(
        name="frequency-agreement",
        caption="Agreement of relevance, of relevance rotated along the bands (the largest), and "
        "of energy with the fall of the score; 95 % interval of the lead over energy. Clips "
        "without a known speaker or recording count for themselves.",
        columns=(
            Column(name="Class", is_row_name=True),
            Column(name="Clips"),
            Column(name="Speakers"),
            Column(name="Most relevance", unit="Hz"),
            Column(name="Largest fall", unit="Hz"),
            *(
                Column(name=name, places=2)
                for name in ("Agreement", "Rotated", "Of energy", "Lead from", "Lead to")
            ),
        ),
        rows=tuple(rows),
        n_shown=16,
    )


def _bands(result: FrequencyImportance, curves: np.ndarray) -> list[str]:
    """The highest band of each class, as a range."""
    edges = result.edges_hz
    return [f"{edges[k]:,.0f} to {edges[k + 1]:,.0f}" for k in curves.argmax(1)]


def _option(result: FrequencyImportance, row: int) -> Option:
    """Curves of one class, with their numbers, and its map where clips have an onset."""
    anchor = f"frequency-curves-{row}"
    maps = (_map(result, row),) if result.n_aligned[row] else ()
    return Option(
        title=result.class_names[row],
        anchor=anchor,
        parts=(Multiples(parts=(_chart(result, row, anchor), *maps), width=_WIDTH),),
    )


def _chart(result: FrequencyImportance, row: int, name: str) -> Vector:
    return Vector(
        svg=band_chart(result, row),
        alt=f"Relevance and fall of the score over frequency for {result.class_names[row]}: "
        f"agreement {result.agreement[row]:.2f}",
        caption=f"{result.class_names[row]}. Blue: relevance in the band; orange: fall of the "
        "score without it; shaded: their 95 % intervals. Below: share of the clips' energy.",
        data=DataFile(name=f"{name}.csv", text=_csv(result, row)),
    )


def _csv(result: FrequencyImportance, row: int) -> str:
    table = result.to_dataframe()
    n_bands = len(result.edges_hz) - 1
    return str(table[row * n_bands : (row + 1) * n_bands].to_csv(index=False, lineterminator="\n"))


def _about_maps(result: FrequencyImportance) -> str:
    left_out = len(result.clip_index) - int(result.n_aligned.sum())
    return (
        "Maps are means of relevance over clips aligned by their onset: the first 10 ms "
        "within 20 dB of the loudest, at least 10 dB above the 50 ms before. Left out without a "
        f"clear onset: {left_out} of {len(result.clip_index)} clips. Colours of each class "
        "saturate at its largest cell."
    )


def _map(result: FrequencyImportance, row: int) -> Raster:
    """Mean relevance of one class from the onset on."""
    limit = float(np.abs(result.maps[row]).max()) or 1.0
    step = float(result.times[1] - result.times[0])
    start, stop = float(result.times[0]) - step / 2, float(result.times[-1]) + step / 2
    rate = erb_number(result.edges_hz[-1:])[0]
    seconds = nice_ticks(start, stop, 3)
    return Raster(
        values=result.maps[row],
        alt=f"Mean relevance of {result.class_names[row]} over frequency and time from the onset",
        caption=f"{result.class_names[row]}: mean of {plural(int(result.n_aligned[row]), 'clip')} "
        "from their onset.",
        x=Axis(
            label="Time from onset",
            unit="s",
            start=start,
            stop=stop,
            ticks=tuple((float((t - start) / (stop - start)), si(float(t))) for t in seconds),
        ),
        y=Axis(
            label="Frequency",
            unit="Hz",
            start=0.0,
            stop=float(result.edges_hz[-1]),
            ticks=tuple(
                (float(erb_number(np.array(hertz)) / rate), si(hertz))
                for hertz in TICKS_HZ
                if hertz <= result.edges_hz[-1]
            ),
        ),
        lowest=-limit,
        highest=limit,
        palette="diverging",
        unit="per cell",
        height=200,
    )
