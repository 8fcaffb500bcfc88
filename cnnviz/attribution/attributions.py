"""A method applied to clips: a borrowed model, targets, and what each clip gave."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from cnnviz.attribution.clip_relevance import ClipRelevance, SampleRelevance
from cnnviz.attribution.silencing import silence_stretches
from cnnviz.attribution.target_scores import (
    BUDGET_BYTES,
    ScoreChoice,
    TargetScores,
    differentiable_scores,
)
from cnnviz.errors import UnsupportedModelError
from cnnviz.model import AudioModel
from cnnviz.results import Silencing


class Method(Protocol):
    """What a file in ``cnnviz/attribution/methods`` gives: parameters, and relevance of a clip."""

    @property
    def score(self) -> ScoreChoice:
        """What is explained of a target."""
        ...

    def relevance(self, scores: TargetScores, clip: int) -> ClipRelevance:
        """Relevance of one clip for its target."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Attributions:
    """What a method gave for clips, and what was explained.

    Parameters
    ----------
    clips
        Relevance of each clip.
    inputs
        x, (clip, samples): the waveforms, normalised where the frontend normalises each clip.
    scores, baseline_scores
        Explained score of the clip and of silence, float64 (clip,).
    rivals
        Class that each target was held against, int64 (clip,); None: the target's own score.
    floor
        Of differences of scores, 1e-3 of the standard deviation of all scores of these clips,
        and of sums of |R|: a map with no more is flat.
    output
        What f is: ``"logits"``, ``"log_probabilities"`` or ``"values"``.
    silencing
        What became of the scores without the stretches that were marked.
    """

    clips: tuple[ClipRelevance, ...]
    inputs: np.ndarray
    scores: np.ndarray
    baseline_scores: np.ndarray
    rivals: np.ndarray | None
    floor: float
    output: str
    silencing: Silencing

    @property
    def samples(self) -> np.ndarray | None:
        """R of each audio sample, (clip, samples); None where cells are no audio samples."""
        if not all(isinstance(clip, SampleRelevance) for clip in self.clips):
            return None
        return np.stack([clip.values for clip in self.clips])

    @property
    def masses(self) -> np.ndarray:
        """Sum of |R|, (clip,)."""
        return np.array([np.abs(clip.values).sum(dtype=np.float64) for clip in self.clips])

    @property
    def absorbed(self) -> np.ndarray | None:
        """Relevance that constants of the network kept, (clip,); None: there is a baseline."""
        absorbed = [getattr(clip, "absorbed", None) for clip in self.clips]
        return None if None in absorbed else np.array(absorbed)

    @property
    def completeness_errors(self) -> np.ndarray | None:
        """|sum R - expected| / max(|expected|, floor), (clip,); None where nothing is expected.

        What constants absorbed is part of the sum.
        """
        expected = [clip.expected for clip in self.clips if clip.expected is not None]
        if len(expected) < len(self.clips):
            return None
        sums = np.array([clip.values.sum(dtype=np.float64) for clip in self.clips])
        if self.absorbed is not None:
            sums += self.absorbed
        return np.abs(sums - expected) / np.maximum(np.abs(expected), self.floor)

    @property
    def map_errors(self) -> np.ndarray | None:
        """Distances of the maps of half the effort, (clip,); None for methods without steps."""
        errors = [clip.map_error for clip in self.clips if clip.map_error is not None]
        return np.array(errors) if errors else None

    @property
    def n_steps(self) -> np.ndarray | None:
        """Gradients or passes taken for each clip, (clip,); None: one."""
        steps = [clip.n_steps for clip in self.clips if clip.n_steps is not None]
        return np.array(steps) if steps else None


def attribute(
    method: Method,
    model: AudioModel,
    waveforms: np.ndarray,
    targets: np.ndarray,
    *,
    budget_bytes: int = BUDGET_BYTES,
    progress: Callable[[int, int], None] | None = None,
) -> Attributions:
    """Explain the target of each clip.

    Parameters
    ----------
    method
        With its parameters.
    model
        Borrowed: held in evaluation mode and given back as it was.
    waveforms
        (clip, samples).
    targets
        Class index per clip, (clip,).
    budget_bytes
        Memory that activations may take; sets how many passes run at once.
    progress
        Called with (clips done, clips in all).

    Raises
    ------
    ParameterError
        If a target is not one of the model's classes.
    UnsupportedModelError
        If the scores are not a finite, deterministic, differentiable function of the waveform.
    """
    found: list[ClipRelevance] = []
    with differentiable_scores(
        model, waveforms, targets, score=method.score, budget_bytes=budget_bytes
    ) as scores:
        for clip in range(len(scores.clips)):
            found.append(_checked(method.relevance(scores, clip), scores))
            if progress is not None:
                progress(len(found), len(scores.clips))
        return Attributions(
            clips=tuple(found),
            inputs=scores.clips.detach().cpu().numpy(),
            scores=scores.clip_scores.cpu().numpy(),
            baseline_scores=scores.baseline_scores.cpu().numpy(),
            rivals=None if scores.rivals is None else scores.rivals.cpu().numpy(),
            floor=scores.floor,
            output=scores.output,
            silencing=silence_stretches(scores, found),
        )


def _checked(relevance: ClipRelevance, scores: TargetScores) -> ClipRelevance:
    if not relevance.is_finite:
        raise UnsupportedModelError(
            f"gradients of the {scores.output} are not finite; allowed: finite numbers; look "
            "for a square root or a logarithm that meets 0 in the model"
        )
    return relevance
