"""Feature maps of a few clips at display resolution."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.grid import Grid
from cnnviz.provenance import Provenance
from cnnviz.results._freeze import freeze
from cnnviz.results.result import Result

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerMaps:
    """Feature maps of one layer at display resolution.

    `maps` is float32 (clip, channel, time) or (clip, channel, frequency, time), peak-pooled
    along time to at most a few hundred bins; `grid` gives each cell's receptive-field centre;
    `order` sorts channels by centre frequency where it is known.
    """

    layer: str
    maps: np.ndarray
    grid: Grid
    order: np.ndarray
    channel_centre_hz: np.ndarray

    def __post_init__(self) -> None:
        axes: tuple[object, ...] = ("clip", "channel", "time")
        if self.maps.ndim == 4:
            axes = ("clip", "channel", "frequency", "time")
        freeze(self, maps=axes, order=("channel",))


def largest(maps: np.ndarray, axis: int) -> np.ndarray:
    """Value of largest magnitude along an axis, with its sign.

    Examples
    --------
    >>> largest(np.array([[1.0, -3.0], [2.0, 0.0]]), 1).tolist()
    [-3.0, 2.0]
    """
    high, low = maps.max(axis=axis), maps.min(axis=axis)
    values: np.ndarray = np.where(-low > high, low, high)
    return values


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class FeatureMaps(Result):
    """Feature maps of a few clips: `clip_index` (clip,) points into the clips of the run."""

    clip_index: np.ndarray
    layers: tuple[LayerMaps, ...]
    provenance: Provenance

    def __post_init__(self) -> None:
        freeze(self, clip_index=("clip",))

    def to_dataframe(self) -> "pandas.DataFrame":
        """One row per layer, clip and channel, with its largest and mean activation."""
        import pandas

        frames = []
        for layer in self.layers:
            cells = layer.maps.reshape(*layer.maps.shape[:2], -1)  # (clip, channel, cell)
            clip, channel = np.indices(cells.shape[:2])
            columns = {"clip_index": self.clip_index[clip.ravel()], "channel": channel.ravel()}
            columns |= {"maximum": cells.max(2).ravel(), "mean": cells.mean(2).ravel()}
            frames.append(pandas.DataFrame({"layer": layer.layer, **columns}))
        return pandas.concat(frames, ignore_index=True)
