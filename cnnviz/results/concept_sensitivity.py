"""What concepts, given as sounds, do to the scores of classes."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.provenance import Provenance
from cnnviz.results._freeze import freeze
from cnnviz.results.finding import Finding
from cnnviz.results.result import Result

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerConcepts:
    """Concepts at one layer; float64, NaN where a class has no clip.

    Parameters
    ----------
    layer, reading
        Name of the layer call, and what later layers see it through.
    score
        Share of the clips of a class whose own score rises along the concept, mean over
        counter-sets, (concept, class).
    score_low, score_high
        Smallest and largest over counter-sets, (concept, class).
    null_mean, null_low, null_high
        Of sets of random clips in the place of the concept: mean, and the middle 95 %,
        (concept, class).
    p_value, q_value
        Rank of the score among these, two-sided, and its false discovery rate over all concepts,
        classes and layers, (concept, class); 1 where there is no score.
    accuracy, accuracy_null, accuracy_p
        Of the classifier behind the vector on sounds left out, that of random clips in the place
        of the concept, and the rank of the former, (concept,).
    """

    layer: str
    reading: str
    score: np.ndarray
    score_low: np.ndarray
    score_high: np.ndarray
    null_mean: np.ndarray
    null_low: np.ndarray
    null_high: np.ndarray
    p_value: np.ndarray
    q_value: np.ndarray
    accuracy: np.ndarray
    accuracy_null: np.ndarray
    accuracy_p: np.ndarray

    def __post_init__(self) -> None:
        both = ("score", "score_low", "score_high", "null_mean", "null_low", "null_high")
        freeze(
            self,
            **dict.fromkeys((*both, "p_value", "q_value"), ("concept", "class")),
            **dict.fromkeys(("accuracy", "accuracy_null", "accuracy_p"), ("concept",)),
        )


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class ConceptSensitivity(Result):
    """Concept activation vectors and their scores for classes.

    Parameters
    ----------
    concept_names
        Folders of sounds, (concept,).
    n_sounds, n_used
        Sounds of each concept, and how many of them met as many clips in one classifier,
        int (concept,).
    class_names
        Of the model, (class,).
    support
        Clips of each class, int (class,).
    clip_index
        Clips of the run, (clip,).
    n_counter, n_random
        Counter-sets of each concept, and sets of random clips in its place.
    level
        p of a classifier, and false discovery rate of a score, below which they are told from
        chance.
    layers
        What each layer gives.
    findings
        Which concepts move which classes.
    """

    concept_names: tuple[str, ...]
    n_sounds: np.ndarray
    n_used: np.ndarray
    class_names: tuple[str, ...]
    support: np.ndarray
    clip_index: np.ndarray
    n_counter: int
    n_random: int
    level: float
    layers: tuple[LayerConcepts, ...]
    findings: tuple[Finding, ...] = ()
    provenance: Provenance

    def __post_init__(self) -> None:
        freeze(
            self,
            concept_names=("concept",),
            n_sounds=("concept",),
            n_used=("concept",),
            class_names=("class",),
            support=("class",),
            clip_index=("clip",),
        )

    def has_vector(self, layer: LayerConcepts) -> np.ndarray:
        """Whether a concept is told from random clips at a layer, bool (concept,)."""
        return np.asarray(layer.accuracy_p < self.level)

    def is_significant(self, layer: LayerConcepts) -> np.ndarray:
        """Whether a concept has a vector that moves a class, bool (concept, class)."""
        return np.asarray(self.has_vector(layer)[:, None] & (layer.q_value < self.level))

    def to_dataframe(self) -> "pandas.DataFrame":
        """One row per layer, concept and class."""
        import pandas

        n_concepts, n_classes = len(self.concept_names), len(self.class_names)
        frames = [
            pandas.DataFrame(
                {
                    "layer": one.layer,
                    "concept": np.repeat(self.concept_names, n_classes),
                    "class": np.tile(self.class_names, n_concepts),
                    "score": one.score.ravel(),
                    "random_mean": one.null_mean.ravel(),
                    "random_low": one.null_low.ravel(),
                    "random_high": one.null_high.ravel(),
                    "p": one.p_value.ravel(),
                    "q": one.q_value.ravel(),
                    "significant": self.is_significant(one).ravel(),
                    "cav_accuracy": np.repeat(one.accuracy, n_classes),
                    "has_cav": np.repeat(self.has_vector(one), n_classes),
                }
            )
            for one in self.layers
        ]
        return pandas.concat(frames, ignore_index=True)
