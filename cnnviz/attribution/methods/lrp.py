"""Layer-wise relevance propagation (LRP) on the waveform and on the time-frequency plane.

The score is handed back through the network operation by operation, in proportion to what each
input contributed, and nothing is lost on the way:

    f(x) = sum of R over the audio samples + what constants absorb.

LRP knows no baseline: relevance is counted from 0, and biases, the shift of a batch
normalisation, the epsilon of a rule and the floors of a logarithm absorb a part of f(x), which is
measured and counted. Rules are those of `cnnviz.attribution.propagation.layerwise_rules`; they
belong to operations, so that modules, functions, reused and in-place layers and residual sums are
alike.
Batch normalisation after a convolution is one operation with it. Recurrent layers and logarithms
inside the network are refused: relevance of a logarithm would depend on the unit of its argument.

A log-mel or cepstral frontend passes the relevance of each of its cells whole to the power that
makes it up (`cnnviz.attribution.propagation.frontend`).

It is made on request: ``cnnviz explain --method lrp``.

References
----------
Bach, Binder, Montavon, Klauschen, Mueller and Samek, "On Pixel-Wise Explanations for Non-Linear
Classifier Decisions by Layer-Wise Relevance Propagation" (2015).
Montavon, Binder, Lapuschkin, Samek and Mueller, "Layer-Wise Relevance Propagation: An Overview"
(2019).
Arras, Arjona-Medina, Widrich, Montavon, Gillhofer, Mueller, Hochreiter and Samek, "Explaining and
Interpreting LSTMs" (2019): a signal takes all from its gate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import torch

from cnnviz.attribution.explanation import Explanation
from cnnviz.attribution.gradients import keeping_copies
from cnnviz.attribution.propagation.frontend import redistributed
from cnnviz.attribution.propagation.layerwise_pass import LayerwisePass
from cnnviz.attribution.propagation.layerwise_rules import layerwise
from cnnviz.parameters import Range
from cnnviz.results.clip_relevance import SampleRelevance

if TYPE_CHECKING:
    from cnnviz.analyzer import Analyzer
    from cnnviz.attribution.target_scores import TargetScores
    from cnnviz.run import Run


@dataclass(frozen=True, kw_only=True, slots=True)
class LRP(Explanation):
    """Explain a few clips by their score handed back through the network.

    Parameters
    ----------
    rule
        ``"epsilon_plus"``: convolutions hand relevance to positive contributions alone (z+),
        linear layers to all; ``"epsilon"``: both hand it to all.
    epsilon
        Added to the size of a layer's outputs before dividing by them, as a share of their root
        mean square. Near 0 the rule ``"epsilon"`` is input times gradient on ReLU networks;
        0.25 leaves less noise, and absorbs more.
    tolerance
        Largest part of the score that neither audio samples nor constants get in a clip that
        counts as converged, as where a network detaches something.
    """

    rule: Literal["epsilon_plus", "epsilon"] = "epsilon_plus"
    epsilon: Annotated[float, Range(0)] = 1e-6
    tolerance: Annotated[float, Range(above=0)] = 1e-3

    @property
    def baseline_words(self) -> None:
        """None: relevance is counted from 0."""
        return

    def relevance(self, scores: TargetScores, clip: int) -> SampleRelevance:
        """The clip, its coefficients, and what constants absorb."""
        index = torch.tensor([clip], device=scores.clips.device)
        waveform = scores.clips[index].detach().requires_grad_()  # (1, samples)
        rules = LayerwisePass(rule=self.rule, epsilon=self.epsilon)
        propagation = layerwise(rules)
        frontend = redistributed(scores.model.frontend, rules, propagation)
        with frontend, propagation, keeping_copies():
            score = scores.explained(waveform.clone(), index)
        propagation.finish(score)
        coefficients, absorbed = rules.explained(score, waveform)
        return SampleRelevance(
            differences=waveform.detach().cpu().numpy(),
            coefficients=coefficients.cpu().numpy(),
            expected=float(scores.clip_scores[clip]),
            absorbed=absorbed,
        )


def in_report(run: Run) -> tuple[Analyzer, ...]:  # noqa: ARG001 (made on request)
    """On request only."""
    return ()
