"""The gradient of a score averaged along the path from a baseline to a clip, and how well.

The path x' + a (x - x') with 0 <= a <= 1 is cut into panels, narrower towards the baseline: the
biases of a network bend it most near silence. Where scores move with the logarithm of a, as
behind a log-mel frontend, be that the model's frontend or a part of its network, panels are pairs
of decades down to where nothing moves, and nodes are even in ln a instead of a:

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
from cnnviz.attribution.worst_panels import worst_panels
from cnnviz.dsp.stft import map_distance

_EDGES = (0.0, 5e-4, 0.01, 0.05, 0.2, 0.5, 1.0)
_DECADES = np.array([1e-12, 1e-10, 1e-8, 1e-6, 1e-4, 1e-2])
_FEW_EDGES, _FEW_DECADES = (0.0, 0.2, 1.0), np.array([1e-6, 1e-2])  # one panel of three nodes
_OUT_OF_PROPORTION, _UNMOVED = 10, 1e-4
_FEWEST = 3  # gradients of a panel, whose error can be told
# times what the last halving moved is left where rectifiers and floors bend a path in ln a
_LEFT = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class PathIntegral:
    """What the path of one clip gave.

    Parameters
    ----------
    coefficients
        c, the average gradient, (samples,).
    gain
        f(x) - f(x').
    map_error
        Relative L2 distance of the time-frequency map from that with half the intervals; twice
        that where panels are logarithmic; NaN of one gradient.
    n_steps
        Gradients that were taken.
    """

    coefficients: Tensor
    gain: float
    map_error: float
    n_steps: int


@dataclass(frozen=True, kw_only=True, slots=True)
class _Path:
    """The straight path from a baseline (samples,) to a clip of these scores."""

    scores: TargetScores
    clip: int
    baseline: Tensor
    start_scores: Tensor  # of all classes at x', (1, class)
    has_few_panels: bool

    @property
    def start(self) -> Tensor:
        """f(x')."""
        return self.scores.chosen(self.start_scores, torch.tensor([self.clip]))[0].double()

    @property
    def difference(self) -> Tensor:
        """Clip minus baseline, (samples,)."""
        return self.scores.clips[self.clip] - self.baseline

    @property
    def gain(self) -> float:
        """f(x) - f(x')."""
        return float(self.scores.clip_scores[self.clip] - self.start)

    def points(self, places: Tensor) -> Tensor:
        """Sounds at places a of the path, (place, samples)."""
        return self.baseline + places[:, None].to(self.baseline) * self.difference


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
    baseline: Tensor,
    *,
    n_steps: int,
    n_max: int,
    tolerance: float,
    map_tolerance: float,
) -> PathIntegral:
    """Average the gradient along the path from a baseline to a clip.

    Parameters
    ----------
    scores, clip
        What is explained, and which of its clips.
    baseline
        x', (samples,).
    n_steps, n_max
        Gradients at first, and at most; two for each panel at least. Where that is more than
        n_max, there is one panel of three gradients, or one gradient.
    tolerance, map_tolerance
        Errors of the sum and of the map that are small enough.
    """
    with torch.no_grad():
        is_silent = not baseline.any()
        start_scores = scores.silent_scores if is_silent else scores.score(baseline[None])
    path = _Path(
        scores=scores,
        clip=clip,
        baseline=baseline,
        start_scores=start_scores,
        has_few_panels=n_max < 2 * (len(_EDGES) - 1),
    )
    if n_max < _FEWEST:
        return _one_gradient(path)
    enough = tolerance * max(abs(path.gain), scores.floor)
    first, *panels = _panels(path)
    for _ in range(max(1, round(np.log2(n_steps / len(panels))))):
        panels = _refined(path, panels, panels)
    panels = [first, *panels]
    while True:
        residuals = [_residual(panel, path.difference) for panel in panels]
        map_error = _map_error(path, panels)
        places = worst_panels(
            residuals,
            [_moved(panel, path.difference) for panel in panels],
            sum_is_off=abs(sum(residuals)) > enough,
            map_is_off=map_error > map_tolerance,
        )
        worst = [panels[k] for k in places]
        if not worst or _count(panels) + sum(panel.n for panel in worst) > n_max:
            break
        panels = _refined(path, panels, worst)
    return PathIntegral(
        coefficients=torch.stack([panel.fine for panel in panels]).sum(0),
        gain=path.gain,
        map_error=map_error,
        n_steps=_count(panels),
    )


def _one_gradient(path: _Path) -> PathIntegral:
    """The gradient in the middle of the path, or of the part in which scores move with ln a."""
    _, start, stop = _edges(path).tolist()
    is_logarithmic = _is_logarithmic(start, stop)
    place = (start * stop) ** 0.5 if is_logarithmic else 0.5
    points = path.points(torch.tensor([place], dtype=torch.float64))
    _, gradients = path.scores.gradients(points, torch.tensor([path.clip]))
    weight = place * np.log(stop / start) if is_logarithmic else 1.0
    coefficients = weight * gradients[0]
    return PathIntegral(
        coefficients=coefficients, gain=path.gain, map_error=float("nan"), n_steps=1
    )


def _edges(path: _Path) -> np.ndarray:
    """Edges of the panels from 0 to 1, by how far the scores of all classes move, (edge,)."""
    decades = _FEW_DECADES if path.has_few_panels else _DECADES
    with torch.no_grad():
        points = batches(path.points(torch.tensor(decades)), path.scores.batch)
        parts = [path.scores.score(part).double() for part in points]
    values = torch.cat([*parts, path.scores.class_scores[[path.clip]]])  # (place, class)
    moves = (values - path.start_scores.double()).abs().amax(-1).cpu().numpy()
    limits = np.maximum(_OUT_OF_PROPORTION * decades, _UNMOVED) * moves.max()
    bent = decades[moves[:-1] > limits]
    if not len(bent):
        return np.array(_FEW_EDGES if path.has_few_panels else _EDGES)
    between = () if path.has_few_panels else decades[bent[0] <= decades]
    return np.array([0, bent[0] / 100, *between, 1])


def _panels(path: _Path) -> list[_Panel]:
    """Panels of a path, each with the gradients at its edges alone."""
    edges = _edges(path)
    places = torch.tensor(edges[1:])
    parts = [
        path.scores.gradients(points, torch.full((len(points),), path.clip))
        for points in batches(path.points(places), path.scores.batch)
    ]
    values = torch.cat([path.start[None], *(value for value, _ in parts)])
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


def _refined(path: _Path, panels: Sequence[_Panel], chosen: Sequence[_Panel]) -> list[_Panel]:
    """Halve the intervals of chosen panels, with their gradients in as few passes as fit."""
    places = torch.tensor(np.concatenate([panel.middles() for panel in chosen]))
    weights = torch.tensor(
        np.concatenate([_per_interval(p.middles(), p.start, p.stop, p.n) for p in chosen])
    )
    owners = torch.repeat_interleave(torch.tensor([panel.n for panel in chosen]))
    sums = torch.zeros_like(torch.stack([panel.fine for panel in chosen]))  # (panel, samples)
    for part in batches(torch.arange(len(places)), path.scores.batch):
        index = torch.full((len(part),), path.clip)
        _, gradients = path.scores.gradients(path.points(places[part]), index)
        weighted = gradients * weights[part, None].to(gradients)
        sums.index_add_(0, owners[part].to(sums.device), weighted.to(sums))
    refined = iter([panel.refined(total) for panel, total in zip(chosen, sums, strict=True)])
    is_chosen = {id(panel) for panel in chosen}
    return [next(refined) if id(panel) in is_chosen else panel for panel in panels]


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


def _residual(panel: _Panel, difference: Tensor) -> float:
    return float((panel.fine * difference).sum(dtype=torch.float64)) - panel.gain


def _moved(panel: _Panel, difference: Tensor) -> float:
    """How far the panel's part of the relevance moved when its intervals were last halved."""
    return float(((panel.fine - panel.coarse) * difference).norm())


def _map_error(path: _Path, panels: Sequence[_Panel]) -> float:
    fine, coarse = (
        torch.stack([getattr(panel, name) for panel in panels]).sum(0).cpu().numpy()
        for name in ("fine", "coarse")
    )
    difference = path.difference.detach().cpu().numpy()
    moved = map_distance(difference, coarse, fine, sample_rate=path.scores.sample_rate)
    is_logarithmic = any(_is_logarithmic(panel.start, panel.stop) for panel in panels)
    return _LEFT * moved if is_logarithmic else moved
