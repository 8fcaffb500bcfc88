"""Which part of a sound spoke for the class: relevance over time and over frequency."""

from collections.abc import Sequence

import numpy as np

from cnnviz.results import Attribution, Result, find
from reports.numerals import decimal
from reports.parts import (
    Badge,
    Cell,
    Choice,
    Column,
    Fact,
    Facts,
    Link,
    Option,
    Paragraph,
    Part,
    Play,
    Raster,
    Section,
    Table,
)

from ._clips import (
    Clip,
    bin_edges,
    clips,
    frequency_axis,
    on_time_axis,
    spectrogram,
    spread,
    time_axis,
    waveform_raster,
)

ORDER = 40
N_CLIPS = 12
SEGMENT_SECONDS = 0.05
N_SEGMENTS = 5
SATURATION = 99.5
"""Percentile of |relevance| where the colours saturate."""
_N_ROWS = 128
_TEXT = (
    "Relevance of each audio sample for the score of one class, red for it and blue against it. "
    "Over the whole clip it adds up to the score minus that of the baseline, as far as the "
    "completeness error says. The energy control is the rank correlation of |relevance| with the "
    "clip's energy: a map that only repeats the envelope is near 1."
)


def section(results: Sequence[Result]) -> Section | None:
    """Chapter of attributions; None without any."""
    found = sorted(find(results, Attribution), key=lambda one: one.n_steps == 1)
    if not found:
        return None
    kept = spread(len(found[0].clip_index), N_CLIPS)
    indices = [int(found[0].clip_index[k]) for k in kept]
    named = clips(results, indices)
    parts: list[Part] = [_summary(found)]
    if len(found[0].clip_index) > len(kept):
        parts.append(
            Paragraph(
                text=f"Showing {len(kept)} of {len(found[0].clip_index):,} explained clips, "
                "evenly spread; the table has all."
            )
        )
    parts.append(Choice(label="Clip", options=tuple(_option(clip, found) for clip in named)))
    return Section(title="Saliency", anchor="attribution", text=_TEXT, parts=tuple(parts))


def method_name(attribution: Attribution) -> str:
    """Published name in words."""
    return {"input_x_gradient": "Input x gradient"}.get(
        attribution.method, attribution.method.replace("_", " ").capitalize()
    )


def _option(clip: Clip, found: Sequence[Attribution]) -> Option:
    """All methods for one clip."""
    methods = [
        (attribution, int(np.flatnonzero(attribution.clip_index == clip.index)[0]))
        for attribution in found
        if (attribution.clip_index == clip.index).any()
    ]
    choice = Choice(
        label="Method",
        options=tuple(
            Option(
                title=method_name(attribution),
                anchor=f"attribution={clip.index}:{attribution.method}",
                parts=_maps(clip, attribution, row),
            )
            for attribution, row in methods
        ),
    )
    return Option(
        title=clip.title.partition(" · ")[0] + f" {clip.index}",
        anchor=f"attribution={clip.index}",
        parts=(Play(clip=clip.index, text=clip.title), choice),
    )


def _maps(clip: Clip, attribution: Attribution, row: int) -> tuple[Part, ...]:
    """Numbers, coloured waveform, time-frequency relevance and top segments of one clip."""
    parts: list[Part] = []
    if not attribution.converged[row]:
        error = decimal(100 * float(attribution.completeness_errors[row]), 2)
        parts.append(Badge(text=f"not converged: {error} % of the score unexplained", tone="bad"))
    parts.append(_facts(attribution, row))
    relevance = attribution.waveform[row].astype(np.float64)
    if len(clip.waveform) == len(relevance):
        limit = _bin_limit(relevance)
        parts.append(waveform_raster(clip, relevance=relevance, limit=limit, unit="per bin"))
    parts.append(_plane(clip, attribution, row))
    if clip.waveform.size:
        parts.append(spectrogram(clip))
    return (*parts, _segments(clip, attribution, row))


def _facts(attribution: Attribution, row: int) -> Facts:
    """What was explained, against what, and how far the numbers can be trusted."""
    steps = f"{attribution.n_steps} steps" if attribution.n_steps > 1 else ""
    return Facts(
        items=(
            Fact(
                label="Target",
                value=attribution.target_names[row] or f"class {attribution.targets[row]}",
                note=attribution.output.replace("_", " "),
            ),
            Fact(
                label="Score",
                value=decimal(float(attribution.scores[row]), 4),
                note=f"baseline {decimal(float(attribution.baseline_scores[row]), 4)}",
            ),
            Fact(label="Baseline", value=attribution.baseline.partition(",")[0], note=steps),
            Fact(
                label="Completeness error",
                value=f"{decimal(100 * float(attribution.completeness_errors[row]), 2)} %",
                note=_verdict(attribution, row).text,
            ),
            Fact(
                label="Energy control",
                value=decimal(float(attribution.energy_correlations[row]), 2),
                note="1: only repeats the envelope",
            ),
        )
    )


def _verdict(attribution: Attribution, row: int) -> Badge:
    """Whether relevance adds up as well as its method promises."""
    if not attribution.converged[row]:
        return Badge(text="not converged", tone="bad")
    if attribution.n_steps == 1:
        return Badge(text="none promised")
    return Badge(text="converged", tone="good")


