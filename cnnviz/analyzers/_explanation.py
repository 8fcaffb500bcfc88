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

if TYPE_CHECKING:
    from cnnviz.results import Relevance
    from cnnviz.run import Run


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
    method: str,
    gradients_of: Callable[..., InputGradients],
    *,
    tolerance: float | None = None,
    map_tolerance: float | None = None,
) -> Relevance:
    """Explain clips whose audio the capture keeps.

    Parameters
    ----------
    run
        With a capture and a model.
    parameters
        The analyzer.
    method
        Published name.
    gradients_of
        From (model, waveforms, targets) and the `score` to coefficients.
    tolerance, map_tolerance
        Completeness and map error of a converged clip; None where no completeness is promised.

    Raises
    ------
    ParameterError
        If there is no capture or no model.
    UnsupportedModelError
        If the model has no graph, or its scores no gradient.
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
        method=method,
        silencing=silence_stretches(*inputs, gradients, score=score),
        tolerance=tolerance,
        map_tolerance=map_tolerance,
        provenance=run.provenance(parameters),
    )


def explains_classes(run: Run) -> bool:
    """Whether a report explains clips by their class."""
    return run.has_capture and run.has_classes
