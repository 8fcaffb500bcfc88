"""Pictures of one map of one clip: over time and frequency, over time alone, over bands alone."""

import numpy as np

from cnnviz.dsp.scales import on_even_axis
from cnnviz.results import Relevance, RelevanceMap
from reports.parts import Axis, Column, Part, Raster, Table

from ._clips import (
    Clip,
    bin_edges,
    frequency_axis,
    loudness,
    on_time_axis,
    time_axis,
    waveform_raster,
)

SATURATION = 99.5
"""Percentile of |relevance| where the colours saturate."""
_N_ROWS = 128
_NO_AXIS = Axis(label="", unit="", start=0.0, stop=1.0, ticks=((0.5, ""),))


def map_parts(
    clip: Clip, relevance: Relevance, drawn: RelevanceMap, row: int, method: str
) -> tuple[Part, ...]:
    """What shows one map: the coloured waveform, cells over time, or a table of bands."""
    if drawn.domain == "samples":
        values = drawn.values[row].astype(np.float64)
        if len(values) != len(clip.waveform):
            return ()
        return (waveform_raster(clip, relevance=values, limit=_bin_limit(values), unit="per bin"),)
    if len(drawn.grid.times):
        return (_cells(clip, relevance.target.words[row], drawn, row, method),)
    return (_bands(clip, relevance, drawn, row),)


def _bands(clip: Clip, relevance: Relevance, drawn: RelevanceMap, row: int) -> Table:
    return Table(
        name=f"bands-{relevance.method}-{clip.index}",
        caption=f"Relevance of each band for {relevance.target.words[row]!r}, over the whole clip",
        columns=(
            Column(name="Centre", unit="Hz", digits=3, is_row_name=True),
            Column(name="Relevance", digits=3),
        ),
        rows=tuple(
            (float(hertz), float(value))
            for hertz, value in zip(drawn.grid.frequencies, drawn.values[row], strict=True)
        ),
    )


def _cells(clip: Clip, target: str, drawn: RelevanceMap, row: int, method: str) -> Raster:
    """Relevance over time, and over frequency where it has one, symmetric about zero."""
    grid, y, over, height = drawn.grid, _NO_AXIS, "time", 60
    values, ground = np.atleast_2d(drawn.values[row]), None  # (row, time)
    if drawn.is_plane:
        ends = float(grid.frequencies[0]), float(grid.frequencies[-1])
        even = on_even_axis(values, grid.frequencies, *ends, n_rows=_N_ROWS)
        values, y = _summed_rows(even), frequency_axis(*ends)
        over, height = "time and frequency", 190
        ground = loudness(clip, *ends) if clip.waveform.size else None
    limit = float(np.percentile(np.abs(values), SATURATION)) or float(np.abs(values).max()) or 1.0
    seconds = clip.seconds if clip.waveform.size else float(grid.times[-1])
    values = on_time_axis(values, grid.times, seconds)
    return Raster(
        values=values,
        alt=f"Relevance of {clip.title} for {target} over {over}, by {method}",
        x=time_axis(seconds),
        y=y,
        unit="per cell",
        lowest=-limit,
        highest=limit,
        palette="diverging",
        is_hatched=True,
        ground=None if ground is None else _beneath(ground, values),
        clip=clip.index,
        height=height,
        caption=f"Relevance for {target!r} in units of its score, summed "
        f"per cell; colours saturate at the {SATURATION:g}th percentile.",
    )


def _beneath(ground: np.ndarray, values: np.ndarray) -> np.ndarray:
    """A picture in the columns of a map, clear where that knows nothing."""
    n = values.shape[1]
    columns = ((np.arange(n) + 0.5) * ground.shape[1] / n).astype(int)
    return np.where(np.isnan(values).all(axis=0), np.nan, ground[:, columns])


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
