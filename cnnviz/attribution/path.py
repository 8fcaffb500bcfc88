"""The gradient of a score averaged along the path from silence to a clip, and how well.

The path a x with 0 <= a <= 1 is cut into panels, narrower towards silence, where the biases of a
network bend it most. Where scores move with the logarithm of a, as behind a log-mel frontend, be
that the model's frontend or a part of its network, panels are pairs of decades down to where
nothing moves, and nodes are even in ln a instead of a:

    integral of g da = integral of a g d(ln a).

Up to the first edge, where the score has hardly moved, the gradient is taken for constant: silence
itself may have none, and so near to it all maxima over silent cells are ties.

Simpson's rule on n / 2 and on n intervals shares its gradients, and what lies between the two is
the error of the map; what the sum misses of f(x) - f(0) is that of the sum. While either is too
large, the panels that miss most get twice the intervals. Only sums are kept, so that memory does
not grow with the intervals.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from cnnviz.attribution.target_scores import TargetScores, batches
from cnnviz.dsp.stft import map_distance

_EDGES = (0.0, 5e-4, 0.01, 0.05, 0.2, 0.5, 1.0)
_DECADES = np.array([1e-12, 1e-10, 1e-8, 1e-6, 1e-4, 1e-2])
_OUT_OF_PROPORTION, _UNMOVED = 10, 1e-4


@dataclass(frozen=True, kw_only=True, slots=True)
class PathIntegral:
    """What the path of one clip gave.

    Parameters
    ----------
    coefficients
        c, the average gradient, (samples,).
    map_error
        Relative L2 distance of the time-frequency map from that with half the intervals.
    n_steps
        Gradients that were taken.
    """

    coefficients: Tensor
    map_error: float
    n_steps: int


@dataclass(frozen=True, kw_only=True, slots=True)
class _Panel:
    """A stretch of a path in n intervals: its part of c by Simpson's rule, and with n / 2."""

    start: float
    stop: float
    gain: float  # f(stop x) - f(start x)
    n: int
    trapezoid: Tensor  # (samples,)
    fine: Tensor
    coarse: Tensor

    def middles(self) -> np.ndarray:
        """Middles of the intervals, (n,)."""
        middles = (np.arange(self.n) + 0.5) / self.n
        if _is_logarithmic(self.start, self.stop):
            return np.asarray(self.start * (self.stop / self.start) ** middles)
        return np.asarray(self.start + (self.stop - self.start) * middles)

    def refined(self, sums: Tensor) -> "_Panel":
        """Halve the intervals with the sum over `middles` of gradient times da, (samples,)."""
        trapezoid = (self.trapezoid + sums) / 2
        simpson = (4 * trapezoid - self.trapezoid) / 3
        return replace(self, n=2 * self.n, trapezoid=trapezoid, fine=simpson, coarse=self.fine)


def integrate(
    scores: TargetScores,
    clip: int,
    *,
    n_steps: int,
    n_max: int,
    tolerance: float,
    map_tolerance: float,
) -> PathIntegral:
    """Average the gradient along the path from silence to a clip.

    Parameters
    ----------
    scores, clip
        What is explained, and which of its clips.
    n_steps, n_max
        Gradients at first, and at most; two for each panel at least.
    tolerance, map_tolerance
        Errors of the sum and of the map that are small enough.
    """
    enough = tolerance * max(abs(float(scores.differences[clip])), scores.floor)
    first, *panels = _panels(scores, clip)
    for _ in range(max(1, round(np.log2(n_steps / len(panels))))):
        panels = _refined(scores, clip, panels, panels)
    panels = [first, *panels]
    while True:
        residuals = [_residual(panel, scores.clips[clip]) for panel in panels]
        map_error = _map_error(scores, clip, panels)
        missed = np.zeros(len(panels))
        if abs(sum(residuals)) > enough:
            missed += _shares(np.abs(residuals))
        if map_error > map_tolerance:
            missed += _shares([_moved(panel, scores.clips[clip]) for panel in panels])
        worst = [
            panel for panel, miss in zip(panels, missed, strict=True) if 2 * miss > missed.max()
        ]
        if not worst or _count(panels) + sum(panel.n for panel in worst) > n_max:
            break
        panels = _refined(scores, clip, panels, worst)
    return PathIntegral(
        coefficients=torch.stack([panel.fine for panel in panels]).sum(0),
        map_error=map_error,
        n_steps=_count(panels),
    )


