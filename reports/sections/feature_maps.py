"""What each channel does while a clip runs, exactly under the waveform that caused it."""

from collections.abc import Sequence

import numpy as np

from cnnviz.results import FeatureMaps, LayerMaps, MapActivity, plural
from cnnviz.results.feature_maps import largest
from cnnviz.run import Run
from reports.figures.clip_maps import (
    N_BINS,
    WAVEFORM_HEIGHT,
    MapPicture,
    clip_maps,
    map_height,
    views,
)
from reports.numerals import decimal
from reports.own_names import side_by_side
from reports.parts import (
    Axis,
    Choice,
    Column,
    Details,
    Group,
    Interactive,
    Option,
    Paragraph,
    Part,
    Play,
    Raster,
    Section,
    Table,
)

from ._clips import Clip, clips, envelope, on_time_axis, spread, time_axis, waveform_raster
from ._map_rows import Rows, channel_rows, frequency_rows, grouped

ORDER = 30
N_CLIPS = 12
"""Clips shown; the run folder holds the maps of all captured ones."""
SATURATION = 99.8
"""Percentile of |activation| where the colours saturate."""
_TEXT = (
    "Each row is one channel of a layer, sorted by centre frequency where it is known, or one "
    "frequency; each column lies at the time of the centre of its receptive field, so what lights "
    "up stands under the middle of the sound it can depend on. Hatched: times at which no "
    "receptive field has its centre. Play a clip to see the line run."
)

_ACTIVITY = (
    "On the clips shown: share of cells above zero; Treves-Rolls sparseness and Gini index over "
    "the cells of a clip, 0 where all are alike; onset index, (onset - sustained) / (onset + "
    "sustained) of the mean response 0 to 50 ms and 100 to 300 ms after a sound begins: 1 answers "
    "the beginning alone, -1 only what follows. To be read beside the sound's own level: one that "
    "fades has an index above 0 in every channel."
)


def section(run: Run) -> Section | None:
    """Chapter of feature maps; None without any."""
    results = [result for result in run.find(FeatureMaps) if len(result.clip_index)]
    if not results:
        return None
    return Section(
        title="Feature maps",
        anchor="feature-maps",
        text=_TEXT,
        parts=side_by_side(results, lambda one: _parts(one, run), anchor="feature-maps-of"),
    )


def _parts(maps: FeatureMaps, run: Run) -> tuple[Part, ...]:
    """A choice of clips, and the figure that follows it."""
    rows = spread(len(maps.clip_index), N_CLIPS)
    shown = clips(run, [int(maps.clip_index[row]) for row in rows])
    pictures = [p for layer in maps.layers for p in _pictures(layer, rows)]
    seconds = _seconds(shown, maps.layers)
    return (
        Paragraph(text=_budget(maps, len(rows), pictures)),
        Choice(label="Clip", options=tuple(_option(clip) for clip in shown)),
        _interactive(shown, pictures, seconds),
        *(_activity(layer, layer.activity) for layer in maps.layers if layer.activity is not None),
    )


def _activity(layer: LayerMaps, activity: MapActivity) -> Details:
    """How channels use their cells, one row each, in the order of the figure."""
    centres, columns = layer.channel_centre_hz, activity.columns()
    numbers = (centres, 100 * columns.pop("fraction_active"), *columns.values())
    onsets = "no onset to tell"
    if activity.n_onsets:
        beside = decimal(activity.sound_onset_index, 2)
        onsets = f"onset index over {plural(activity.n_onsets, 'clip')}, of the sound {beside}"
    table = Table(
        name=f"activity-{layer.layer}",
        caption=f"Cells of {layer.layer} as later layers see them above zero; {onsets}",
        columns=(
            Column(name="Channel", is_row_name=True),
            Column(name="Centre", unit="Hz"),
            Column(name="Active", unit="% of cells", digits=3),
            Column(name="Sparseness", places=2),
            Column(name="Gini", places=2),
            Column(name="Onset index", places=2),
        ),
        rows=tuple(
            (int(channel), *(float(values[channel]) for values in numbers))
            for channel in layer.order
        ),
        n_shown=3,
    )
    return Details(
        summary=f"{layer.layer}: activity of {plural(len(centres), 'channel')}",
        anchor=f"activity-{layer.layer}",
        parts=(Paragraph(text=_ACTIVITY), table),
    )


def _budget(maps: FeatureMaps, n_shown: int, pictures: Sequence[MapPicture]) -> str:
    """How much is shown, and how the values were rounded."""
    n = len(maps.clip_index)
    ranges = "; ".join(
        f"{p.title} {decimal(p.lowest, 3)} to {decimal(p.highest, 3)}" for p in pictures
    )
    return (
        f"Showing {n_shown} of {n} clips with maps, at display resolution: values in 255 steps "
        f"({ranges}), colours of one scale per layer that saturate at the {SATURATION:g}th "
        "percentile. The run folder holds the maps themselves."
    )


def _option(clip: Clip) -> Option:
    """Name and player of a clip; the figure below follows."""
    return Option(
        title=f"{clip.title.partition(' · ')[0]} {clip.index}",
        anchor=_fragment(clip),
        parts=(Play(clip=clip.index, text=clip.title),),
    )


def _fragment(clip: Clip) -> str:
    """Address of a clip's maps."""
    return f"maps={clip.index}"


