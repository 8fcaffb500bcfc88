"""What units listen to, in the words of a vocabulary of sounds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz.provenance import Provenance
from cnnviz.results._freeze import freeze
from cnnviz.results._unit_table import unit_table
from cnnviz.results.finding import Finding
from cnnviz.results.result import Result

if TYPE_CHECKING:
    import pandas

UNNAMED = "unnamed"
_LEAST_LABELLED = 0.15  # of the words; labels of narrower kinds run into each other on a phone


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerNames:
    """Names of the units of one layer.

    Parameters
    ----------
    layer
        Name of the layer call.
    reading
        What is read off: ``"conv1, after batch-norm, relu"``.
    has_interior
        Whether the cells that were read see no ramp and no padding.
    word_index, runner_up_index
        Words that name each unit, by number, int (unit,); -1 where none does.
    auroc, d_prime
        Of each word against all others, float32 (unit, word).
    q_value
        False discovery rate at which a word is told apart, float32 (unit, word).
    score
        How far the best word stands out: 0 at the upper quartile of untrained units, 1 where 95 %
        of them stay below, float64 (unit,); -inf where none is told apart.
    limit
        Score above which a unit has a name; infinite where too few untrained units are known.
    twin_scores
        Of the units of untrained twins, float64 (twin, unit).
    twin_counts
        Named units of each twin, held against the others, int (twin,).
    """

    layer: str
    reading: str
    has_interior: bool
    word_index: np.ndarray
    runner_up_index: np.ndarray
    auroc: np.ndarray
    d_prime: np.ndarray
    q_value: np.ndarray
    score: np.ndarray
    limit: float
    twin_scores: np.ndarray
    twin_counts: np.ndarray

    def __post_init__(self) -> None:
        freeze(
            self,
            **dict.fromkeys(("word_index", "runner_up_index", "score"), ("unit",)),
            **dict.fromkeys(("auroc", "d_prime", "q_value"), ("unit", "word")),
            twin_scores=("twin", "unit"),
            twin_counts=("twin",),
        )

    @property
    def is_named(self) -> np.ndarray:
        """Which units have a name, bool (unit,)."""
        return np.asarray(self.word_index >= 0)


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class UnitNames(Result):
    """Names of units, by the sounds that they tell from all others.

    Parameters
    ----------
    sample_rate
        Hz.
    n_samples
        Of each sound, in audio samples.
    n_exemplars
        Sounds of each word.
    words, families
        Of the vocabulary, and the kind of each, (word,).
    low_hz, high_hz
        Band of each word, (word,); NaN where it has none.
    layers
        In order of execution.
    findings
        How many units have names, and what cannot be said.
    """

    sample_rate: int
    n_samples: int
    n_exemplars: int
    words: tuple[str, ...]
    families: tuple[str, ...]
    low_hz: np.ndarray
    high_hz: np.ndarray
    layers: tuple[LayerNames, ...]
    findings: tuple[Finding, ...] = ()
    provenance: Provenance

    def __post_init__(self) -> None:
        axes = dict.fromkeys(("words", "families", "low_hz", "high_hz"), ("word",))
        freeze(self, **axes)

    def names(self, layer: LayerNames) -> tuple[str, ...]:
        """Name of each unit of a layer, or ``"unnamed"``."""
        return tuple(self.words[k] if k >= 0 else UNNAMED for k in layer.word_index)

    def to_dataframe(self) -> "pandas.DataFrame":
        """One row per unit: its name, how well it tells it apart, and the runner-up."""
        return unit_table({layer.layer: self._columns(layer) for layer in self.layers})

    def _columns(self, layer: LayerNames) -> dict[str, Any]:
        shown = shown_words(layer)
        rows = np.arange(len(shown))
        return {
            "name": self.names(layer),
            "best_word": [self.words[k] for k in shown],
            "auroc": layer.auroc[rows, shown],
            "d_prime": layer.d_prime[rows, shown],
            "q_value": layer.q_value[rows, shown],
            "runner_up": [self.words[k] if k >= 0 else "" for k in layer.runner_up_index],
            "score": layer.score,
            "limit": layer.limit,
        }


def shown_words(layer: LayerNames) -> np.ndarray:
    """The word that names each unit, or the one it tells apart best, int (unit,)."""
    return np.where(layer.is_named, layer.word_index, layer.auroc.argmax(axis=1))


def by_name(layer: LayerNames) -> np.ndarray:
    """Order of units: named ones by their word, then the others, int (unit,)."""
    rank = np.where(layer.is_named, layer.word_index, layer.auroc.shape[1])
    return np.argsort(rank, kind="stable")


def label_kinds(families: Sequence[str]) -> tuple[tuple[float, str], ...]:
    """Labels along the words: wide kinds in their middle, and all behind them as ``"others"``.

    Parameters
    ----------
    families
        Of the words, (word,); those of a kind stand together.

    Returns
    -------
    tuple of (float, str)
        Share of the words to the left, and the label.

    Examples
    --------
    >>> label_kinds(["tone", "tone", "tone", "up-chirp", "down-chirp", "click", "onset", "AM"])
    ((0.1875, 'tone'), (0.5, 'chirp'), (0.8125, 'others'))
    """
    kinds = [family.removeprefix("up-").removeprefix("down-") for family in families]
    n = len(kinds)
    wide = [kind for kind in dict.fromkeys(kinds) if kinds.count(kind) > _LEAST_LABELLED * n]
    ends = [0, *(kinds.index(kind) + kinds.count(kind) for kind in wide)]
    middles = [end - kinds.count(kind) / 2 for kind, end in zip(wide, ends[1:], strict=True)]
    labels = [kind.removesuffix(" band") for kind in wide]
    if ends[-1] < n:
        middles, labels = [*middles, (ends[-1] + n) / 2], [*labels, "others"]
    return tuple((middle / n, label) for middle, label in zip(middles, labels, strict=True))
