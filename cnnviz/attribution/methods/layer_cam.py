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

from cnnviz.attribution.explanation import Explanation
from cnnviz.attribution.layer_cells import cell_relevance

if TYPE_CHECKING:
    from torch import Tensor

    from cnnviz.analyzer import Analyzer
    from cnnviz.attribution.clip_relevance import CellRelevance
    from cnnviz.attribution.target_scores import TargetScores
    from cnnviz.run import Run


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerCAM(Explanation):
    """Explain a few clips by the activations of one layer, weighted cell by cell.

    Parameters
    ----------
    layer
        Layer with steps over time, by its name; None: the last one whose places in the clip are
        known and that is no pooling. The result names it.
    rectified
        Keep positive gradients and positive relevance only, as published; otherwise the map is
        signed: activation times gradient, summed over channels.
    """

    layer: str | None = None
    rectified: bool = True

    @property
    def baseline_words(self) -> None:
        """Nothing is compared with."""
        return None

    def relevance(self, scores: TargetScores, clip: int) -> CellRelevance:
        """The map of the clip at the cells of the layer."""
        weigh = _positively_weighted if self.rectified else _weighted
        return cell_relevance(scores, clip, self.layer, weigh, rectified=self.rectified)


def in_report(run: Run) -> tuple[Analyzer, ...]:  # noqa: ARG001 (what every method takes)
    """No report makes it unasked."""
    return ()


def _weighted(activations: Tensor, gradients: Tensor) -> Tensor:
    return gradients * activations


def _positively_weighted(activations: Tensor, gradients: Tensor) -> Tensor:
    return gradients.clamp_min(0) * activations
