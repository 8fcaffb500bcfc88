"""Integrated gradients on the waveform and on the time-frequency plane.

R[n] = (x[n] - x'[n]) * mean over the path of df/dx[n], from silence x' to the clip x; the sum
of R is f(x) - f(x'). Each map says how far it is from that, and how much it only repeats the
envelope of the sound.

References
----------
Sundararajan, Taly and Yan, "Axiomatic Attribution for Deep Networks" (2017).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from cnnviz.attribution.methods.integrated_gradients import integrated_gradients
from cnnviz.attribution.relevance import relevance_of
from cnnviz.attribution.selection import TargetChoice, choose_clips
from cnnviz.errors import ParameterError
from cnnviz.parameters import Range, check_parameters
from cnnviz.results import Relevance

if TYPE_CHECKING:
    from cnnviz.analyzer import Analyzer
    from cnnviz.run import Run


@dataclass(frozen=True, kw_only=True, slots=True)
class IntegratedGradients:
    """Explain a few clips by gradients averaged over the path from silence.

    Parameters
    ----------
    n_clips
        Clips to explain, spread over classes, right and wrong ones, at most.
    target
        ``"predicted"`` explains the class with the largest score, ``"label"`` the true one.
    n_steps
        Gradients per clip at first.
    n_max
        Gradients per clip at most; more are taken only where completeness asks for them.
    tolerance
        Completeness error to reach.
    """

    n_clips: Annotated[int, Range(1)] = 12
    target: TargetChoice = "predicted"
    n_steps: Annotated[int, Range(1)] = 64
    n_max: Annotated[int, Range(1)] = 1024
    tolerance: Annotated[float, Range(above=0)] = 0.005

    def __post_init__(self) -> None:
        check_parameters(self)
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
        clips = choose_clips(run, n_clips=self.n_clips, target=self.target)
        gradients = integrated_gradients(
            run.network,
            clips.waveforms,
            clips.targets,
            n_steps=self.n_steps,
            n_max=self.n_max,
            tolerance=self.tolerance,
        )
        return relevance_of(
            gradients,
            clips,
            method="integrated_gradients",
            tolerance=self.tolerance,
            provenance=run.provenance(self),
        )


def in_report(run: Run) -> tuple[Analyzer, ...]:
    """A few clips are explained when the network is at hand."""
    return (IntegratedGradients(n_clips=run.options.n_explained),) if run.has_capture else ()
