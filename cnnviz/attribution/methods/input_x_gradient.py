"""Input times gradient on the waveform and on the time-frequency plane.

R[n] = x[n] * df/dx[n]. It is the cheapest signed relevance and equals integrated gradients
where the network is homogeneous (ReLU without biases); elsewhere its sum need not be
f(x) - f(x'), and the completeness error says by how much it is not.

References
----------
Shrikumar, Greenside, Shcherbina and Kundaje, "Not Just a Black Box: Learning Important
Features Through Propagating Activation Differences" (2016).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.attribution.explanation import Explanation, explains_classes
from cnnviz.results.clip_relevance import SampleRelevance

if TYPE_CHECKING:
    from cnnviz.analyzer import Analyzer
    from cnnviz.attribution.target_scores import TargetScores
    from cnnviz.run import Run


@dataclass(frozen=True, kw_only=True, slots=True)
class InputXGradient(Explanation):
    """Explain a few clips by the gradient at the clip times the clip.

    The method promises no completeness, so that no clip converges or fails to.
    """

    def relevance(self, scores: TargetScores, clip: int) -> SampleRelevance:
        """The clip, and the gradient of its score there."""
        return SampleRelevance(
            differences=scores.clips[[clip]].cpu().numpy(),  # (1, samples)
            coefficients=scores.gradient_at(clip).cpu().numpy(),
            expected=float(scores.differences[clip]),
        )


def in_report(run: Run) -> tuple[Analyzer, ...]:
    """A few clips are explained by their class, where the outputs are classes."""
    if not explains_classes(run):
        return ()
    return (InputXGradient(n_clips=run.options.n_explained),)
