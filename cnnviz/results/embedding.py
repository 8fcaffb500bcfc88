"""How a layer arranges the clips in a plane."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cnnviz.provenance import Provenance
from cnnviz.results._freeze import freeze
from cnnviz.results.finding import Finding
from cnnviz.results.result import Result


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class Embedding(Result):
    """2-D projection of clip-level activations, with its quality beside it.

    `points` is (clip, 2); `clip_index` (clip,). `trustworthiness` and `continuity` are in
    [0, 1] at `n_neighbors`; `knn_purity` is the mean share of the `purity_neighbors` nearest
    neighbours in the plane that carry the clip's label, `knn_purity_input` the same before
    projection, `chance_purity` what shuffled labels give. NaN without labels; `n_left_out` clips
    of the training split are in none of these three. `labels` (clip,) are classes among
    `class_names`, -1 without one; None in older files. `findings` say how far to believe the map.
    """

    columns: ClassVar[tuple[str, ...]] = ("clip_index", "points", "labels")
    method: str
    layer: str
    pooling: str
    points: np.ndarray
    clip_index: np.ndarray
    n_neighbors: int
    trustworthiness: float
    continuity: float
    knn_purity: float
    knn_purity_input: float
    chance_purity: float
    purity_neighbors: int
    explained_variance: np.ndarray
    n_left_out: int = 0
    findings: tuple[Finding, ...] = ()
    provenance: Provenance
    labels: np.ndarray | None = None
    class_names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        freeze(self, points=("clip", 2), clip_index=("clip",), labels=("clip",))
