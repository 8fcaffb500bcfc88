"""Principal components of clip-level activations: the instant, linear map.

References
----------
Pearson, "On Lines and Planes of Closest Fit to Systems of Points in Space" (1901).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import numpy as np

from cnnviz.analyzers._embedding import Pooling, embed, has_neighbourhoods, report_layers
from cnnviz.parameters import Range, check_parameters

if TYPE_CHECKING:
    from cnnviz.analyzer import Analyzer
    from cnnviz.results import Embedding
    from cnnviz.run import Run


@dataclass(frozen=True, kw_only=True, slots=True)
class PCAEmbedding:
    """Project clips on the first two principal components of a layer.

    Parameters
    ----------
    layer
        A captured layer or ``"output"``; None: the output if it has three numbers or more.
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
    pooling: Pooling = "mean_max"
    n_neighbors: Annotated[int, Range(1)] = 15
    n_components: Annotated[int, Range(1)] = 50
    seed: int = 0

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
        return embed(run, self, "pca", first_two)


def in_report(run: Run) -> tuple[Analyzer, ...]:
    """Clips are laid out by the output, and by the layer before the last if they are many.

    Of too few it is said that they are left out.
    """
    if not run.has_capture:
        return ()
    layers = report_layers(run) if has_neighbourhoods(run) else (None,)
    return tuple(PCAEmbedding(layer=one, seed=run.options.seed) for one in layers)


def first_two(components: np.ndarray, n_neighbors: int) -> np.ndarray:  # noqa: ARG001 (interface)
    """The first two columns; zeros for one that there is not."""
    return np.pad(components, ((0, 0), (0, max(0, 2 - components.shape[1]))))[:, :2]
