"""Principal components of clip-level activations: the instant, linear map.

References
----------
Pearson, "On Lines and Planes of Closest Fit to Systems of Points in Space" (1901).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.analyzers._embedding import (
    clip_rows,
    embedding,
    fewer_neighbours,
    measure_quality,
    principal_components,
)
from cnnviz.analyzers._provenance import provenance_of

if TYPE_CHECKING:
    from cnnviz.capture import Capture
    from cnnviz.model import AudioModel
    from cnnviz.results import Embedding


@dataclass(frozen=True, kw_only=True, slots=True)
class PCAEmbedding:
    """Project clips on the first two principal components of a layer.

    Parameters
    ----------
    layer
        A captured layer or ``"logits"``; None: the logits if there are three or more.
    pooling
        Over time: ``"mean"``, ``"max"``, ``"rms"`` or ``"mean_max"``.
    n_neighbors
        Neighbours that quality is measured on.
    n_components
        Components whose share of the variance is reported.
    seed
        Of the subset that quality is measured on when there are more than 4,000 clips.
    """

    layer: str | None = None
    pooling: str = "mean_max"
    n_neighbors: int = 15
    n_components: int = 50
    seed: int = 0

    def run(self, capture: Capture | None, model: AudioModel | None) -> Embedding:  # noqa: ARG002
        """Embed all clips of a capture.

        Raises
        ------
        LayerNotFoundError
            If the layer was not captured.
        ParameterError
            If there are fewer than four clips.
        """
        rows = clip_rows(capture, layer=self.layer, pooling=self.pooling)
        assert capture is not None  # clip_rows has seen to it
        points, shares = principal_components(rows.values, self.n_components)
        points = np.pad(points, ((0, 0), (0, max(0, 2 - points.shape[1]))))[:, :2]
        quality = measure_quality(
            rows.values, points, capture.labels, n_neighbors=self.n_neighbors, seed=self.seed
        )
        return embedding(
            "pca",
            rows,
            points,
            quality=quality,
            n_neighbors=fewer_neighbours(self.n_neighbors, len(points)),
            explained_variance=shares,
            provenance=provenance_of(self, capture, seed=self.seed),
        )
