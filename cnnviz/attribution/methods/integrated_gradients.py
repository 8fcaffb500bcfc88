"""Gradient of the score averaged over the path from silence to a clip."""

from dataclasses import dataclass

import numpy as np
import torch
from captum.attr import IntegratedGradients
from torch import Tensor

from cnnviz.attribution.input_gradients import InputGradients, measure
from cnnviz.attribution.target_scores import (
    BUDGET_BYTES,
    TargetScores,
    batches,
    differentiable_scores,
)
from cnnviz.model import AudioModel

_FIRST_SPLIT, _PARTS = 0.1, 4
_WHOLE, _DECADES = (0.0, 1.0), (0.0, 1e-3, 1e-2, 1e-1, 1.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Panel:
    """A stretch of a path, its part of c, and what that misses of its part of f(x) - f(x')."""

    edges: tuple[float, ...]
    coefficients: Tensor
    residual: float
    n_steps: int


def integrated_gradients(
    model: AudioModel,
    waveforms: np.ndarray,
    targets: np.ndarray,
    *,
    n_steps: int = 64,
    n_max: int = 1024,
    tolerance: float = 0.005,
    budget_bytes: int = BUDGET_BYTES,
) -> InputGradients:
    """Average the gradient over the path from silence to each clip.

    Gauss-Legendre quadrature with `n_steps` nodes first, for frontends with a logarithm spread
    over the decades above silence, where they bend. While the completeness error is above
    `tolerance`, the stretch of the path that misses most is divided - at a tenth if it begins
    at silence, else in the middle - and each part is done with a quarter of the nodes,
    until the error is small or `n_max` gradients are spent.

    Parameters
    ----------
    model, waveforms, targets, budget_bytes
        As in `input_gradients`.
    n_steps, n_max
        Gradients per clip at first, and at most.
    tolerance
        Completeness error to reach.

    Raises
    ------
    ParameterError
        If a target is not one of the model's classes.
    UnsupportedModelError
        If the scores are not a finite, deterministic, differentiable function of the waveform.

    References
    ----------
    Sundararajan, Taly and Yan, "Axiomatic Attribution for Deep Networks" (2017).
    """
    with differentiable_scores(model, waveforms, targets, budget_bytes=budget_bytes) as scores:
        edges = _WHOLE if model.frontend.spec.kind == "waveform" else _DECADES
        paths = [
            _path(scores, clip, edges, n_steps=n_steps, n_max=n_max, tolerance=tolerance)
            for clip in range(len(scores.clips))
        ]
        return measure(
            scores,
            torch.cat([_total(panels) for panels in paths]),
            torch.tensor([_completeness_error(panels) for panels in paths], dtype=torch.float64),
            n_steps=np.array([sum(panel.n_steps for panel in panels) for panels in paths]),
        )


def _path(
    scores: TargetScores,
    clip: int,
    edges: tuple[float, ...],
    *,
    n_steps: int,
    n_max: int,
    tolerance: float,
) -> list[_Panel]:
    """Integrate over the whole path of a clip, in as many panels as it needs."""
    enough = tolerance * max(abs(float(scores.differences[clip])), scores.floor)
    panels = _panels(scores, clip, edges, max(1, n_steps // (len(edges) - 1)))
    part = max(1, n_steps // _PARTS)
    spent = sum(panel.n_steps for panel in panels)
    while abs(_completeness_error(panels)) > enough and spent + 2 * part <= n_max:
        worst = max(panels, key=lambda panel: abs(panel.residual))
        start, stop = worst.edges
        middle = start + (stop - start) * (_FIRST_SPLIT if start == 0 else 0.5)
        rest = [panel for panel in panels if panel is not worst]
        panels = rest + _panels(scores, clip, (start, middle, stop), part)
        spent += 2 * part
    return panels


def _panels(
    scores: TargetScores, clip: int, edges: tuple[float, ...], n_steps: int
) -> list[_Panel]:
    """Integrate between neighbouring edges, `n_steps` nodes each; many at once if memory lets."""
    waveform = scores.clips[clip : clip + 1]  # (1, samples)
    places = torch.tensor(edges, dtype=waveform.dtype, device=waveform.device)[:, None]
    points = waveform * places  # (edge, samples)
    target = scores.targets[clip]
    with torch.no_grad():
        at_edges = torch.cat([scores.score(part) for part in batches(points, scores.batch)])
    method = IntegratedGradients(scores.score, multiply_by_inputs=False)
    averages = torch.cat(
        [
            method.attribute(
                stop, start, target=target, n_steps=n_steps, internal_batch_size=scores.batch
            )
            for start, stop in zip(
                batches(points[:-1], scores.batch),
                batches(points[1:], scores.batch),
                strict=True,
            )
        ]
    )  # (panel, samples)
    coefficients = averages.detach() * places.diff(dim=0)
    gains = at_edges[:, target].double().diff()
    residuals = (coefficients * waveform).sum(-1, dtype=torch.float64) - gains
    return [
        _Panel(
            edges=edges[i : i + 2],
            coefficients=coefficients[i : i + 1],
            residual=float(residuals[i]),
            n_steps=n_steps,
        )
        for i in range(len(edges) - 1)
    ]


def _completeness_error(panels: list[_Panel]) -> float:
    return sum(panel.residual for panel in panels)


def _total(panels: list[_Panel]) -> Tensor:
    return torch.stack([panel.coefficients for panel in panels]).sum(0)  # (1, samples)
