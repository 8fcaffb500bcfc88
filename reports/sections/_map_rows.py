"""Rows of a map: what each is called, on its axis and under the pointer."""

from dataclasses import dataclass

import numpy as np

from cnnviz.results import LayerMaps
from reports.figures.clip_maps import RowName
from reports.numerals import si

N_ROWS = 128
"""Rows of a map shown; more channels are drawn by the largest of neighbours."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rows:
    """Title of an axis of rows, and what each row drawn is called, lowest first."""

    title: str
    names: tuple[RowName, ...]

    @property
    def ticks(self) -> tuple[tuple[float, str], ...]:
        """Positions of at most six rows with their labels, lowest and highest among them."""
        n = len(self.names)
        at = np.unique(np.rint(np.linspace(0, n - 1, min(n, 6))).astype(int))
        return tuple((float(row), self.names[row].tick) for row in at)


def channel_rows(layer: LayerMaps) -> Rows:
    """Channels in the order of display; a row may stand for several neighbours."""
    n = layer.maps.shape[1]
    has_centres = len(layer.channel_centre_hz) == n and np.isfinite(layer.channel_centre_hz).any()
    centres = layer.channel_centre_hz if has_centres else np.full(n, np.nan)
    names = [
        _channel_name(channels, centres[channels], has_centres=has_centres)
        for channels in np.split(layer.order, _edges(n)[1:])
    ]
    return Rows(title="Channel by centre (Hz)" if has_centres else "Channel", names=tuple(names))


def _channel_name(channels: np.ndarray, centres: np.ndarray, *, has_centres: bool) -> RowName:
    """Name of a row by its channels and their centres in Hz (NaN: none)."""
    numbers = ", ".join(map(str, channels))
    tip = f"channel {numbers}" if len(channels) == 1 else f"channels {numbers}"
    if not has_centres:
        return RowName(tick=str(channels[0]), tip=tip)
    if not np.isfinite(centres[0]):
        return RowName(tick="none", tip=f"{tip} (no centre)")
    hertz = float(f"{centres[0]:.3g}")
    return RowName(tick=si(hertz), tip=f"{tip} (centre {hertz:g} Hz)")


def frequency_rows(layer: LayerMaps) -> Rows:
    """Cells of a frequency axis; a row may stand for several neighbours, and is named by one."""
    n = layer.maps.shape[2]
    first = _edges(n)
    if len(layer.grid.frequencies) != n:
        names = [RowName(tick=str(k), tip=f"cell {k}") for k in first]
        return Rows(title="Frequency cell", names=tuple(names))
    rounded = [float(f"{hertz:.3g}") for hertz in layer.grid.frequencies[first]]
    return Rows(
        title="Frequency (Hz)",
        names=tuple(RowName(tick=si(hertz), tip=f"{hertz:g} Hz") for hertz in rounded),
    )


def _edges(n: int) -> np.ndarray:
    """First of the neighbours that each row drawn stands for, int (row,)."""
    n_rows = min(n, N_ROWS)
    return np.rint(np.linspace(0, n, n_rows + 1)).astype(int)[:-1]


def grouped(maps: np.ndarray) -> np.ndarray:
    """Largest of neighbouring rows where there are more than are drawn, (clip, row, time)."""
    if maps.shape[1] <= N_ROWS:
        return maps
    edges = _edges(maps.shape[1])
    high = np.maximum.reduceat(maps, edges, axis=1)
    low = np.minimum.reduceat(maps, edges, axis=1)
    return np.where(-low > high, low, high)
