"""Overview: the model, its layers with their receptive fields, and what was found."""

from dataclasses import replace

import numpy as np

from cnnviz.dsp.coverage import measure_coverage
from cnnviz.grid import ReceptiveField
from cnnviz.results import (
    Bank,
    ChannelStatistics,
    ClipGallery,
    Evaluation,
    FilterResponses,
    Finding,
    LayerRow,
    LayerStatistics,
    Result,
    plural,
    ranked,
)
from cnnviz.results.learned import beside_twins, describe
from cnnviz.roles import UNKNOWN
from cnnviz.run import Run

from ..numerals import decimal, percent_interval
from ..own_names import side_by_side
from ..parts import (
    Badge,
    Cell,
    Column,
    Details,
    Fact,
    Facts,
    Findings,
    Group,
    Paragraph,
    Part,
    Section,
    Table,
)
from ._reach import reach_chart

ORDER = 10
_TONES = {"exact": "good", "upper": "warn", "unknown": "plain"}
_STATUS = {"exact": "exact", "upper": "at most", "unknown": "not known"}
_N_FINDINGS = 8
_N_BANDS = 3
_N_LAYERS_SHOWN = 24


def section(run: Run) -> Section | None:
    """Overview of the model, or None without its layers."""
    statistics = run.find(LayerStatistics)
    if not statistics:
        return None
    learned = describe(beside_twins(run))
    parts: list[Part] = [Findings(items=learned, title="What learning changed")] if learned else []
    parts.append(Facts(items=_facts(statistics[0], run)))
    notices = statistics[0].provenance.model_notices
    if notices:
        parts.append(Paragraph(text=f"When the model was loaded: {'; '.join(notices)}."))
    findings = _findings(run)
    if findings:
        parts.append(Findings(items=findings, title="What was found"))
    parts += side_by_side(statistics, _layers, anchor="overview-of")
    return Section(
        title="Overview",
        anchor="overview",
        text="The network, what it listens to, and what it did on the clips. Receptive fields say "
        "how much sound one output value of a layer can depend on.",
        parts=tuple(parts),
    )


def _layers(statistics: LayerStatistics) -> list[Part]:
    """The layers with their receptive fields and channels."""
    parts: list[Part] = []
    if _short(statistics.frontend) != statistics.frontend:
        parts.append(Paragraph(text=f"Frontend: {statistics.frontend}."))
    return [*parts, *reach_chart(statistics), layer_table(statistics), *_channels(statistics)]


def _facts(statistics: LayerStatistics, run: Run) -> tuple[Fact, ...]:
    """Numbers that stand out, of the model and of what ran on it."""
    seconds = statistics.n_samples / statistics.sample_rate
    facts = [
        Fact(label="Model", value=statistics.model_name, note=f"{len(statistics.layers)} layers"),
        Fact(
            label="Input",
            value=f"{decimal(seconds)} s",
            note=f"{decimal(statistics.sample_rate / 1000)} kHz, {_short(statistics.frontend)}",
        ),
        Fact(label="Parameters", value=f"{statistics.n_parameters:,}"),
    ]
    role = statistics.provenance.output_role
    if role:
        note = "no class is claimed" if role == UNKNOWN else "what the network was read as"
        facts.append(Fact(label="Output", value=role, note=note))
    for gallery in run.find(ClipGallery):
        n_classes = len(gallery.clips.class_names)
        note = plural(n_classes, "class", "es") if n_classes else "no labels"
        facts.append(Fact(label="Clips", value=f"{len(gallery.clips):,}", note=note))
    for evaluation in run.find(Evaluation):
        n_scored, n_corpus = len(evaluation.labels), evaluation.n_corpus
        note = f"{percent_interval(evaluation.accuracy_interval)}; {n_scored:,} clips"
        note += f" of {n_corpus:,}" if n_corpus > n_scored else ""
        value = f"{100 * evaluation.accuracy:.1f} %"
        facts.append(Fact(label=f"Accuracy ({evaluation.split})", value=value, note=note))
    bank, span = first_bank(run), covered_span(run)
    if bank is not None and span:
        note = f"all but the holes of {bank.layer}"
        facts.append(Fact(label="Frequencies covered", value=span, note=note))
    return (*facts, *_drift(run))


def _drift(run: Run) -> tuple[Fact, ...]:
    """How far training moved the first layer, where its initial weights are known."""
    bank = first_bank(run)
    cosines = None if bank is None else bank.table.drift_cosine
    if bank is None or cosines is None or not np.isfinite(cosines).any():
        return ()
    value = float(np.nanmedian(np.abs(cosines)))
    note = f"median over the filters of {bank.layer}; 1 is unchanged"
    return (Fact(label="Cosine to the initial taps", value=f"{value:.2f}", note=note),)


def _short(frontend: str) -> str:
    """Kind of frontend, the first words of its description."""
    return frontend.partition(",")[0]


def first_bank(run: Run) -> Bank | None:
    """The first bank of the first result of filters, or None without one."""
    banks = (bank for responses in run.find(FilterResponses) for bank in responses.banks)
    return next(banks, None)


