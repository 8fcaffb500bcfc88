"""What all methods share: which clips are explained, for which score, and the result."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

from cnnviz.attribution.attribute import attribute_each, scores_of_each
from cnnviz.attribution.baselines import WORDS
from cnnviz.attribution.clip_choice import ClipChoice
from cnnviz.attribution.each_clip import leave_maps
from cnnviz.attribution.findings import budget_findings
from cnnviz.attribution.relevance import relevance_of
from cnnviz.parameters import Range
from cnnviz.run import name_of

if TYPE_CHECKING:
    from cnnviz.attribution.attributions import Attributions
    from cnnviz.attribution.selection import ChosenClips
    from cnnviz.attribution.target_scores import TargetScores
    from cnnviz.model import AudioModel
    from cnnviz.provenance import Provenance
    from cnnviz.results import Relevance
    from cnnviz.results.clip_relevance import ClipRelevance
    from cnnviz.run import Run
    from cnnviz.store import Parts


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation(ClipChoice, ABC):
    """Parameters that every method has, besides those of `ClipChoice`.

    A method is an analyzer in a file of ``cnnviz/attribution/methods``: a frozen dataclass
    that adds its own parameters, and the relevance of one clip.

    Parameters
    ----------
    proof
        Measure how faithful each map is: parts of the sound are taken out and left alone in the
        order of the map, and of maps of energy, of random places, of the untrained network.
        The part that each map marks, and the rest, are kept as sounds.
    budget
        Seconds that the maps may take: coarse maps of all clips come first, the closest
        decisions before others, then finer ones; None: as long as it takes.
    sanity
        Draw the layers of the network anew, one after the other from the output down, and measure
        how far each map agrees with its own; and how far a little noise moves it. It takes a map
        for each layer and five more.
    """

    proof: bool = False
    budget: Annotated[float, Range(above=0)] | None = None
    sanity: bool = False

    @property
    def baseline_words(self) -> str | None:
        """What the clip is compared with; None: nothing."""
        return WORDS["silence"]

    def coarser(self) -> Explanation | None:
        """The same method with about a quarter of the effort; None: there is no such form."""
        return None

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
        (result,) = self.run_each(run, [self])
        return result

    def run_each(self, run: Run, explanations: Sequence[Explanation]) -> Iterator[Relevance]:
        """Explain clips by this method for the targets of each; raises as `run`.

        What a killed run left of single clips is not made again.
        """
        choices, provenances, parts = asked_of(run, explanations)
        return self.explain_each(
            run.network,
            choices,
            provenances=provenances,
            progress=run.advance,
            max_bytes=run.options.max_bytes,
            parts=parts,
        )

    def leave(self, run: Run, explanations: Sequence[Explanation], places: Sequence[int]) -> None:
        """Leave the maps of some of the chosen clips in the run's folder, for `run_each`."""
        choices, _, parts = asked_of(run, explanations)
        with scores_of_each(
            run.network,
            choices[0].waveforms,
            [clips.targets for clips in choices],
            rivals=[clips.rivals for clips in choices],
            score=self.score,
            max_bytes=run.options.max_bytes,
        ) as asked:
            leave_maps(self, asked, parts, places)

    def explain_each(
        self,
        model: AudioModel,
        choices: Sequence[ChosenClips],
        *,
        provenances: Sequence[Provenance],
        progress: Callable[[int, int], None] | None = None,
        max_bytes: int | None = None,
        parts: Sequence[Parts] = (),
    ) -> Iterator[Relevance]:
        """Explain the same clips with several targets, which share their forward passes.

        Parameters
        ----------
        model
            Borrowed, and given back as it was.
        choices
            The clips, with other targets each time.
        provenances
            What ran on what, of each.
        progress
            Called with (clips done, clips in all).
        max_bytes
            Memory that activations may take; None: a quarter of what is free.
        parts
            Where the maps of each are left, and found again.
        """
        answers = attribute_each(
            self,
            model,
            choices[0].waveforms,
            [clips.targets for clips in choices],
            rivals=[clips.rivals for clips in choices],
            groups=choices[0].groups,
            progress=progress,
            max_bytes=max_bytes,
            parts=parts,
        )
        for found, clips, provenance in zip(answers, choices, provenances, strict=True):
            yield self._result(found, clips, provenance)

    def _result(self, found: Attributions, clips: ChosenClips, provenance: Provenance) -> Relevance:
        result = relevance_of(
            found,
            clips.at(found.kept),
            method=name_of(self),
            baseline=self.baseline_words,
            tolerance=getattr(self, "tolerance", None),
            map_tolerance=getattr(self, "map_tolerance", None),
            provenance=provenance,
        )
        if self.budget is None:
            return result
        said = budget_findings(
            result.method, self.budget, n_asked=len(clips.clip_index), checks=result.checks
        )
        return replace(result, findings=said + result.findings)


def asked_of(
    run: Run, explanations: Sequence[Explanation]
) -> tuple[list[ChosenClips], list[Provenance], list[Parts]]:
    """Clips of each explanation, its record, and where its maps are left in a run with a folder."""
    choices = [one.chosen(run) for one in explanations]
    provenances = [run.provenance(one) for one in explanations]
    if run.folder is None:
        return choices, provenances, []
    from cnnviz.store import parts_of

    parts = [
        parts_of(run.path_of(f"{one.analyzer}-{one.digest}"), one, clips.clip_index.tolist())
        for one, clips in zip(provenances, choices, strict=True)
    ]
    return choices, provenances, parts


def explains_classes(run: Run) -> bool:
    """Whether a report explains clips by their class."""
    return run.has_capture and run.has_classes
