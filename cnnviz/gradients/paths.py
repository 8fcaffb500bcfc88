"""Gradient at a clip, and gradient averaged over the path from silence to a clip."""

from dataclasses import dataclass

import numpy as np
import torch
from captum.attr import IntegratedGradients, Saliency
from torch import Tensor

from cnnviz.errors import UnsupportedModelError
from cnnviz.gradients.question import BUDGET_BYTES, Question, asked, batches
from cnnviz.model import AudioModel

_FIRST_SPLIT, _PARTS = 0.1, 4


@dataclass(frozen=True, kw_only=True, slots=True)
class PathGradients:
    """Coefficients c of a relevance R = x c for each clip x and its target.

    Parameters
    ----------
    inputs
        x, (clip, samples): the waveforms, normalised where the frontend normalises each clip.
    coefficients
        (clip, samples), of the type of the waveforms.
    scores, baseline_scores
        Score of the target for the clip and for silence, float64 (clip,).
    completeness_errors
        |sum R - (f(x) - f(x'))| / max(|f(x) - f(x')|, floor), float64 (clip,), with floor 1e-3
        of the standard deviation of all scores of these clips.
    n_steps
        Gradients averaged for each clip, int64 (clip,).
    output
        What f is: ``"logits"`` or ``"log_probabilities"``.
    """

    inputs: np.ndarray
    coefficients: np.ndarray
    scores: np.ndarray
    baseline_scores: np.ndarray
    completeness_errors: np.ndarray
    n_steps: np.ndarray
    output: str


@dataclass(frozen=True, kw_only=True, slots=True)
class _Panel:
    """A stretch of a path, its part of c, and what that misses of its part of f(x) - f(x')."""

    edges: tuple[float, ...]
    coefficients: Tensor
    residual: float
    n_steps: int


def input_gradients(
    model: AudioModel,
    waveforms: np.ndarray,
    targets: np.ndarray,
    *,
    budget_bytes: int = BUDGET_BYTES,
) -> PathGradients:
    """Take the gradient of each clip's target score at the clip.

    Parameters
    ----------
    model
        Borrowed: held in evaluation mode and given back as it was.
    waveforms
        (clip, samples).
    targets
        Class index per clip, (clip,).
    budget_bytes
        Memory that activations may take; sets how many clips run at once.

    Raises
    ------
    ParameterError
        If a target is not one of the model's classes.
    UnsupportedModelError
        If the scores are not a finite, deterministic, differentiable function of the waveform.
    """
    with asked(model, waveforms, targets, budget_bytes=budget_bytes) as question:
        parts = zip(
            batches(question.clips, question.batch),
            batches(question.targets, question.batch),
            strict=True,
        )
        method = Saliency(question.score)
        gradients = torch.cat(
            [
                method.attribute(clips.clone().requires_grad_(), target=target, abs=False)
                for clips, target in parts
            ]
        )  # (clip, samples)
        relevance = (gradients * question.clips).sum(-1, dtype=torch.float64)
        residuals = relevance - (question.ends - question.starts)
        return _answer(question, gradients, residuals, n_steps=torch.ones(len(residuals)))


def integrated_gradients(
    model: AudioModel,
    waveforms: np.ndarray,
    targets: np.ndarray,
    *,
    n_steps: int = 64,
    n_max: int = 1024,
    tolerance: float = 0.005,
    budget_bytes: int = BUDGET_BYTES,
) -> PathGradients:
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
    with asked(model, waveforms, targets, budget_bytes=budget_bytes) as question:
        paths = [
            _path(question, clip, n_steps=n_steps, n_max=n_max, tolerance=tolerance)
            for clip in range(len(question.clips))
        ]
        return _answer(
            question,
            torch.cat([_total(panels) for panels in paths]),
            torch.tensor([_missed(panels) for panels in paths], dtype=torch.float64),
            n_steps=torch.tensor([sum(panel.n_steps for panel in panels) for panels in paths]),
        )


def _path(
    question: Question, clip: int, *, n_steps: int, n_max: int, tolerance: float
) -> list[_Panel]:
    """Integrate over the whole path of a clip, in as many panels as it needs."""
    difference = abs(float(question.ends[clip] - question.starts[clip]))
    enough = tolerance * max(difference, question.floor)
    panels = _panels(question, clip, question.edges, max(1, n_steps // (len(question.edges) - 1)))
    part = max(1, n_steps // _PARTS)
    spent = sum(panel.n_steps for panel in panels)
    while abs(_missed(panels)) > enough and spent + 2 * part <= n_max:
        worst = max(panels, key=lambda panel: abs(panel.residual))
        start, stop = worst.edges
        middle = start + (stop - start) * (_FIRST_SPLIT if start == 0 else 0.5)
        rest = [panel for panel in panels if panel is not worst]
        panels = rest + _panels(question, clip, (start, middle, stop), part)
        spent += 2 * part
    return panels


def _panels(question: Question, clip: int, edges: tuple[float, ...], n_steps: int) -> list[_Panel]:
    """Integrate between neighbouring edges, `n_steps` nodes each; many at once if memory lets."""
    waveform = question.clips[clip : clip + 1]  # (1, samples)
    places = torch.tensor(edges, dtype=waveform.dtype, device=waveform.device)[:, None]
    points = waveform * places  # (edge, samples)
    target = question.targets[clip]
    with torch.no_grad():
        scores = torch.cat([question.score(part) for part in batches(points, question.batch)])
    method = IntegratedGradients(question.score, multiply_by_inputs=False)
    averages = torch.cat(
        [
            method.attribute(
                stop, start, target=target, n_steps=n_steps, internal_batch_size=question.batch
            )
            for start, stop in zip(
                batches(points[:-1], question.batch),
                batches(points[1:], question.batch),
                strict=True,
            )
        ]
    )  # (panel, samples)
    coefficients = averages.detach() * places.diff(dim=0)
    gains = scores[:, target].double().diff()
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


def _missed(panels: list[_Panel]) -> float:
    return sum(panel.residual for panel in panels)


def _total(panels: list[_Panel]) -> Tensor:
    return torch.stack([panel.coefficients for panel in panels]).sum(0)  # (1, samples)


def _answer(
    question: Question, coefficients: Tensor, residuals: Tensor, *, n_steps: Tensor
) -> PathGradients:
    if not bool(torch.isfinite(coefficients).all()):
        raise UnsupportedModelError(
            f"gradients of the {question.output} are not finite; allowed: finite numbers; look "
            "for a square root or a logarithm that meets 0 in the model"
        )
    difference = (question.ends - question.starts).abs().cpu()
    errors = residuals.cpu().abs() / difference.clamp_min(question.floor)
    return PathGradients(
        inputs=question.clips.detach().cpu().numpy(),
        coefficients=coefficients.detach().cpu().numpy(),
        scores=question.ends.cpu().numpy(),
        baseline_scores=question.starts.cpu().numpy(),
        completeness_errors=errors.numpy(),
        n_steps=n_steps.cpu().numpy().astype(np.int64),
        output=question.output,
    )
