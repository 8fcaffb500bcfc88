"""Gradient of the score at a clip: the coefficients of input times gradient."""

import numpy as np
import torch
from captum.attr import Saliency

from cnnviz.attribution.input_gradients import InputGradients, measure
from cnnviz.attribution.target_scores import (
    BUDGET_BYTES,
    ScoreChoice,
    batches,
    differentiable_scores,
)
from cnnviz.model import AudioModel


def input_x_gradient(
    model: AudioModel,
    waveforms: np.ndarray,
    targets: np.ndarray,
    *,
    score: ScoreChoice = "logit",
    budget_bytes: int = BUDGET_BYTES,
) -> InputGradients:
    """Take the gradient of each clip's target score at the clip.

    Parameters
    ----------
    model
        Borrowed: held in evaluation mode and given back as it was.
    waveforms
        (clip, samples).
    targets
        Class index per clip, (clip,).
    score
        What is explained of the target; see `ScoreChoice`.
    budget_bytes
        Memory that activations may take; sets how many clips run at once.

    Raises
    ------
    ParameterError
        If a target is not one of the model's classes.
    UnsupportedModelError
        If the scores are not a finite, deterministic, differentiable function of the waveform.

    References
    ----------
    Shrikumar, Greenside, Shcherbina and Kundaje, "Not Just a Black Box: Learning Important
    Features Through Propagating Activation Differences" (2016).
    """
    with differentiable_scores(
        model, waveforms, targets, score=score, budget_bytes=budget_bytes
    ) as scores:
        index = torch.arange(len(scores.clips), device=scores.clips.device)
        method = Saliency(scores.explained)
        gradients = torch.cat(
            [
                method.attribute(
                    scores.clips[part].requires_grad_(), abs=False, additional_forward_args=part
                )
                for part in batches(index, scores.batch)
            ]
        )  # (clip, samples)
        relevance = (gradients * scores.clips).sum(-1, dtype=torch.float64)
        return measure(scores, gradients, relevance - scores.differences)