def covered_span(run: Run) -> str:
    """Bands that the live filters of the first bank cover; nothing where it is not known."""
    bank = first_bank(run)
    if bank is None or bank.responses is None:
        return ""
    levels = bank.responses.magnitudes_db[~np.asarray(bank.table.dead, dtype=bool)]
    covered = measure_coverage(levels, bank.responses.frequencies).covered
    bands = [f"{decimal(start, 3)} to {decimal(stop, 3)} Hz" for start, stop in covered]
    n_more = len(bands) - _N_BANDS
    return ", ".join([*bands[:_N_BANDS], *([f"{n_more} more"] if n_more > 0 else [])])


def _findings(run: Run) -> tuple[Finding, ...]:
    """Those of the layers, the evaluation and the first filters that matter most."""
    findings = [
        replace(one, fragment=_fragment(statistics, one, ""))
        for statistics in run.find(LayerStatistics)
        for one in statistics.findings
    ]
    findings += [
        replace(one, fragment=_fragment(evaluation, one, "evaluation"))
        for evaluation in run.find(Evaluation)
        for one in evaluation.findings
    ]
    findings += [
        replace(
            one,
            sentence=f"{bank.layer}: {one.sentence}",
            fragment=responses.fragment(one.fragment or f"filters-{bank.layer}"),
        )
        for responses in run.find(FilterResponses)
        for bank in responses.banks
        for one in bank.findings[:2]
    ]
    return ranked(dict.fromkeys(findings))[:_N_FINDINGS]


def _fragment(result: Result, finding: Finding, otherwise: str) -> str:
    """Where a result's own part shows a finding."""
    return result.fragment(finding.fragment) if finding.fragment else otherwise


def layer_table(statistics: LayerStatistics) -> Table:
    """Layers in order of execution with shapes, parameters and receptive fields."""
    has_frequency = any(row.frequency_field is not None for row in statistics.layers)
    columns = (
        Column(name="Layer", is_row_name=True),
        Column(name="Kind"),
        Column(name="Detail"),
        Column(name="Output"),
        Column(name="Parameters"),
        Column(name="Receptive field", unit="audio samples", digits=6),
        Column(name="Receptive field", unit="ms"),
        Column(name="Step", unit="ms"),
        *((Column(name="In frequency", unit="input cells", digits=6),) if has_frequency else ()),
        Column(name="Known"),
    )
    rate = statistics.sample_rate
    return Table(
        name="layers",
        caption="Layers in order of execution",
        columns=columns,
        rows=tuple(_layer_row(row, rate, has_frequency) for row in statistics.layers),
        anchors=tuple(f"layer={row.name}" for row in statistics.layers)
        if len({row.name for row in statistics.layers}) == len(statistics.layers)
        else (),
        sortable=False,
        n_shown=_N_LAYERS_SHOWN,
    )


def _layer_row(row: LayerRow, rate: int, has_frequency: bool) -> tuple[Cell, ...]:
    """One layer; what is not known stays empty."""
    field = row.time_field
    time: tuple[Cell, ...] = (None, None, None)
    if field is not None and field.status != "unknown":
        time = (field.size, 1000 * field.size / rate, 1000 * field.jump / rate)
    across: tuple[Cell, ...] = ()
    if has_frequency:
        known = row.frequency_field is not None and row.frequency_field.status != "unknown"
        across = (row.frequency_field.size if known and row.frequency_field else None,)
    shape = " \N{MULTIPLICATION SIGN} ".join(str(n) for n in row.output_shape)
    return (
        row.name,
        row.kind,
        row.detail,
        shape,
        row.n_parameters,
        *time,
        *across,
        _status(field),
    )


def _status(field: ReceptiveField | None) -> Badge | None:
    """How sure the receptive field is."""
    if field is None:
        return None
    return Badge(text=_STATUS[field.status], tone=_TONES[field.status])


def _channels(statistics: LayerStatistics) -> list[Part]:
    """What the channels of each captured layer did on the clips."""
    if not statistics.channels:
        return []
    inside = [
        Details(
            summary=f"{one.layer}: {plural(len(one.rms), 'channel')}, {_silent_text(one)}",
            anchor=f"channels-{one.layer}",
            parts=(_channel_table(one),),
        )
        for one in statistics.channels
    ]
    text = (
        "Over all clips: how strong each channel is, and on how many of them later layers see "
        "nothing but zero of it, after normalisation and activation."
    )
    return [Group(title="Channels", anchor="channels", text=text, parts=tuple(inside))]


def _silent_text(one: ChannelStatistics) -> str:
    """How many channels later layers see as one value."""
    if one.constant is None:
        return "what later layers see of them is not known"
    n_constant = int(one.constant.sum())
    return f"{n_constant or 'none'} constant on all clips"


def _channel_table(one: ChannelStatistics) -> Table:
    """Statistics of a layer, one row per channel."""
    return Table(
        name=f"channels-{one.layer}",
        caption=f"Channels of {one.layer} over all clips",
        columns=(
            Column(name="Channel", is_row_name=True),
            Column(name="Mean"),
            Column(name="Maximum"),
            Column(name="RMS"),
            Column(name="Clips silent", unit="%", digits=3),
        ),
        rows=tuple(
            (k, *(float(values[k]) for values in (one.mean, one.maximum, one.rms)), float(share))
            for k, share in enumerate(100 * np.asarray(one.fraction_silent))
        ),
        n_shown=12,
    )
