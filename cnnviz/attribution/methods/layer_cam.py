"""LayerCAM: activations of a layer, each weighted by the score's gradient at its own cell.

    R[cell] = ReLU(sum over channels k of ReLU(df/dA_k[cell]) A_k[cell])

Weights that differ from cell to cell keep the place of what shallow layers found, where the mean
of Grad-CAM mixes all cells. Signed, without either ReLU, it is activation times gradient. Each cell
stands at the centre of its receptive field. The map promises no completeness.
It is made on request.

References
----------
Jiang, Zhang, Hou, Cheng and Wei, "LayerCAM: Exploring Hierarchical Class Activation Maps for
Localization" (2021).
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
class LayerCAM(ActivationMap):
    """Explain a few clips by the activations of one layer, weighted cell by cell.

    Parameters
    ----------
    rectified
        Keep positive gradients and positive relevance only, as published; otherwise the map is
        signed: activation times gradient, summed over channels.
    """

    def weighted(self, activations: Tensor, gradients: Tensor) -> Tensor:
        """Gradients times activations."""
        return (gradients.clamp_min(0) if self.rectified else gradients) * activations


def in_report(run: Run) -> tuple[Analyzer, ...]:  # noqa: ARG001 (what every method takes)
    """No report makes it unasked."""
    return ()