def _edges(scores: TargetScores, clip: int) -> np.ndarray:
    """Edges of the panels from 0 to 1, by how far the scores of all classes move, (edge,)."""
    places = torch.tensor([0, *_DECADES, 1], dtype=torch.float64)
    with torch.no_grad():
        parts = [scores.score(p) for p in batches(_points(scores, clip, places), scores.batch)]
    values = torch.cat(parts).double()  # (place, class)
    moves = (values - values[0]).abs().amax(-1).cpu().numpy()[1:]  # (place,)
    limits = np.maximum(_OUT_OF_PROPORTION * _DECADES, _UNMOVED) * moves.max()
    bent = _DECADES[moves[:-1] > limits]
    if not len(bent):
        return np.array(_EDGES)
    return np.array([0, bent[0] / 100, *_DECADES[bent[0] <= _DECADES], 1])


def _panels(scores: TargetScores, clip: int) -> list[_Panel]:
    """Panels of a path, each with the gradients at its edges alone."""
    edges = _edges(scores, clip)
    places = torch.tensor(edges[1:])
    parts = [
        scores.gradients(points, torch.full((len(points),), clip))
        for points in batches(_points(scores, clip, places), scores.batch)
    ]
    values = torch.cat([scores.baseline_scores[clip, None], *(value for value, _ in parts)])
    slopes = torch.cat([parts[0][1][:1], *(slope for _, slope in parts)])  # (edge, samples)
    panels = []
    for k, (start, stop) in enumerate(pairwise(edges.tolist())):
        before, after = _per_interval(np.array([start, stop]), start, stop, 1).tolist()
        trapezoid = (before * slopes[k] + after * slopes[k + 1]) / 2
        panels.append(
            _Panel(
                start=start,
                stop=stop,
                gain=float(values[k + 1] - values[k]),
                n=1,
                trapezoid=trapezoid,
                fine=trapezoid,
                coarse=trapezoid,
            )
        )
    return panels


def _refined(
    scores: TargetScores, clip: int, panels: Sequence[_Panel], chosen: Sequence[_Panel]
) -> list[_Panel]:
    """Halve the intervals of chosen panels, with their gradients in as few passes as fit."""
    places = torch.tensor(np.concatenate([panel.middles() for panel in chosen]))
    weights = torch.tensor(
        np.concatenate([_per_interval(p.middles(), p.start, p.stop, p.n) for p in chosen])
    )
    owners = torch.repeat_interleave(torch.tensor([panel.n for panel in chosen]))
    sums = torch.zeros_like(torch.stack([panel.fine for panel in chosen]))  # (panel, samples)
    for part in batches(torch.arange(len(places)), scores.batch):
        points = _points(scores, clip, places[part])
        _, gradients = scores.gradients(points, torch.full((len(part),), clip))
        weighted = gradients * weights[part, None].to(gradients)
        sums.index_add_(0, owners[part].to(sums.device), weighted.to(sums))
    refined = iter([panel.refined(total) for panel, total in zip(chosen, sums, strict=True)])
    is_chosen = {id(panel) for panel in chosen}
    return [next(refined) if id(panel) in is_chosen else panel for panel in panels]


def _points(scores: TargetScores, clip: int, places: Tensor) -> Tensor:
    """The clip times each place, (place, samples)."""
    return places[:, None].to(scores.clips) * scores.clips[clip]


def _is_logarithmic(start: float, stop: float) -> bool:
    """Whether a panel spans two decades, not what a panel even in a spans at most: 1 to 20."""
    return 0 < 50 * start < stop


def _per_interval(places: np.ndarray, start: float, stop: float, n: int) -> np.ndarray:
    """Step da of one of n intervals at places: even in a, or in ln a."""
    if _is_logarithmic(start, stop):
        return np.asarray(places * (np.log(stop / start) / n))
    return np.full(len(places), (stop - start) / n)


def _count(panels: Sequence[_Panel]) -> int:
    return sum(panel.n for panel in panels)


def _residual(panel: _Panel, waveform: Tensor) -> float:
    return float((panel.fine * waveform).sum(dtype=torch.float64)) - panel.gain


def _moved(panel: _Panel, waveform: Tensor) -> float:
    """How far the panel's part of the relevance moved when its intervals were last halved."""
    return float(((panel.fine - panel.coarse) * waveform).norm())


def _shares(values: Sequence[float] | np.ndarray) -> np.ndarray:
    total = float(np.sum(values))
    return np.asarray(values) / total if total else np.zeros(len(values))


def _map_error(scores: TargetScores, clip: int, panels: Sequence[_Panel]) -> float:
    fine, coarse = (
        torch.stack([getattr(panel, name) for panel in panels]).sum(0).cpu().numpy()
        for name in ("fine", "coarse")
    )
    waveform = scores.clips[clip].detach().cpu().numpy()
    return map_distance(waveform, coarse, fine, sample_rate=scores.sample_rate)
