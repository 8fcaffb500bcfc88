"""Clips, what is explained of each, and its score as a function of the waveform."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from cnnviz.attribution.gradients import differentiated
from cnnviz.attribution.score_checks import check_targets
from cnnviz.model import AudioModel

ScoreChoice = Literal["contrast", "log_odds", "log_probability", "logit"]
"""A class against another one, against all others, its log-probability, or its own score."""
Score = Callable[[Tensor], Tensor]


@dataclass(frozen=True, kw_only=True, slots=True)
class TargetScores:
    """Clips, the class to explain for each, and its score for the clip and for silence.

    Parameters
    ----------
    model
        Held in evaluation mode with frozen weights; its frontend normalises nothing per clip.
    score
        (clip, samples) to (clip, class).
    output
        ``"logits"``, ``"log_probabilities"`` or ``"values"``: what `score` gives.
    clips, targets
        (clip, samples), normalised as the frontend does, and (clip,).
    rivals
        Class that each target is held against, (clip,); None: the target's own score.
    is_independent
        Whether each score is of a class that may hold beside others, a logit of its own.
    has_odds
        Whether it is held against all others.
    class_scores, silent_scores
        All scores of the clips and of silence, float64 (clip, class) and (1, class).
    floor
        Smallest difference of scores that errors are measured against.
    batch
        Clips that run at once.
    n_beside
        Times that this may be done beside each other in the memory that is allowed.
    sample_rate
        Hz.
    passes
        Waveform and scores of a clip by its place, whose gradients other targets need too.
    """

    model: AudioModel
    score: Score
    output: str
    clips: Tensor
    targets: Tensor
    rivals: Tensor | None
    is_independent: bool
    has_odds: bool
    class_scores: Tensor
    silent_scores: Tensor
    floor: float
    batch: int
    n_beside: int
    sample_rate: int
    passes: dict[int, tuple[Tensor, Tensor]] | None = field(default=None, repr=False)

    @property
    def clip_scores(self) -> Tensor:
        """Explained score of each clip, float64 (clip,)."""
        return _chosen(self.class_scores, self.targets, self.rivals, has_odds=self.has_odds)

    @property
    def baseline_scores(self) -> Tensor:
        """Explained score of silence, as if it were each clip, float64 (clip,)."""
        silent = self.silent_scores.expand_as(self.class_scores)
        return _chosen(silent, self.targets, self.rivals, has_odds=self.has_odds)

    @property
    def differences(self) -> Tensor:
        """f(x) - f(x') of each clip, float64 (clip,)."""
        return self.clip_scores - self.baseline_scores

    def at(self, places: Sequence[int]) -> "TargetScores":
        """Of some of the clips, by their places among these."""
        index = torch.tensor(places, dtype=torch.int64, device=self.clips.device)
        return replace(
            self,
            clips=self.clips[index],
            targets=self.targets[index],
            rivals=None if self.rivals is None else self.rivals[index],
            class_scores=self.class_scores[index],
            passes=None,
        )

    def each(
        self, targets: Sequence[np.ndarray], rivals: Sequence[np.ndarray | None]
    ) -> tuple["TargetScores", ...]:
        """The same clips with other targets and rivals, which share the pass of a clip."""
        passes: dict[int, tuple[Tensor, Tensor]] = {}
        found = []
        for own, other in zip(targets, rivals, strict=True):
            index = torch.tensor(np.asarray(own, dtype=np.int64), device=self.clips.device)
            check_targets(index, self.class_scores.shape[-1])
            held = None if self.rivals is None else rivals_of_each(self.class_scores, index, other)
            found.append(replace(self, targets=index, rivals=held, passes=passes))
        return tuple(found)

    def forget(self) -> None:
        """Let go of the pass of a clip whose targets are all done."""
        if self.passes is not None:
            self.passes.clear()

    def explained(self, waveforms: Tensor, index: Tensor) -> Tensor:
        """Explained scores of waveforms (n, samples), each as if it were clip `index`, (n,)."""
        return self.chosen(self.score(waveforms), index)

    def chosen(self, scores: Tensor, index: Tensor) -> Tensor:
        """What is explained of scores (n, class), each as if of clip `index`, (n,)."""
        rivals = None if self.rivals is None else self.rivals[index]
        return _chosen(scores, self.targets[index], rivals, has_odds=self.has_odds)

    def probabilities(self, scores: Tensor, index: Tensor) -> Tensor:
        """Probability of the target of clip `index` by scores (n, class), (n,); NaN of values."""
        own = scores.gather(1, self.targets[index][:, None])[:, 0]
        if self.output == "values":
            return torch.full_like(own, torch.nan)
        if self.is_independent:
            return own.sigmoid()
        return (own - scores.logsumexp(1)).exp()  # one softmax, of logits or log-probabilities

    def gradients(self, waveforms: Tensor, index: Tensor) -> tuple[Tensor, Tensor]:
        """Explained scores (n,) and their gradients (n, samples) at waveforms of one batch.

        Back to a waveform through a long kernel with a stride, torch's own convolution is faster
        than that of oneDNN, and elsewhere about as fast.
        """
        points = waveforms.detach().requires_grad_()

        def run() -> tuple[Tensor, Tensor]:
            values = self.explained(points, index)
            return values.detach(), _gradient(values, points)

        return differentiated(run)

    def gradient_at(self, clip: int) -> Tensor:
        """Gradient of the explained score at a clip, (1, samples)."""
        index = torch.tensor([clip], device=self.clips.device)
        if self.passes is None:
            return self.gradients(self.clips[index], index)[1]
        passes = self.passes

        def run() -> Tensor:
            if clip not in passes:
                points = self.clips[index].requires_grad_()
                passes[clip] = points, self.score(points)
            points, outputs = passes[clip]
            try:
                return _gradient(self.chosen(outputs, index), points, keeps_graph=True)
            except RuntimeError:
                passes.clear()
                raise

        return differentiated(run)


def rivals_of_each(scores: Tensor, targets: Tensor, rivals: np.ndarray | None) -> Tensor:
    """Class that each target is held against, (clip,)."""
    runners_up = scores.scatter(1, targets[:, None], -torch.inf).argmax(1)
    if rivals is None:
        return runners_up
    given = torch.tensor(np.asarray(rivals, dtype=np.int64), device=targets.device)
    check_targets(given[given >= 0], scores.shape[-1])
    return torch.where(given >= 0, given, runners_up)


def _chosen(
    scores: Tensor, targets: Tensor, rivals: Tensor | None, *, has_odds: bool = False
) -> Tensor:
    """Scores of the targets, less those of their rivals or the odds of all others, (clip,)."""
    own = scores.gather(1, targets[:, None])[:, 0]
    if has_odds:  # log p / (1 - p)
        return own - scores.scatter(1, targets[:, None], -torch.inf).logsumexp(1)
    return own if rivals is None else own - scores.gather(1, rivals[:, None])[:, 0]


def _gradient(values: Tensor, points: Tensor, *, keeps_graph: bool = False) -> Tensor:
    with torch.backends.mkldnn.flags(enabled=False, allow_tf32=None):
        (gradient,) = torch.autograd.grad(values.sum(), points, retain_graph=keeps_graph)
    return gradient


def batches(tensor: Tensor, size: int) -> list[Tensor]:
    """Cut the first axis into parts of `size`."""
    return [tensor[start : start + size] for start in range(0, len(tensor), size)]
