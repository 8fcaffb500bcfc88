"""SmoothGrad times input: the gradient averaged over noise added to the clip; on request.

R[n] = x[n] * mean over noises e of df/dx[n] at x + e. Averaging takes away what of a gradient
changes from one sound to the next that nobody could tell from it.

References
----------
Smilkov, Thorat, Kim, Viégas and Wattenberg, "SmoothGrad: removing noise by adding noise" (2017).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

import torch

from cnnviz.attribution.explanation import Explanation
from cnnviz.attribution.target_scores import batches
from cnnviz.dsp.stft import map_distance
from cnnviz.parameters import Range
from cnnviz.results.clip_relevance import SampleRelevance

if TYPE_CHECKING:
    from cnnviz.analyzer import Analyzer
    from cnnviz.attribution.target_scores import TargetScores
    from cnnviz.run import Run


@dataclass(frozen=True, kw_only=True, slots=True)
class SmoothGrad(Explanation):
    """Explain a few clips by the gradient averaged over noise added to them.

    Parameters
    ----------
    n_draws
        Noises for each clip.
    snr_db
        Level of the clip over that of the noise, dB.
    seed
        Of the noise.
    """

    n_draws: Annotated[int, Range(2)] = 32
    snr_db: Annotated[float, Range(-20, 120)] = 30.0
    seed: Annotated[int, Range(0)] = 0

    def coarser(self) -> SmoothGrad | None:
        """A quarter of the draws."""
        n = self.n_draws // 4
        return None if n < 2 else replace(self, n_draws=n)

    def relevance(self, scores: TargetScores, clip: int) -> SampleRelevance:
        """The clip, and the mean of its gradients in noise."""
        waveform = scores.clips[clip].detach()  # (samples,)
        level = waveform.double().square().mean().sqrt() * 10 ** (-self.snr_db / 20)
        generator = torch.Generator().manual_seed(self.seed)
        sums = torch.zeros(2, len(waveform), dtype=torch.float64)  # of every other draw
        for part in batches(torch.arange(self.n_draws), scores.batch):
            noise = torch.randn(len(part), len(waveform), generator=generator).to(waveform)
            points = waveform + level.to(waveform) * noise
            _, gradients = scores.gradients(points, torch.full((len(part),), clip))
            sums.index_add_(0, part % 2, gradients.double().cpu())
        half, rest = sums.numpy() / self.n_draws
        values, mean = waveform.cpu().numpy(), half + rest
        share = self.n_draws / ((self.n_draws + 1) // 2)  # of all draws to those of the half
        return SampleRelevance(
            differences=values[None],
            coefficients=mean[None].astype(values.dtype),
            expected=float(scores.differences[clip]),
            map_error=map_distance(values, share * half, mean, sample_rate=scores.sample_rate),
            n_steps=self.n_draws,
        )


def in_report(run: Run) -> tuple[Analyzer, ...]:  # noqa: ARG001 (what every analyzer takes)
    """On request only."""
    return ()
