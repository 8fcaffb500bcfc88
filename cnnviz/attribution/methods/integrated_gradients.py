"""Gradient of the score averaged over the path from silence to a clip."""

from collections.abc import Callable

import numpy as np
import torch

from cnnviz.attribution.input_gradients import InputGradients, measure
from cnnviz.attribution.path import integrate
from cnnviz.attribution.target_scores import BUDGET_BYTES, ScoreChoice, differentiable_scores
from cnnviz.model import AudioModel


def integrated_gradients(  # noqa: PLR0913 (one parameter per choice of the analyzer)
    model: AudioModel,
    waveforms: np.ndarray,
    targets: np.ndarray,
    *,
    score: ScoreChoice = "logit",
    n_steps: int = 32,
    n_max: int = 1024,
    tolerance: float = 0.005,
    map_tolerance: float = 0.05,
    budget_bytes: int = BUDGET_BYTES,
    progress: Callable[[int, int], None] | None = None,
) -> InputGradients:
    """Average the gradient over the path from silence to each clip.

    The path is halved where it misses most, until sum and map are good enough or the next step
    would take more than `n_max` gradients: see `cnnviz.attribution.path`.

    Parameters
    ----------
    model, waveforms, targets, score, budget_bytes
        As in `input_x_gradient`.
    n_steps, n_max
        Gradients per clip at first, and at most.
    tolerance
        Completeness error to reach.
    map_tolerance
        Relative L2 distance to reach between the maps of half the steps and of all.
    progress
        Called with (clips done, clips in all).

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
    with differentiable_scores(
        model, waveforms, targets, score=score, budget_bytes=budget_bytes
    ) as scores:
        paths = []
        for clip in range(len(scores.clips)):
            path = integrate(
                scores,
                clip,
                n_steps=n_steps,
                n_max=n_max,
                tolerance=tolerance,
                map_tolerance=map_tolerance,
            )
            paths.append(path)
            if progress is not None:
                progress(len(paths), len(scores.clips))
        return measure(
            scores,
            torch.stack([path.coefficients for path in paths]),
            torch.tensor([path.residual for path in paths], dtype=torch.float64),
            map_errors=np.array([path.map_error for path in paths]),
            n_steps=np.array([path.n_steps for path in paths]),
        )
