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
class MapActivity:
    """How channels use their cells on the clips shown, as later layers see them above zero.

    Parameters
    ----------
    fraction_active
        Share of cells above zero, (channel,).
    sparseness, gini
        Treves-Rolls sparseness and Gini index over the cells of a clip, means over the clips on
        which a channel responds, (channel,); NaN where it responds on none.
    onset_index
        (onset - sustained) / (onset + sustained) of the mean response 0 to 50 ms and 100 to 300
        ms after the sound begins, in [-1, 1], (channel,); NaN where a channel answers neither,
        without onsets, and in layers whose receptive field is not known or longer than 100 ms.
    sound_onset_index
        The same of the sound's own level; NaN without onsets.
    n_onsets
        Clips with a clear onset that it rests on.
    """

    fraction_active: np.ndarray
    sparseness: np.ndarray
    gini: np.ndarray
    onset_index: np.ndarray
    sound_onset_index: float
    n_onsets: int

    def __post_init__(self) -> None:
        freeze(self, **dict.fromkeys(self.columns(), ("channel",)))

    def columns(self) -> dict[str, np.ndarray]:
        """Columns by name, (channel,) each."""
        names = ("fraction_active", "sparseness", "gini", "onset_index")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerMaps:
    """Feature maps of one layer at display resolution.

    `maps` is float32 (clip, channel, time) or (clip, channel, frequency, time), peak-pooled
    along time to at most a few hundred bins; `grid` gives each cell's receptive-field centre;
    `order` sorts channels by centre frequency where it is known. `activity` is None where what
    later layers see is not known, and in files of earlier versions.
    """

    layer: str
    maps: np.ndarray
    grid: Grid
    order: np.ndarray
    channel_centre_hz: np.ndarray
    activity: MapActivity | None = None

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
        """One row per layer, clip and channel: largest and mean activation, and activity."""
        import pandas

        frames = []
        for layer in self.layers:
            cells = layer.maps.reshape(*layer.maps.shape[:2], -1)  # (clip, channel, cell)
            clip, channel = np.indices(cells.shape[:2])
            columns = {"clip_index": self.clip_index[clip.ravel()], "channel": channel.ravel()}
            columns |= {"maximum": cells.max(2).ravel(), "mean": cells.mean(2).ravel()}
            own = {} if layer.activity is None else layer.activity.columns()
            columns |= {name: values[channel.ravel()] for name, values in own.items()}
            frames.append(pandas.DataFrame({"layer": layer.layer, **columns}))
        return pandas.concat(frames, ignore_index=True)
