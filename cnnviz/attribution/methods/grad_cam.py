"""Grad-CAM: channels of a layer, each weighted by the mean gradient of the score over its map.

    R[cell] = ReLU(sum over channels k of a_k A_k[cell]),  a_k = mean over cells of df/dA_k

Each cell stands at the centre of its receptive field in the clip; where cells lie is exact and not
stretched over the clip. The map promises no completeness. It is made on request.

References
----------
Selvaraju, Cogswell, Das, Vedantam, Parikh and Batra, "Grad-CAM: Visual Explanations from Deep
Networks via Gradient-Based Localization" (2017).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.attribution.layer_cells import ActivationMap

if TYPE_CHECKING:
    from torch import Tensor

    from cnnviz.analyzer import Analyzer
    from cnnviz.run import Run


@dataclass(frozen=True, kw_only=True, slots=True)
class GradCAM(ActivationMap):
    """Explain a few clips by the channels of one layer, weighted by their mean gradients."""

    def weighted(self, activations: Tensor, gradients: Tensor) -> Tensor:
        """a_k A_k."""
        weighted: Tensor = gradients.mean((1, 2, 3), keepdim=True) * activations
        return weighted


def in_report(run: Run) -> tuple[Analyzer, ...]:  # noqa: ARG001 (what every method takes)
    """No report makes it unasked."""
    return ()