def _plane(clip: Clip, attribution: Attribution, row: int) -> Raster:
    """Relevance over time and frequency, symmetric about zero."""
    grid = attribution.grid
    values = _summed_rows(attribution.time_frequency[row])  # (row, time)
    limit = float(np.percentile(np.abs(values), SATURATION)) or float(np.abs(values).max()) or 1.0
    seconds = clip.seconds if clip.waveform.size else float(grid.times[-1])
    return Raster(
        values=on_time_axis(values, grid.times, seconds),
        alt=f"Relevance of {clip.title} for {attribution.target_names[row]} over time and "
        f"frequency, by {method_name(attribution).lower()}",
        x=time_axis(seconds),
        y=frequency_axis(float(grid.frequencies[0]), float(grid.frequencies[-1])),
        unit="per cell",
        lowest=-limit,
        highest=limit,
        palette="diverging",
        is_hatched=True,
        clip=clip.index,
        height=190,
        caption=f"Relevance for {attribution.target_names[row]!r} in units of its score, summed "
        f"per cell; colours saturate at the {SATURATION:g}th percentile.",
    )


def _summed_rows(plane: np.ndarray) -> np.ndarray:
    """Sums of neighbouring frequencies, at most `_N_ROWS` rows, so that totals stay."""
    if len(plane) <= _N_ROWS:
        return plane.astype(np.float64)
    edges = np.unique(np.linspace(0, len(plane), _N_ROWS + 1).astype(int)[:-1])
    return np.add.reduceat(plane.astype(np.float64), edges, axis=0)


def _bin_limit(relevance: np.ndarray) -> float:
    """Relevance of a drawn bin where colours saturate."""
    sums = np.abs(np.add.reduceat(relevance, bin_edges(len(relevance))))
    return float(np.percentile(sums, SATURATION)) or float(sums.max()) or 1.0


def _segments(clip: Clip, attribution: Attribution, row: int) -> Table:
    """Stretches of the clip by the size of their summed relevance, with where in frequency."""
    relevance = attribution.waveform[row].astype(np.float64)
    rate = len(relevance) / clip.seconds if clip.waveform.size else float("nan")
    rows = segment_rows(attribution, row, rate) if np.isfinite(rate) else ()
    total = float(np.abs(relevance).sum()) or 1.0
    return Table(
        name=f"segments-{attribution.method}-{clip.index}",
        caption=f"Stretches of {1000 * SEGMENT_SECONDS:.0f} ms that matter most",
        columns=(
            Column(name="Play"),
            Column(name="From", unit="s", digits=3),
            Column(name="To", unit="s", digits=3),
            Column(name="Relevance", digits=3),
            Column(name="Share of |relevance|", unit="%", digits=2),
            Column(name="Mostly at", unit="Hz", digits=3),
        ),
        rows=tuple(
            (
                Play(clip=clip.index, start=start, stop=stop),
                start,
                stop,
                value,
                100 * share / total,
                hertz,
            )
            for start, stop, value, share, hertz in rows
        ),
    )


def segment_rows(
    attribution: Attribution, row: int, sample_rate: float
) -> tuple[tuple[float, float, float, float, float], ...]:
    """Top stretches: start and stop in s, signed sum, sum of |relevance|, and Hz.

    Hz is the frequency whose relevance of the stretch's sign is largest.
    """
    relevance = attribution.waveform[row].astype(np.float64)
    length = max(1, round(SEGMENT_SECONDS * sample_rate))
    edges = np.arange(0, len(relevance), length)
    sums = np.add.reduceat(relevance, edges)
    shares = np.add.reduceat(np.abs(relevance), edges)
    order = np.argsort(-np.abs(sums), kind="stable")[:N_SEGMENTS]
    found = []
    for k in order:
        start, stop = edges[k] / sample_rate, min(edges[k] + length, len(relevance)) / sample_rate
        inside = (attribution.grid.times >= start) & (attribution.grid.times < stop)
        spectrum = attribution.time_frequency[row][:, inside].sum(axis=1) * np.sign(sums[k])
        hertz = attribution.grid.frequencies[spectrum.argmax()] if inside.any() else np.nan
        found.append((start, stop, float(sums[k]), float(shares[k]), float(hertz)))
    return tuple(found)


def _summary(found: Sequence[Attribution]) -> Table:
    """Every clip and method with the numbers that say how far to trust them."""
    return Table(
        name="attribution",
        caption="Explained clips",
        columns=(
            Column(name="Clip", is_row_name=True),
            Column(name="Method"),
            Column(name="Target"),
            Column(name="Score"),
            Column(name="Baseline score"),
            Column(name="Sum of relevance"),
            Column(name="Error", unit="%", digits=2),
            Column(name="Completeness"),
            Column(name="Energy control", digits=2),
        ),
        rows=tuple(_row(attribution, k) for attribution in found for k in _range(attribution)),
        n_shown=10,
    )


def _range(attribution: Attribution) -> range:
    """Positions of the clips of an attribution."""
    return range(len(attribution.clip_index))


def _row(attribution: Attribution, k: int) -> tuple[Cell, ...]:
    """One clip by one method."""
    index = int(attribution.clip_index[k])
    return (
        Link(text=str(index), target=f"attribution={index}:{attribution.method}"),
        method_name(attribution),
        attribution.target_names[k],
        float(attribution.scores[k]),
        float(attribution.baseline_scores[k]),
        float(attribution.waveform[k].sum(dtype=np.float64)),
        100 * float(attribution.completeness_errors[k]),
        _verdict(attribution, k),
        float(attribution.energy_correlations[k]),
    )
