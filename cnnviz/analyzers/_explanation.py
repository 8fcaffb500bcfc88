"""What gradient methods share: clips chosen, coefficients, stretches silenced, one result."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from cnnviz.analyzer import Analyzer
from cnnviz.attribution.input_gradients import InputGradients
from cnnviz.attribution.relevance import relevance_of
from cnnviz.attribution.selection import choose_clips
from cnnviz.attribution.silencing import silence_stretches
from cnnviz.attribution.target_scores import ScoreChoice
from cnnviz.run import Run, name_of

if TYPE_CHECKING:
    from cnnviz.results import Relevance


class ExplanationParameters(Analyzer, Protocol):
    """What analyzers that explain clips have in common."""

    @property
    def n_clips(self) -> int: ...
    @property
    def clip_index(self) -> tuple[int, ...]: ...
    @property
    def target(self) -> str: ...
    @property
    def score(self) -> ScoreChoice: ...


def explain(
    run: Run,
    parameters: ExplanationParameters,
    gradients_of: Callable[..., InputGradients],
    *,
    tolerance: float | None = None,
    map_tolerance: float | None = None,
) -> Relevance:
    """Explain the clips that an analyzer asks for by the method it is named after.

    Parameters
    ----------
    run
        With a capture and a model.
    parameters
        The analyzer.
    gradients_of
        From (model, waveforms, targets) and the `score` to coefficients.
    tolerance, map_tolerance
        Completeness and map error of a converged clip; None where no completeness is promised.
    """
    clips = choose_clips(
        run,
        n_clips=parameters.n_clips,
        target=parameters.target,
        clip_index=parameters.clip_index,
    )
    inputs, score = (run.network, clips.waveforms, clips.targets), parameters.score
    gradients = gradients_of(*inputs, score=score)
    return relevance_of(
        gradients,
        clips,
        method=name_of(parameters),
        silencing=silence_stretches(*inputs, gradients, score=score),
        tolerance=tolerance,
        map_tolerance=map_tolerance,
        provenance=run.provenance(parameters),
    )


def explains_classes(run: Run) -> bool:
    """Whether a report explains clips by their class."""
    return run.has_capture and run.has_classes
