"""Which frequencies the scores of each class rest on, by relevance and by taking bands out.

Bands are equally wide in ERBs. Their importance is the sum of relevance in them; the fall of the
score without each band, by the linear-phase filters of band occlusion, says whether that is so.
Two curves that merely follow the sound agree as well, so that the energy of the clips stands
beside. It is made on request.

References
----------
Glasberg and Moore, "Derivation of auditory filter shapes from notched-noise data" (1990).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal, cast

import numpy as np

from cnnviz import registry
from cnnviz.analyzer import analyzer_class
from cnnviz.analyzers._frequency_findings import agreement_findings, convergence_findings
from cnnviz.attribution.clips_by_class import clips_of_each_class
from cnnviz.attribution.differentiable_scores import differentiable_scores
from cnnviz.attribution.frequency_bands import ClipBands, bands_of_clip, onset_times
from cnnviz.attribution.selection import choose_clips
from cnnviz.attribution.target_scores import ScoreChoice, TargetScores
from cnnviz.dsp.segments import band_edges
from cnnviz.evaluation.agreement import agree
from cnnviz.evaluation.groups import number_groups
from cnnviz.evaluation.means import mean_intervals
from cnnviz.parameters import Range, check_parameters
from cnnviz.results.attribution import name_score
from cnnviz.results.frequency_importance import BandCurves, FrequencyImportance
from cnnviz.trace import shared_traces

if TYPE_CHECKING:
    from cnnviz.analyzer import Analyzer
    from cnnviz.attribution.explanation import Explanation
    from cnnviz.attribution.selection import ChosenClips
    from cnnviz.run import Run


@dataclass(frozen=True, kw_only=True, slots=True)
class BandImportance:
    """Explain clips of every class, and hold the relevance of bands against their ablation.

    Parameters
    ----------
    method
        What gives the relevance: an attribution method, with its default parameters.
    n_per_class
        Clips of a class to explain, spread over speakers or recordings, at most.
    n_bands
        Bands of frequency; fewer could not tell agreement from chance.
    target
        ``"label"`` explains the true class of each clip, and the predicted one where that is not
        known; ``"predicted"`` the class with the largest score.
    against, score
        As of an explanation: what a contrast takes away, the ``"runner_up"`` or a class; and
        ``"contrast"``, ``"log_odds"``, ``"log_probability"`` or ``"logit"``.
    seed
        Of the resampled speakers or recordings.
    """

    method: str = "integrated_gradients"
    n_per_class: Annotated[int, Range(1)] = 8
    n_bands: Annotated[int, Range(20, 96)] = 24
    target: Literal["label", "predicted"] = "label"
    against: str = "runner_up"
    score: ScoreChoice = "contrast"
    seed: Annotated[int, Range(0)] = 0

    def __post_init__(self) -> None:
        check_parameters(self)
        analyzer_class(self.method, registry.METHODS)  # refuses an unknown name

    def run(self, run: Run) -> FrequencyImportance:
        """Explain clips whose audio the capture keeps.

        Raises
        ------
        ParameterError
            If there is no capture or no model, or the outputs are no classes.
        UnsupportedModelError
            If the scores are not a finite, differentiable function of the waveform.
        """
        clips = choose_clips(
            run,
            n_clips=1,
            clip_index=clips_of_each_class(run, n_clips=self.n_per_class, target=self.target),
            target=self.target,
            against=self.against,
        )
        model = run.network.with_samples(clips.waveforms.shape[1])
        with (
            shared_traces(),
            differentiable_scores(
                model, clips.waveforms, clips.targets, rivals=clips.rivals, score=self.score
            ) as scores,
        ):
            found = self._bands(run, scores)
            kind = "contrast" if scores.rivals is not None else "class"
            words = name_score("log_odds" if scores.has_odds else kind, scores.output)
        return self._result(run, clips, found, words)

    def _bands(self, run: Run, scores: TargetScores) -> list[ClipBands]:
        """Each clip explained and filtered."""
        kind = analyzer_class(self.method, registry.METHODS)
        method, found = cast("Explanation", kind(score=self.score)), []
        for clip in range(len(scores.clips)):
            found.append(bands_of_clip(method, scores, clip, n_bands=self.n_bands))
            run.advance(len(found), len(scores.clips))
        return found

    def _result(
        self, run: Run, clips: ChosenClips, found: Sequence[ClipBands], score: str
    ) -> FrequencyImportance:
        """Means over the clips of each class, and how they agree."""
        explained, classes = np.unique(clips.targets, return_inverse=True)
        groups = number_groups(clips.groups, len(found))
        importance, ablation, energy = (
            np.stack([getattr(one, name) for one in found])  # (clip, band)
            for name in ("importance", "ablation", "energy")
        )
        agreement = agree(
            importance, energy, ablation, classes=classes, groups=groups, seed=self.seed
        )
        n_converged = sum(one.is_converged for one in found)
        of_class = classes == np.arange(len(explained))[:, None]  # (class, clip)
        aligned = [_aligned(found, own) for own in of_class]
        times = onset_times(clips.waveforms.shape[1], clips.sample_rate)
        maps = [np.zeros((self.n_bands, len(times))) if not a else np.mean(a, 0) for a in aligned]
        return FrequencyImportance(
            method=self.method,
            score=score,
            edges_hz=band_edges(self.n_bands, clips.sample_rate),
            class_names=tuple(clips.name_of(int(one)) for one in explained),
            clip_index=clips.clip_index,
            class_of_clip=classes,
            n_groups=np.array([len(np.unique(groups[own])) for own in of_class]),
            importance=_curves(importance, of_class, groups, self.seed),
            ablation=_curves(ablation, of_class, groups, self.seed),
            energy=np.stack([energy[own].mean(0) for own in of_class]),
            agreement=agreement.observed,
            energy_agreement=agreement.control,
            chance=agreement.rotated.max(0),
            lead=agreement.lead,
            maps=np.stack(maps).astype(np.float32),
            times=times,
            n_aligned=np.array([len(one) for one in aligned]),
            n_converged=n_converged,
            findings=agreement_findings(self.method, agreement)
            + convergence_findings(self.method, n_converged, len(found)),
            provenance=run.provenance(self),
        )


def in_report(run: Run) -> tuple[Analyzer, ...]:  # noqa: ARG001 (what every analyzer takes)
    """No report makes it unasked."""
    return ()


def _aligned(found: Sequence[ClipBands], own: np.ndarray) -> list[np.ndarray]:
    """What the clips of a class, bool (clip,), have from their onset on."""
    planes = [one.from_onset for one, is_own in zip(found, own, strict=True) if is_own]
    return [plane for plane in planes if plane is not None]


def _curves(values: np.ndarray, of_class: np.ndarray, groups: np.ndarray, seed: int) -> BandCurves:
    """Mean over the clips of each class and its interval, from (clip, band)."""
    ends = []
    for own in of_class:
        numbers = np.unique(groups[own], return_inverse=True)[1]
        ends.append(mean_intervals(values[own], numbers, seed=seed))
    low, high = np.stack(ends, axis=1)  # (end, class, band)
    return BandCurves(mean=np.stack([values[own].mean(0) for own in of_class]), low=low, high=high)
