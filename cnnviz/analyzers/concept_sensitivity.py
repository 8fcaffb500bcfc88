"""Concepts given as folders of sounds, and which classes they move at a layer (TCAV).

A linear classifier tells the sounds of a concept from random clips of the run by what a layer
answers, mean over time; the normal of its plane is the concept activation vector. The TCAV score
of a class is the share of its clips whose logit rises along it. Scores are held against sets of
random clips in the place of the concept. It is made on request.

References
----------
Kim, Wattenberg, Gilmer, Cai, Wexler, Viegas and Sayres, "Interpretability Beyond Feature
Attribution: Quantitative Testing with Concept Activation Vectors" (2018).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

import numpy as np
import torch
from scipy import stats

from cnnviz.analyzers._concept_findings import concept_findings
from cnnviz.analyzers._concept_sounds import concept_sounds, digest_of_files
from cnnviz.analyzers._labelled_clips import labelled_clips
from cnnviz.attribution.differentiable_scores import differentiable_scores
from cnnviz.attribution.layer_cells import answers
from cnnviz.attribution.target_scores import TargetScores, batches
from cnnviz.errors import ParameterError
from cnnviz.evaluation.concepts import ClipSlopes, ConceptScores, score_concepts
from cnnviz.parameters import Range, check_parameters
from cnnviz.probing import UnitLayer, listening, unit_layers
from cnnviz.probing.reading_point import ReadingPoint, reading_point
from cnnviz.results.concept_sensitivity import ConceptSensitivity, LayerConcepts

if TYPE_CHECKING:
    from cnnviz.analyzer import Analyzer
    from cnnviz.model import AudioModel
    from cnnviz.run import Run

_LEVEL = 0.05
_FEWEST_CLIPS = 10
_MOST_RANDOM = 9_999


@dataclass(frozen=True, kw_only=True, slots=True)
class _Sounds:
    """Waveforms of clips (clip, samples) with their classes (clip,), and of each concept.

    `n_random` is how many sets of these clips stand in the place of a concept.
    """

    clips: np.ndarray
    labels: np.ndarray
    concepts: Mapping[str, np.ndarray]
    n_random: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ConceptVectors:
    """Find the direction of each concept in a layer, and the classes whose scores rise along it.

    Parameters
    ----------
    concepts
        Folder with one sub-folder of ten sounds or more for each concept.
    layer
        Names of layers; none: the last convolution of those that are probed.
    n_clips
        Labelled clips with sound at most, spread over classes: those whose scores are looked at,
        and from which random clips are drawn.
    n_counter
        Sets of random clips that each concept is told from.
    n_random
        Sets of random clips in the place of a concept; more where so many pairs of concept and
        class are tested that p = 2 / (n + 1), the least there is, would not be enough for one of
        them, up to 9,999.
    seed
        Of everything that is drawn.
    """

    concepts: str = ""
    layer: tuple[str, ...] = ()
    n_clips: Annotated[int, Range(10)] = 256
    n_counter: Annotated[int, Range(2)] = 10
    n_random: Annotated[int, Range(20)] = 999
    seed: Annotated[int, Range(0)] = 0

    def __post_init__(self) -> None:
        check_parameters(self)

    @property
    def files_digest(self) -> str:
        """Of the sounds of the concepts."""
        return digest_of_files(self.concepts)

    def run(self, run: Run) -> ConceptSensitivity:
        """Hear the concepts and the clips, and take gradients at the clips.

        Raises
        ------
        ParameterError
            If there is no capture or no model, its outputs are no classes, there are fewer than
            ten labelled clips with sound, or no folder with enough sounds of each concept.
        AudioError
            If more than a tenth of the sounds of a concept cannot be decoded.
        LayerNotFoundError
            If the network has no such layer.
        UnsupportedModelError
            If hooks cannot reach a layer, or the scores have no gradient.
        """
        clips = labelled_clips(run, self.n_clips)
        if len(clips.index) < _FEWEST_CLIPS:
            raise ParameterError(
                f"{len(clips.index)} labelled clips whose sound is kept; allowed: "
                f"{_FEWEST_CLIPS} or more, from which random ones are drawn; capture more clips"
            )
        waveforms = run.capture.waveforms(clips.index)
        model = run.network.with_samples(waveforms.shape[1])
        concepts = concept_sounds(
            self.concepts, sample_rate=model.sample_rate, n_samples=waveforms.shape[1]
        )
        n_pairs = len(concepts) * len(np.unique(clips.labels)) * max(1, len(self.layer))
        sounds = _Sounds(
            clips=waveforms,
            labels=clips.labels,
            concepts=concepts,
            n_random=_sets_needed(n_pairs, self.n_random),
        )
        layers = unit_layers(model, self.layer)[slice(None) if self.layer else slice(-1, None)]
        points = [reading_point(model, layer, waveforms[:2]) for layer in layers]
        found = [self._scored(run, model, point, sounds) for point in points]
        result = ConceptSensitivity(
            concept_names=tuple(concepts),
            n_sounds=np.array([len(one) for one in concepts.values()]),
            n_used=found[0].n_used,
            class_names=clips.class_names,
            support=np.bincount(clips.labels, minlength=len(clips.class_names)),
            clip_index=clips.index,
            n_counter=self.n_counter,
            n_random=sounds.n_random,
            level=_LEVEL,
            layers=_layers(layers, points, found),
            provenance=run.provenance(self),
        )
        return replace(
            result,
            findings=tuple(f for one in result.layers for f in concept_findings(result, one)),
        )

    def _scored(
        self, run: Run, model: AudioModel, point: ReadingPoint, sounds: _Sounds
    ) -> ConceptScores:
        """Scores of all concepts at one layer."""
        with differentiable_scores(model, sounds.clips, sounds.labels, score="logit") as scores:
            activations, gradients = _at_clips(run, scores, point)
        clips = ClipSlopes(
            activations=activations,
            gradients=gradients,
            labels=sounds.labels,
            n_classes=len(model.class_names),
        )
        return score_concepts(
            clips,
            [_at_sounds(model, point, one) for one in sounds.concepts.values()],
            n_counter=self.n_counter,
            n_random=sounds.n_random,
            seed=self.seed,
        )


def in_report(run: Run) -> tuple[Analyzer, ...]:  # noqa: ARG001 (what every analyzer takes)
    """No report makes it unasked."""
    return ()


def _sets_needed(n_pairs: int, n_random: int) -> int:
    """So many that the least p, 2 / (n + 1), times all pairs is the level, within bounds."""
    return max(n_random, min(int(np.ceil(2 * n_pairs / _LEVEL)), _MOST_RANDOM))


def _at_clips(run: Run, scores: TargetScores, point: ReadingPoint) -> tuple[np.ndarray, np.ndarray]:
    """Mean over time of a layer, and the slope of the own score when it rises at all times.

    Both (clip, feature): a feature is a channel, or a channel at one frequency.
    """
    heard, slopes = [], []
    for index in batches(torch.arange(len(scores.clips)), scores.batch):
        places = index.to(scores.clips.device)
        own, gradients, _ = answers(scores, scores.clips[places], places, point.call)
        heard.append(own.double().mean(-1).flatten(1).cpu().numpy())
        slopes.append(gradients.double().sum(-1).flatten(1).cpu().numpy())
        run.advance(int(index[-1]) + 1, len(scores.clips))
    return np.concatenate(heard), np.concatenate(slopes)


def _at_sounds(model: AudioModel, point: ReadingPoint, sounds: np.ndarray) -> np.ndarray:
    """Mean over time of a layer, (sound, feature)."""
    layer = UnitLayer(call=point.call)
    with listening(model, [layer], n_samples=sounds.shape[1]) as listener:
        parts = [
            heard[layer.name].double().mean(-1).flatten(1).cpu().numpy()
            for heard in listener.answers(sounds)
        ]
    return np.concatenate(parts)


def _layers(
    layers: tuple[UnitLayer, ...], points: list[ReadingPoint], found: list[ConceptScores]
) -> tuple[LayerConcepts, ...]:
    """Records with false discovery rates over all layers (Benjamini and Hochberg, 1995)."""
    p = np.stack([one.p_value for one in found])  # (layer, concept, class)
    known, q = np.isfinite(p), np.ones(p.shape)
    q[known] = stats.false_discovery_control(p[known])
    return tuple(
        LayerConcepts(
            layer=layer.name,
            reading=point.reading,
            score=one.score,
            score_low=one.low,
            score_high=one.high,
            null_mean=one.null_mean,
            null_low=one.null_low,
            null_high=one.null_high,
            p_value=np.where(np.isfinite(one.p_value), one.p_value, 1.0),
            q_value=rates,
            accuracy=one.accuracy,
            accuracy_null=one.accuracy_null,
            accuracy_p=one.accuracy_p,
        )
        for layer, point, one, rates in zip(layers, points, found, q, strict=True)
    )
