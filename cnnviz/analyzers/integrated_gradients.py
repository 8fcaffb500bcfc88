"""Integrated gradients on the waveform and on the time-frequency plane.

R[n] = (x[n] - x'[n]) * mean over the path of df/dx[n], from silence x' to the clip x; the sum
of R is f(x) - f(x'). Each map says how far it is from that, and how far twice the steps moved it.

References
----------
Sundararajan, Taly and Yan, "Axiomatic Attribution for Deep Networks" (2017).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated

from cnnviz.analyzers._explanation import explain, explains_classes
from cnnviz.attribution.methods.integrated_gradients import integrated_gradients
from cnnviz.attribution.selection import check_target
from cnnviz.attribution.target_scores import ScoreChoice
from cnnviz.errors import ParameterError
from cnnviz.parameters import Range, check_parameters

if TYPE_CHECKING:
    from cnnviz.analyzer import Analyzer
    from cnnviz.results import Relevance
    from cnnviz.run import Run


@dataclass(frozen=True, kw_only=True, slots=True)
class IntegratedGradients:
    """Explain a few clips by gradients averaged over the path from silence.

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

    n_clips: Annotated[int, Range(1)] = 12
    clip_index: tuple[int, ...] = ()
    target: str = "predicted"
    score: ScoreChoice = "contrast"
    n_steps: Annotated[int, Range(1)] = 32
    n_max: Annotated[int, Range(1)] = 1024
    tolerance: Annotated[float, Range(above=0)] = 0.005
    map_tolerance: Annotated[float, Range(above=0)] = 0.05

    def __post_init__(self) -> None:
        check_parameters(self)
        check_target(self.target)
        if self.n_steps > self.n_max:
            raise ParameterError(f"n_steps={self.n_steps}; allowed: 1 to n_max={self.n_max}")

    def run(self, run: Run) -> Relevance:
        """Explain clips whose audio the capture keeps.

        Raises
        ------
        ParameterError
            If there is no capture or no model.
        UnsupportedModelError
            If the model has no graph, or its scores no gradient.
        """
        gradients_of = partial(
            integrated_gradients,
            n_steps=self.n_steps,
            n_max=self.n_max,
            tolerance=self.tolerance,
            map_tolerance=self.map_tolerance,
            progress=run.advance,
        )
        return explain(
            run,
            self,
            gradients_of,
            tolerance=self.tolerance,
            map_tolerance=self.map_tolerance,
        )


def in_report(run: Run) -> tuple[Analyzer, ...]:
    """A few clips are explained by their class, where the outputs are classes."""
    if not explains_classes(run):
        return ()
    return (IntegratedGradients(n_clips=run.options.n_explained),)
