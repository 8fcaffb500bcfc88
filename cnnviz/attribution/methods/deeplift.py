"""DeepLIFT against silence, on the waveform and on the time-frequency plane.

Each operation hands on the difference of its output between the clip and silence in proportion
to the differences of its inputs (rescale rule), so that

    sum of R = f(x) - f(x'),

x' silence, without a path and without steps: one pass for silence, one for the clip, and one
backward. Rules are those of `cnnviz.attribution.propagation.rescale_rules`; they belong to
operations, so that modules, functions, reused and in-place layers, frontends and residual sums are
alike. An operation without a rule is refused, with its name and the line that calls it.

It is made on request: ``cnnviz explain --method deeplift``.

References
----------
Shrikumar, Greenside and Kundaje, "Learning Important Features Through Propagating Activation
Differences" (2017).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import torch

from cnnviz.attribution.explanation import Explanation
from cnnviz.attribution.gradients import keeping_copies
from cnnviz.attribution.propagation.rescale_rules import rescaling
from cnnviz.attribution.propagation.two_passes import TwoPasses
from cnnviz.parameters import Range
from cnnviz.results.clip_relevance import SampleRelevance

if TYPE_CHECKING:
    from cnnviz.analyzer import Analyzer
    from cnnviz.attribution.target_scores import TargetScores
    from cnnviz.run import Run


@dataclass(frozen=True, kw_only=True, slots=True)
class DeepLIFT(Explanation):
    """Explain a few clips by differences from silence, handed back through the network.

    Parameters
    ----------
    tolerance
        Completeness error of a converged clip.
    """

    tolerance: Annotated[float, Range(above=0)] = 1e-3

    def relevance(self, scores: TargetScores, clip: int) -> SampleRelevance:
        """The clip, and its multipliers."""
        index = torch.tensor([clip], device=scores.clips.device)
        waveform = scores.clips[index].detach().requires_grad_()  # (1, samples)
        silence = torch.zeros_like(waveform).requires_grad_()
        passes = TwoPasses()
        with rescaling(passes):
            scores.explained(silence.clone(), index)
        passes.is_reference = False
        with rescaling(passes) as propagation, keeping_copies():
            score = scores.explained(waveform.clone(), index)
        propagation.finish(score)
        with torch.backends.mkldnn.flags(enabled=False, allow_tf32=None):
            (multipliers,) = torch.autograd.grad(score.sum(), waveform)
        return SampleRelevance(
            differences=waveform.detach().cpu().numpy(),
            coefficients=multipliers.cpu().numpy(),
            expected=float(scores.differences[clip]),
        )


def in_report(run: Run) -> tuple[Analyzer, ...]:  # noqa: ARG001 (made on request)
    """On request only."""
    return ()
