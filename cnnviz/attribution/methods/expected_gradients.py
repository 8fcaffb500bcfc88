"""Expected gradients: integrated gradients averaged over many baselines; on request.

R[n] = mean over b of (x[n] - x'_b[n]) df/dx[n] at a point drawn between x'_b and x. The baselines
x'_b are noises with the clip's own spectrum and level, so that what is explained is the order of
the sound in time, and not that it is loud; or the other clips that are explained, so that it is
what sets a clip apart from them. The sum of R is f(x) - mean of f(x'_b) as far as the draws go:
its error is shown, and how far the map of half the draws is from that of all.

References
----------
Erion, Janizek, Sturmfels, Lundberg and Lee, "Improving performance of deep learning models with
axiomatic attribution priors and expected gradients" (2021); Lundberg and Lee, "A Unified Approach
to Interpreting Model Predictions" (2017), where it is called GradientSHAP.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
import torch

from cnnviz.attribution.baselines import WORDS, noise_like
from cnnviz.attribution.explanation import Explanation
from cnnviz.dsp.stft import map_distance
from cnnviz.errors import ParameterError
from cnnviz.parameters import Range
from cnnviz.results.clip_relevance import SampleRelevance

if TYPE_CHECKING:
    from cnnviz.analyzer import Analyzer
    from cnnviz.attribution.target_scores import TargetScores
    from cnnviz.run import Run


@dataclass(frozen=True, kw_only=True, slots=True)
class ExpectedGradients(Explanation):
    """Explain a few clips against noises of their own spectrum and level, or each other.

    Parameters
    ----------
    baselines
        ``"noise"``, or ``"clips"``: the others that are explained.
    n_draws
        Baselines for each clip, with one gradient each.
    seed
        Of the baselines and of the points between.
    """

    baselines: Literal["noise", "clips"] = "noise"
    n_draws: Annotated[int, Range(2)] = 64
    seed: Annotated[int, Range(0)] = 0

    @property
    def baseline_words(self) -> str:
        """Noises like the clip, or other clips."""
        return WORDS["noise"] if self.baselines == "noise" else "the other clips explained"

    def coarser(self) -> ExpectedGradients | None:
        """A quarter of the draws."""
        n = self.n_draws // 4
        return None if n < 2 else replace(self, n_draws=n)

    def relevance(self, scores: TargetScores, clip: int) -> SampleRelevance:
        """Differences from each noise, and the gradient at one point on the way to it."""
        waveform = scores.clips[clip].detach().cpu().numpy()  # (samples,)
        others = self._baselines(scores, clip)
        places = _stratified(self.n_draws, self.seed)[:, None].astype(others.dtype)
        between = others + places * (waveform - others)
        gradients, levels = [], []
        for start in range(0, self.n_draws, scores.batch):
            drawn, points = (
                torch.tensor(one[start : start + scores.batch]).to(scores.clips)
                for one in (others, between)
            )
            index = torch.full((len(drawn),), clip)
            _, slopes = scores.gradients(points, index)
            with torch.no_grad():
                levels.append(scores.explained(drawn, index))
            gradients.append(slopes.cpu().numpy())
        differences = waveform - others  # (draw, samples)
        coefficients = np.concatenate(gradients) / self.n_draws
        of_half = np.where(np.arange(self.n_draws)[:, None] % 2, 0, coefficients)
        share = self.n_draws / ((self.n_draws + 1) // 2)  # of all draws to those of the half
        return SampleRelevance(
            differences=differences,
            coefficients=coefficients,
            expected=float(scores.clip_scores[clip]) - float(torch.cat(levels).double().mean()),
            map_error=map_distance(
                differences, share * of_half, coefficients, sample_rate=scores.sample_rate
            ),
            n_steps=self.n_draws,
        )

    def _baselines(self, scores: TargetScores, clip: int) -> np.ndarray:
        """(draw, samples), drawn with replacement where they are clips."""
        clips = scores.clips.detach().cpu().numpy()
        if self.baselines == "noise":
            return noise_like(clips[clip], self.n_draws, seed=self.seed)
        if len(clips) < 2:
            raise ParameterError(
                "baselines='clips' and one clip to explain; allowed: two or more, or "
                "baselines='noise'"
            )
        generator = np.random.default_rng([self.seed, clip])
        return np.asarray(generator.choice(np.delete(clips, clip, axis=0), self.n_draws))


def in_report(run: Run) -> tuple[Analyzer, ...]:  # noqa: ARG001 (what every analyzer takes)
    """On request only."""
    return ()


def _stratified(n: int, seed: int) -> np.ndarray:
    """Points in [0, 1), one drawn in each n-th of it, in random order, (n,)."""
    generator = np.random.default_rng(seed)
    return np.asarray((generator.permutation(n) + generator.uniform(size=n)) / n)
