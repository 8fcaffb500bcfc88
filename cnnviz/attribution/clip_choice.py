"""Parameters that say which clips are explained, for which score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from cnnviz.attribution.selection import choose_clips
from cnnviz.attribution.target_scores import ScoreChoice
from cnnviz.parameters import Range, check_parameters

if TYPE_CHECKING:
    from cnnviz.attribution.selection import ChosenClips
    from cnnviz.run import Run


@dataclass(frozen=True, kw_only=True, slots=True)
class ClipChoice:
    """Parameters of whatever explains single clips.

    Parameters
    ----------
    n_clips
        Clips to explain, spread over classes, right and wrong ones, at most.
    clip_index
        Explain just these clips, by their position in the run; empty: a choice of `n_clips`.
    target
        ``"predicted"`` explains the output with the largest score, ``"top2"`` that with the
        second largest and so on, ``"label"`` the true class, a class by its name, or an output by
        its index, such as ``"3"``.
    score
        ``"contrast"``: the score of that class less that of another one; ``"log_odds"``;
        ``"log_probability"``; or ``"logit"``, which a shift common to all classes moves
        although it changes no probability. Outputs that are no scores explain themselves.
    against
        What a contrast takes away: ``"runner_up"``, the largest score but the target's, or a
        class as in `target`; of a clip where that is the target itself, the runner-up.
    """

    n_clips: Annotated[int, Range(1)] = 12
    clip_index: tuple[int, ...] = ()
    target: str = "predicted"
    score: ScoreChoice = "contrast"
    against: str = "runner_up"

    def __post_init__(self) -> None:
        check_parameters(self)

    def chosen(self, run: Run) -> ChosenClips:
        """The clips of a run; raises as `choose_clips`."""
        return choose_clips(
            run,
            n_clips=self.n_clips,
            target=self.target,
            against=self.against,
            clip_index=self.clip_index,
        )
