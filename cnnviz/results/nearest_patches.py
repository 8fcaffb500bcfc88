"""Patches of other clips that a layer holds for most like the decisive stretch of a clip."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz.provenance import Provenance
from cnnviz.results._freeze import freeze
from cnnviz.results.finding import Finding
from cnnviz.results.result import Result

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True, kw_only=True, slots=True)
class Patches:
    """Cells of a layer over time, and what of a clip they see; all arrays of one shape.

    Parameters
    ----------
    clip_index
        Position of the clip in the run; -1 where there is none.
    starts, stops
        Receptive field of the cell within the clip, cut at its ends, in seconds; the whole clip
        where the field is not known. NaN where there is no clip.
    """

    clip_index: np.ndarray
    starts: np.ndarray
    stops: np.ndarray

    def __post_init__(self) -> None:
        freeze(self)


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class NearestPatches(Result):
    """For the decisive stretch of each explained clip the nearest patches of other clips.

    Parameters
    ----------
    layer
        Captured layer whose activations are compared.
    method
        Of the relevance whose peak is the decisive stretch.
    class_names, labels
        Of the clips of the run, (class,) and int (clip of the run,).
    n_explained
        Clips with relevance, those without full maps too, of which nothing can be said.
    clip_seconds
        Length of a clip as the network hears it.
    peaks_seconds
        Where the relevance of each explained clip is largest, (explained,).
    decisive
        Patch of each explained clip there, (explained,).
    nearest
        Patches of other clips, the nearest first, one of a clip, none of the same speaker or
        recording, (explained, rank).
    cosines
        With the decisive patch, in [-1, 1], (explained, rank); NaN where there is none.
    pairs_95
        95 % quantile of the cosine of patches at random times of the clip and of the others,
        where they sound, (explained,).
    stretches_95
        95 % quantile, over random times of the clip where it sounds, of the cosine of the patch
        there with the patch nearest to it, (explained,).
    n_candidates
        Clips that patches are taken from, int (explained,).
    findings
        How many decisive stretches have near patches.
    """

    layer: str
    method: str
    class_names: tuple[str, ...]
    labels: np.ndarray
    n_explained: int
    clip_seconds: float
    peaks_seconds: np.ndarray
    decisive: Patches
    nearest: Patches
    cosines: np.ndarray
    pairs_95: np.ndarray
    stretches_95: np.ndarray
    n_candidates: np.ndarray
    findings: tuple[Finding, ...] = ()
    provenance: Provenance

    def __post_init__(self) -> None:
        columns = ("peaks_seconds", "pairs_95", "stretches_95", "n_candidates")
        shapes = dict.fromkeys(columns, ("explained",))
        freeze(self, **shapes, labels=("clip",), cosines=("explained", "rank"))

    def name_of(self, clip: int) -> str:
        """Number of a clip and its class where that is known."""
        label = int(self.labels[clip])
        is_named = 0 <= label < len(self.class_names)
        return f"clip {clip}" + (f", {self.class_names[label]}" if is_named else "")

    def to_dataframe(self) -> "pandas.DataFrame":
        """One row per explained clip and patch."""
        import pandas

        return pandas.DataFrame(list(self._rows()))

    def _rows(self) -> Iterator[dict[str, Any]]:
        for k, clip in enumerate(self.decisive.clip_index.tolist()):
            for rank, cosine in enumerate(self.cosines[k].tolist()):
                yield {
                    "clip": clip,
                    "peak_seconds": self.peaks_seconds[k],
                    "start": self.decisive.starts[k],
                    "stop": self.decisive.stops[k],
                    "rank": rank + 1,
                    "nearest_clip": int(self.nearest.clip_index[k, rank]),
                    "nearest_start": self.nearest.starts[k, rank],
                    "nearest_stop": self.nearest.stops[k, rank],
                    "cosine": cosine,
                    "pairs_95": self.pairs_95[k],
                    "stretches_95": self.stretches_95[k],
                }
