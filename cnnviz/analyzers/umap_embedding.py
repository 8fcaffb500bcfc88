"""UMAP of clip-level activations: a map that keeps neighbourhoods.

Distances between far groups mean nothing in it; trustworthiness and kNN purity say how much
the near ones do.

References
----------
McInnes, Healy and Melville, "UMAP: Uniform Manifold Approximation and Projection for Dimension
Reduction" (2018).
"""

from __future__ import annotations

import sys
import warnings
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np

from cnnviz.analyzers._embedding import Pooling, embed, has_neighbourhoods, report_layers
from cnnviz.parameters import Range, check_parameters

if TYPE_CHECKING:
    from cnnviz.analyzer import Analyzer
    from cnnviz.results import Embedding
    from cnnviz.run import Run

_COMPILED = ("umap.", "pynndescent.")
_MOST_EXACT = 30_000  # rows, whose neighbours take some seconds


@dataclass(frozen=True, kw_only=True, slots=True)
class UMAPEmbedding:
    """Lay clips out in the plane by UMAP on the principal components of a layer.

    Parameters
    ----------
    layer
        A captured layer or ``"output"``; None: the output if it has three numbers or more.
    pooling
        Over time: ``"mean"``, ``"max"``, ``"rms"`` or ``"mean_max"``.
    n_neighbors
        Neighbours of UMAP and of the quality measures; fewer where clips are few.
    min_dist
        How close UMAP may put points, 0 to 1.
    n_components
        Principal components that UMAP starts from, at most.
    seed
        Same seed, same map, on one thread.
    """

    layer: str | None = None
    pooling: Pooling = "mean_max"
    n_neighbors: Annotated[int, Range(1)] = 15
    min_dist: Annotated[float, Range(0, 1)] = 0.1
    n_components: Annotated[int, Range(1)] = 50
    seed: int = 0

    imports: ClassVar[tuple[str, ...]] = ("umap",)

    def __post_init__(self) -> None:
        check_parameters(self)

    def run(self, run: Run) -> Embedding:
        """Embed all clips of a capture.

        Raises
        ------
        LayerNotFoundError
            If the layer was not captured.
        ParameterError
            If there are fewer than four clips.
        """

        def umap(components: np.ndarray, n_neighbors: int) -> np.ndarray:
            return lay_out(
                components, n_neighbors=n_neighbors, min_dist=self.min_dist, seed=self.seed
            )

        return embed(run, self, "umap", umap)


def in_report(run: Run) -> tuple[Analyzer, ...]:
    """A handful of clips is laid out, by the output and by the layer before the last."""
    if not has_neighbourhoods(run):
        return ()
    return tuple(UMAPEmbedding(layer=one, seed=run.options.seed) for one in report_layers(run))


def lay_out(values: np.ndarray, *, n_neighbors: int, min_dist: float, seed: int) -> np.ndarray:
    """Run UMAP from the first two columns as a start: (clip, column) to (clip, 2).

    Principal components as a start keep the coarse order of the data and give the same map
    on every run, which a spectral start does not for repeated rows (Kobak and Linderman,
    "Initialization is Critical for Preserving Global Data Structure in Both t-SNE and
    UMAP", 2021).
    """
    start = np.pad(values, ((0, 0), (0, max(0, 2 - values.shape[1]))))[:, :2]
    flat = np.ptp(start, axis=0) == 0
    start[:, flat] = np.random.default_rng(seed).normal(size=(len(start), flat.sum()))
    from cnnviz.model.device import kept_threads  # imports torch

    n_neighbors = max(2, n_neighbors)
    with warnings.catch_warnings(), kept_threads():
        warnings.simplefilter("ignore")  # UMAP and numba warn about themselves, not the data
        from umap import UMAP

        keep_compiled()
        mapper = UMAP(
            n_neighbors=n_neighbors,
            precomputed_knn=_neighbours(values, n_neighbors),
            min_dist=min_dist,
            init=start.astype(np.float32),
            random_state=seed,
            n_jobs=1,
        )
        points: np.ndarray = mapper.fit_transform(values)
    return points


def _neighbours(values: np.ndarray, n: int) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Nearest rows of each row, itself the first, and how far they are, (row, neighbour).

    These are exact, and here before numba has compiled UMAP's own approximate search, which pays
    for itself among many rows: (None, None) leaves them to it.
    """
    if not n < len(values) <= _MOST_EXACT:
        return None, None
    from sklearn.neighbors import NearestNeighbors

    search = NearestNeighbors(n_neighbors=n, algorithm="brute").fit(values)
    distances, index = search.kneighbors(values)
    return index, distances.astype(np.float32)


def keep_compiled() -> None:
    """Let numba keep what it compiles for UMAP; umap-learn and pynndescent ask for some only.

    Numba puts it into ``__pycache__`` beside the package, or into the user's cache where that
    cannot be written.
    """
    from numba.core.dispatcher import Dispatcher

    modules = [module for name, module in sys.modules.items() if name.startswith(_COMPILED)]
    for function in [value for module in modules for value in vars(module).values()]:
        if isinstance(function, Dispatcher):
            with suppress(RuntimeError):  # no folder that can be written: compiled each time
                function.enable_caching()
