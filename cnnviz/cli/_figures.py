"""Figures of explained clips as files for a paper, with their numbers beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnviz.results import Relevance, RelevanceMap

FORMATS = ("pdf", "svg", "png")


def write_figures(explained: Sequence[Relevance], folder: Path, kind: str) -> list[Path]:
    """Write the first view of each clip of each result, and the map that it draws as CSV.

    Parameters
    ----------
    explained
        Results of methods.
    folder
        Made if it is not there.
    kind
        One of `FORMATS`.
    """
    from cnnviz.csv_text import to_csv
    from cnnviz.files import write_whole
    from cnnviz.plots._axes import to_file

    written = []
    for one in explained:
        for row, clip in enumerate(one.clip_index.tolist()):
            path = folder / f"{one.id}-clip{clip}.{kind}"
            write_whole(path, to_file(one.plot(clip=clip), kind))
            write_whole(path.with_suffix(".csv"), to_csv(_rows(one.plane or one.maps[0], row)))
            written.append(path)
    return written


def _rows(drawn: RelevanceMap, row: int) -> Iterator[Sequence[object]]:
    """A column for each time in s, a row for each frequency in Hz, of the axes that there are."""
    times, frequencies = drawn.grid.times, drawn.grid.frequencies
    values = drawn.values[row].reshape(max(len(frequencies), 1), -1)
    heads = [f"{time:.6g}" for time in times] if len(times) else ["relevance"]
    yield ["Hz by s" if len(times) else "Hz", *heads] if len(frequencies) else heads
    for k, line in enumerate(values):
        own = [f"{frequencies[k]:.6g}"] if len(frequencies) else []
        yield [*own, *(f"{value:.6g}" for value in line)]
