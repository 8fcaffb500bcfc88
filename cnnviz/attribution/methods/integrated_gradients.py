"""Integrated gradients on the waveform and on the time-frequency plane.

R[n] = (x[n] - x'[n]) * mean over the path of df/dx[n], from a baseline x' to the clip x; the sum
of R is f(x) - f(x'). Each map says how far it is from that, and how far twice the steps moved it.

References
----------
Sundararajan, Taly and Yan, "Axiomatic Attribution for Deep Networks" (2017).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

import torch

from cnnviz.attribution.baselines import WORDS, BaselineChoice, baseline
from cnnviz.attribution.explanation import Explanation, explains_classes
from cnnviz.attribution.path import integrate
from cnnviz.errors import ParameterError
from cnnviz.parameters import Range
from cnnviz.results.clip_relevance import SampleRelevance

if TYPE_CHECKING:
    from cnnviz.analyzer import Analyzer
    from cnnviz.attribution.target_scores import TargetScores
    from cnnviz.run import Run


@dataclass(frozen=True, kw_only=True, slots=True)
class IntegratedGradients(Explanation):
    """Explain a few clips by gradients averaged over the path from a baseline.

    The path is halved where it misses most, until sum and map are good enough or the next step
    would take more than `n_max` gradients.

    Parameters
    ----------
    baseline
        ``"silence"``; ``"noise"`` of the clip's own spectrum and level; or ``"quiet"``, its
        quietest 100 ms that sound, repeated.
    seed
        Of the noise.
    n_steps
        Gradients per clip at first.
    n_max
        Gradients per clip at most, but two for each panel of the path; more than at first are
        taken only where the sum or the map asks for them.
    tolerance
        Completeness error to reach.
    map_tolerance
        Relative L2 distance to reach between the maps of half the steps and of all.
    """

    baseline: BaselineChoice = "silence"
    seed: Annotated[int, Range(0)] = 0
    n_steps: Annotated[int, Range(1)] = 32
    n_max: Annotated[int, Range(1)] = 1024
    tolerance: Annotated[float, Range(above=0)] = 0.005
    map_tolerance: Annotated[float, Range(above=0)] = 0.05

    def __post_init__(self) -> None:
        Explanation.__post_init__(self)
        if self.n_steps > self.n_max:
            raise ParameterError(f"n_steps={self.n_steps}; allowed: 1 to n_max={self.n_max}")

    @property
    def baseline_words(self) -> str:
        """The baseline that was chosen."""
        return WORDS[self.baseline]

    def coarser(self) -> IntegratedGradients | None:
        """A quarter of the gradients at most, down to one."""
        n_max = self.n_max // 4
        if not n_max:
            return None
        return replace(self, n_max=n_max, n_steps=max(1, min(self.n_steps, n_max // 2)))

    def relevance(self, scores: TargetScores, clip: int) -> SampleRelevance:
        """The difference from the baseline, and the gradient averaged over the path."""
        waveform = scores.clips[clip].cpu().numpy()
        start = baseline(self.baseline, waveform, sample_rate=scores.sample_rate, seed=self.seed)
        path = integrate(
            scores,
            clip,
            torch.tensor(start).to(scores.clips),
            n_steps=self.n_steps,
            n_max=self.n_max,
            tolerance=self.tolerance,
            map_tolerance=self.map_tolerance,
        )
        return SampleRelevance(
            differences=(waveform - start)[None],
            coefficients=path.coefficients[None].cpu().numpy(),
            expected=path.gain,
            map_error=path.map_error,
            n_steps=path.n_steps,
        )


def in_report(run: Run) -> tuple[Analyzer, ...]:
    """A few clips are explained by their class, where the outputs are classes."""
    if not explains_classes(run):
        return ()
    return (IntegratedGradients(n_clips=run.options.n_explained),)
