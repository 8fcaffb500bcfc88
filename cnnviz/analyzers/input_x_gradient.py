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
from typing import TYPE_CHECKING, Annotated

from cnnviz.analyzers._explanation import explain, explains_classes
from cnnviz.attribution.methods.input_x_gradient import input_x_gradient
from cnnviz.attribution.selection import check_target
from cnnviz.attribution.target_scores import ScoreChoice
from cnnviz.parameters import Range, check_parameters

if TYPE_CHECKING:
    from cnnviz.analyzer import Analyzer
    from cnnviz.results import Relevance
    from cnnviz.run import Run


@dataclass(frozen=True, kw_only=True, slots=True)
class InputXGradient:
    """Explain a few clips by the gradient at the clip times the clip.

    The method promises no completeness, so that no clip converges or fails to.

    Parameters
    ----------
    n_clips
        Clips to explain, spread over classes, right and wrong ones, at most.
    clip_index
        Explain just these clips, by their position in the run; empty: a choice of `n_clips`.
    target
        ``"predicted"`` explains the output with the largest score, ``"label"`` the true class,
        a number such as ``"3"`` the output of that index.
    score
        ``"contrast"``: the score of that class less that of the runner-up, the largest of the
        others; ``"log_probability"``; or ``"logit"``, which a shift common to all classes moves
        although it changes no probability. Outputs that are no scores explain themselves.
    """

    n_clips: Annotated[int, Range(1)] = 12
    clip_index: tuple[int, ...] = ()
    target: str = "predicted"
    score: ScoreChoice = "contrast"

    def __post_init__(self) -> None:
        check_parameters(self)
        check_target(self.target)

    def run(self, run: Run) -> Relevance:
        """Explain clips whose audio the capture keeps.

        Raises
        ------
        ParameterError
            If there is no capture or no model.
        UnsupportedModelError
            If the model has no graph, or its scores no gradient.
        """
        return explain(run, self, input_x_gradient)


def in_report(run: Run) -> tuple[Analyzer, ...]:
    """A few clips are explained by their class, where the outputs are classes."""
    if not explains_classes(run):
        return ()
    return (InputXGradient(n_clips=run.options.n_explained),)