def _interactive(
    shown: Sequence[Clip], pictures: Sequence[MapPicture], seconds: float
) -> Interactive:
    """Linked figure of all layers, one view per clip."""
    return Interactive(
        name="feature-maps",
        item=clip_maps(pictures, seconds, "feature-maps"),
        alt="Waveform and feature maps of one clip on one time axis",
        caption="Colour is activation, which has no unit. Drag to zoom; all axes of time move "
        "together.",
        height=24 + WAVEFORM_HEIGHT + sum(map_height(p.values.shape[1]) for p in pictures),
        fallback=_fallback(shown, pictures, seconds),
        views={
            _fragment(clip): {
                "title": {"text": [""], "clip": [str(clip.index)]},
                **views(pictures, k, _envelope(clip, seconds)),
            }
            for k, clip in enumerate(shown)
        },
    )


def _fallback(shown: Sequence[Clip], pictures: Sequence[MapPicture], seconds: float) -> Group:
    """The same as pictures."""
    return Group(
        title="Maps clip by clip",
        parts=tuple(
            Group(title=clip.title, parts=_rasters(clip, k, pictures, seconds))
            for k, clip in enumerate(shown)
        ),
    )


def _rasters(
    clip: Clip, row: int, pictures: Sequence[MapPicture], seconds: float
) -> tuple[Part, ...]:
    """Waveform and maps of one clip as pictures."""
    parts: list[Part] = [waveform_raster(clip)] if clip.waveform.size else []
    return (*parts, *(_raster(clip, row, picture, seconds) for picture in pictures))


def _raster(clip: Clip, row: int, picture: MapPicture, seconds: float) -> Raster:
    """Map of one layer as a picture."""
    n_times = picture.values.shape[2]
    step = (picture.stop - picture.start) / n_times
    times = picture.start + (np.arange(n_times) + 0.5) * step
    low, high = picture.y
    ticks = tuple(((at - low) / (high - low), text) for at, text in picture.row_ticks)
    return Raster(
        values=on_time_axis(picture.values[row], times, seconds),
        alt=f"{picture.title} for {clip.title}",
        caption=picture.title,
        x=time_axis(seconds),
        y=Axis(label=picture.y_label, unit="", start=low, stop=high, ticks=ticks),
        lowest=picture.darkest,
        highest=picture.brightest,
        palette=picture.palette,
        is_hatched=True,
        clip=clip.index,
        height=int(np.clip(4 * picture.values.shape[1], 90, 260)),
    )


def _pictures(layer: LayerMaps, rows: np.ndarray) -> list[MapPicture]:
    """Pictures of a layer: channels over time, and frequency over time where it has an axis."""
    maps = layer.maps[rows]
    by_channel = largest(maps, 2) if maps.ndim == 4 else maps  # (clip, channel, time)
    note = " (largest over frequency)" if maps.ndim == 4 else ""
    ordered = grouped(by_channel[:, layer.order])
    title = f"{layer.layer}: channels{note}"
    made = [_picture(layer, ordered, suffix="", title=title, rows=channel_rows(layer))]
    if maps.ndim == 4:
        plane = grouped(largest(maps, 1))  # (clip, frequency, time)
        title = f"{layer.layer}: frequency (largest over channels)"
        named = frequency_rows(layer)
        made.append(_picture(layer, plane, suffix="-frequency", title=title, rows=named))
    return made


def _picture(
    layer: LayerMaps,
    values: np.ndarray,
    *,
    suffix: str,
    title: str,
    rows: Rows,
) -> MapPicture:
    """Values with the axes and range that all clips share."""
    times = layer.grid.times
    step = float(times[1] - times[0]) if len(times) > 1 else 2 * float(times[0]) or 1.0
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    is_signed = low < -0.05 * abs(high)
    usual = float(np.nanpercentile(np.abs(values), SATURATION)) or max(abs(low), abs(high)) or 1.0
    return MapPicture(
        name=f"maps-{layer.layer}{suffix}",
        title=title,
        y_label=rows.title,
        values=values,
        start=float(times[0]) - step / 2,
        stop=float(times[-1]) + step / 2,
        y=(-0.5, values.shape[1] - 0.5),
        row_ticks=rows.ticks,
        row_names=rows.names,
        lowest=low,
        highest=high,
        darkest=-usual if is_signed else 0.0,
        brightest=usual,
        palette="diverging" if is_signed else "viridis",
    )


def _seconds(shown: Sequence[Clip], layers: Sequence[LayerMaps]) -> float:
    """Length of the clips, or of the maps where no sound was kept."""
    lengths = [clip.seconds for clip in shown if clip.waveform.size]
    ends = [float(layer.grid.times[-1]) for layer in layers]
    return max(lengths or ends)


def _envelope(clip: Clip, seconds: float) -> tuple[np.ndarray, np.ndarray]:
    """Envelope of a clip on the bins of the figure, zero where there is no sound."""
    if not clip.waveform.size:
        return np.zeros(N_BINS), np.zeros(N_BINS)
    n_samples = round(seconds * clip.sample_rate)
    low, high = envelope(np.pad(clip.waveform, (0, n_samples - len(clip.waveform))), N_BINS)
    missing = N_BINS - len(low)
    return np.pad(low, (0, missing)), np.pad(high, (0, missing))
