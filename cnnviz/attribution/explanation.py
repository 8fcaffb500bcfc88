"""What all methods share: which clips are explained, for which score, and the result."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

from cnnviz.attribution.attributions import attribute
from cnnviz.attribution.relevance import relevance_of
from cnnviz.attribution.selection import check_target, choose_clips
from cnnviz.attribution.target_scores import ScoreChoice
from cnnviz.parameters import Range, check_parameters
from cnnviz.run import name_of

if TYPE_CHECKING:
    from cnnviz.attribution.clip_relevance import ClipRelevance
    from cnnviz.attribution.target_scores import TargetScores
    from cnnviz.results import Relevance
    from cnnviz.run import Run


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation(ABC):
    """Parameters that every method has.

    A method is an analyzer in a file of ``cnnviz/attribution/methods``: a frozen dataclass
    that adds its own parameters, and the relevance of one clip.

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

    promises_completeness: ClassVar[bool] = False

    n_clips: Annotated[int, Range(1)] = 12
    clip_index: tuple[int, ...] = ()
    target: str = "predicted"
    score: ScoreChoice = "contrast"

    def __post_init__(self) -> None:
        check_parameters(self)
        check_target(self.target)

    @abstractmethod
    def relevance(self, scores: TargetScores, clip: int) -> ClipRelevance:
        """Relevance of one clip for its target."""

    def run(self, run: Run) -> Relevance:
        """Explain clips whose audio the capture keeps.

        Raises
        ------
        ParameterError
            If there is no capture or no model.
        UnsupportedModelError
            If the model has no graph, or its scores no gradient.
        """
        clips = choose_clips(
            run, n_clips=self.n_clips, target=self.target, clip_index=self.clip_index
        )
        found = attribute(self, run.network, clips.waveforms, clips.targets, progress=run.advance)
        return relevance_of(
            found,
            clips,
            method=name_of(self),
            tolerance=getattr(self, "tolerance", None),
            map_tolerance=getattr(self, "map_tolerance", None),
            provenance=run.provenance(self),
        )


def explains_classes(run: Run) -> bool:
    """Whether a report explains clips by their class."""
    return run.has_capture and run.has_classes
