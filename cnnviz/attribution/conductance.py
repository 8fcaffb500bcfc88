"""How much of a score flows through each channel of a layer on the way from silence to a clip.

With a x the points of the path from silence, 0 <= a <= 1, and A(a) the activations of the layer,

    C_k = integral over a of sum over the cells of channel k of df/dA dA/da,

which sums over channels to f(x) - f(0) where all that the score hears goes through the layer
(Dhamdhere, Sundararajan and Yan, "How Important Is a Neuron?", 2018). A stretch of the path gives
the mean of the gradients at its two ends times the change of activations. Stretches come in panels
of four; taken two by two instead, they say how far the channels still move. While that or the sum
is off by too much, the panels that miss most are halved, near silence in proportion to a, so that
logarithmic frontends are followed down to where they begin.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from cnnviz.attribution.layer_cells import answers
from cnnviz.attribution.target_scores import TargetScores, batches
from cnnviz.attribution.worst_panels import worst_panels
from cnnviz.trace import LayerCall

_EDGES = (0.0, 1e-3, 0.05, 0.25, 0.5, 1.0)
_N_PARTS, _WIDE = 4, 4.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Conductance:
    """What the path of one clip gave.

    Parameters
    ----------
    values
        C, float64 (frequency, channel) of the layer; one frequency where it has no such axis.
    map_error
        Relative L2 distance of `values` from those of half the stretches.
    n_steps
        Gradients that were taken.
    """

    values: np.ndarray
    map_error: float
    n_steps: int


@dataclass(frozen=True, kw_only=True, slots=True)
class _Panel:
    """Stretches between places of the path: their conductance, and what its sum misses."""

    places: np.ndarray
    fine: np.ndarray  # (frequency, channel)
    coarse: np.ndarray
    residual: float

    def halves(self) -> list[np.ndarray]:
        """Places of the two panels that take its place."""
        edges = self.places[[0, _N_PARTS // 2, -1]].tolist()
        return [_cut(start, stop) for start, stop in pairwise(edges)]


def conduct(
    scores: TargetScores,
    clip: int,
    call: LayerCall,
    *,
    n_max: int,
    tolerance: float,
    map_tolerance: float,
) -> Conductance:
    """Follow a score through a layer along the path from silence to a clip.

    Parameters
    ----------
    scores, clip
        What is explained, and which of its clips.
    call
        Of the layer.
    n_max
        Gradients at most, but for those of the first pass.
    tolerance, map_tolerance
        Errors of the sum and of the channels that are small enough.
    """
    enough = tolerance * max(abs(float(scores.differences[clip])), scores.floor)
    panels = [_follow(scores, clip, call, _cut(*edges)) for edges in pairwise(_EDGES)]
    n_steps = (_N_PARTS + 1) * len(panels)
    while True:
        map_error = _map_error(panels)
        residuals = [panel.residual for panel in panels]
        worst = worst_panels(
            residuals,
            [_norm(panel.fine - panel.coarse) for panel in panels],
            sum_is_off=abs(sum(residuals)) > enough,
            map_is_off=map_error > map_tolerance,
        )
        n_more = 2 * (_N_PARTS + 1) * len(worst)
        if not worst or n_steps + n_more > n_max:
            break
        halves = [places for k in worst for places in panels[k].halves()]
        panels = [panel for k, panel in enumerate(panels) if k not in worst]
        panels += [_follow(scores, clip, call, places) for places in halves]
        n_steps += n_more
    values = np.sum([panel.fine for panel in panels], axis=0)
    return Conductance(values=values, map_error=map_error, n_steps=n_steps)


def _cut(start: float, stop: float) -> np.ndarray:
    """Places that cut a panel: even in a, or in ln a where it is wide; from 0, fourths of a."""
    if start == 0:
        return np.append(0.0, stop * _WIDE ** -np.arange(_N_PARTS - 1, -1, -1.0))
    if stop > _WIDE * start:
        return np.geomspace(start, stop, _N_PARTS + 1)
    return np.linspace(start, stop, _N_PARTS + 1)


def _follow(scores: TargetScores, clip: int, call: LayerCall, places: np.ndarray) -> _Panel:
    """Conductance of one panel; no more passes at once than fit."""
    parts = []
    for part in batches(torch.tensor(places), scores.batch):
        points = part[:, None].to(scores.clips) * scores.clips[clip]
        index = torch.full((len(part),), clip, device=points.device)
        parts.append(answers(scores, points, index, call))
    activations, gradients, values = (torch.cat(column) for column in zip(*parts, strict=True))
    flow = _flow(activations, gradients)
    gain = float(values[-1].double() - values[0].double())
    return _Panel(
        places=places,
        fine=flow,
        coarse=_flow(activations[::2], gradients[::2]),
        residual=float(flow.sum()) - gain,
    )


def _flow(activations: Tensor, gradients: Tensor) -> np.ndarray:
    """Sum over stretches of mean gradient times change of activation, (frequency, channel)."""
    slopes = (gradients[1:] + gradients[:-1]) / 2  # (stretch, channel, plain, frequency, time)
    products = (slopes * activations.diff(dim=0)).double()
    flow: np.ndarray = products.sum((0, 2, 4)).T.cpu().numpy()
    return flow


def _map_error(panels: Sequence[_Panel]) -> float:
    fine = np.sum([panel.fine for panel in panels], axis=0)
    coarse = np.sum([panel.coarse for panel in panels], axis=0)
    return _norm(fine - coarse) / (_norm(fine) or 1.0)


def _norm(values: np.ndarray) -> float:
    return float(np.linalg.norm(values))
