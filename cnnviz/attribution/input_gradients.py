"""What gradient methods give: a coefficient for each audio sample, and how complete it is."""

from dataclasses import dataclass

import numpy as np
from torch import Tensor, float64, isfinite

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
        Explained score of the clip and of silence, float64 (clip,).
    completeness_errors
        |sum R - (f(x) - f(x'))| / max(|f(x) - f(x')|, floor), float64 (clip,), with floor 1e-3
        of the standard deviation of all scores of these clips.
    masses
        sum |R|, float64 (clip,); a map with no more than `floor` is flat.
    floor
        Of scores and of masses.
    map_errors
        Relative L2 distance of the time-frequency map of half the steps from that of all,
        float64 (clip,); None: the gradient at the clip.
    n_steps
        Gradients averaged for each clip, int64 (clip,); None: the gradient at the clip.
    rivals
        Class that each target was held against, int64 (clip,); None: the target's own score.
    output
        What f is: ``"logits"`` or ``"log_probabilities"``.
    """

    inputs: np.ndarray
    coefficients: np.ndarray
    scores: np.ndarray
    baseline_scores: np.ndarray
    completeness_errors: np.ndarray
    masses: np.ndarray
    floor: float
    map_errors: np.ndarray | None = None
    n_steps: np.ndarray | None = None
    rivals: np.ndarray | None = None
    output: str


def measure(
    scores: TargetScores,
    coefficients: Tensor,
    residuals: Tensor,
    *,
    map_errors: np.ndarray | None = None,
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
    map_errors, n_steps
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
    masses = (scores.clips * coefficients).abs().sum(-1, dtype=float64)  # (clip,)
    errors = residuals.cpu().abs() / scores.differences.abs().cpu().clamp_min(scores.floor)
    return InputGradients(
        inputs=scores.clips.detach().cpu().numpy(),
        coefficients=coefficients.detach().cpu().numpy(),
        scores=scores.clip_scores.cpu().numpy(),
        baseline_scores=scores.baseline_scores.cpu().numpy(),
        completeness_errors=errors.numpy(),
        masses=masses.detach().cpu().numpy(),
        floor=scores.floor,
        map_errors=map_errors,
        n_steps=n_steps,
        rivals=None if scores.rivals is None else scores.rivals.cpu().numpy(),
        output=scores.output,
    )
