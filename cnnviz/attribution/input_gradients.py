"""What gradient methods give: a coefficient for each audio sample, and how complete it is."""

from dataclasses import dataclass

import numpy as np
from torch import Tensor, isfinite

from cnnviz.attribution.target_scores import TargetScores
from cnnviz.errors import UnsupportedModelError


@dataclass(frozen=True, kw_only=True, slots=True)
class InputGradients:
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
        Gradients averaged for each clip, int64 (clip,); None: the gradient at the clip.
    output
        What f is: ``"logits"`` or ``"log_probabilities"``.
    """

    inputs: np.ndarray
    coefficients: np.ndarray
    scores: np.ndarray
    baseline_scores: np.ndarray
    completeness_errors: np.ndarray
    n_steps: np.ndarray | None = None
    output: str


def measure(
    scores: TargetScores,
    coefficients: Tensor,
    residuals: Tensor,
    *,
    n_steps: np.ndarray | None = None,
) -> InputGradients:
    """Measure how complete coefficients are, and bring them to numpy.

    Parameters
    ----------
    scores
        What was explained.
    coefficients
        c, (clip, samples).
    residuals
        sum R - (f(x) - f(x')), float64 (clip,).
    n_steps
        As in `InputGradients`.

    Raises
    ------
    UnsupportedModelError
        If a coefficient is not a finite number.
    """
    if not bool(isfinite(coefficients).all()):
        raise UnsupportedModelError(
            f"gradients of the {scores.output} are not finite; allowed: finite numbers; look "
            "for a square root or a logarithm that meets 0 in the model"
        )
    errors = residuals.cpu().abs() / scores.differences.abs().cpu().clamp_min(scores.floor)
    return InputGradients(
        inputs=scores.clips.detach().cpu().numpy(),
        coefficients=coefficients.detach().cpu().numpy(),
        scores=scores.clip_scores.cpu().numpy(),
        baseline_scores=scores.baseline_scores.cpu().numpy(),
        completeness_errors=errors.numpy(),
        n_steps=n_steps,
        output=scores.output,
    )
