"""Why single clips were classified as they were."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.errors import ShapeError
from cnnviz.grid import Grid
from cnnviz.provenance import Provenance
from cnnviz.results._freeze import freeze
from cnnviz.results.finding import Finding
from cnnviz.results.listening import Listening
from cnnviz.results.proof import Proof, Silencing
from cnnviz.results.result import Result
from cnnviz.results.sanity import Sanity

if TYPE_CHECKING:
    import pandas

TARGET_KINDS = ("class", "contrast", "log_odds", "callable")
"""Score of a class, of one class less another, of one against all others, or by a function."""
DOMAINS = ("samples", "stft", "layer", "patches")
"""Audio samples, cells of an STFT, cells of a layer, or stretches that were occluded."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """The score that was explained, for each clip.

    Parameters
    ----------
    kind
        One of `TARGET_KINDS`.
    words
        What speaks for it, (clip,): the class, ``"output 3"``, ``"yes rather than no"``, the
        function's name.
    class_index
        Class or output explained, int (clip,); None where it is not the score of one.
    rival_index
        Class that a contrast takes away, int (clip,); None for other kinds.
    """

    kind: str = "class"
    words: tuple[str, ...]
    class_index: np.ndarray | None = None
    rival_index: np.ndarray | None = None

    def __post_init__(self) -> None:
        assert self.kind in TARGET_KINDS, self.kind
        freeze(self, words=("clip",), class_index=("clip",), rival_index=("clip",))


def name_score(kind: str, output: str) -> str:
    """What a score is, in words, from the kind of its target and what outputs are."""
    if kind == "contrast":
        return "contrast, " + {"logits": "in logits"}.get(output, "in nats")
    if kind == "log_odds":
        return "log-odds"
    if kind == "callable":
        return "function of the scores"
    return {"logits": "logit", "log_probabilities": "log-probability"}.get(output, output)


@dataclass(frozen=True, kw_only=True, slots=True)
class RelevanceMap:
    """Signed relevance of each cell of one domain.

    Parameters
    ----------
    domain
        One of `DOMAINS`.
    values
        float32 (clip, frequency, time), without the axes that `grid` has not.
    grid
        Axes in Hz and s.
    layer
        Layer whose cells these are; None for a domain of the input.
    """

    domain: str
    values: np.ndarray
    grid: Grid
    layer: str | None = None

    def __post_init__(self) -> None:
        assert self.domain in DOMAINS, self.domain
        axes = (len(self.grid.frequencies), len(self.grid.times))
        freeze(self, values=("clip", *(length for length in axes if length)))

    @property
    def is_plane(self) -> bool:
        """Whether it has both frequency and time."""
        return self.values.ndim == 3

    @property
    def totals(self) -> np.ndarray:
        """Sum over all cells, float64 (clip,)."""
        cells = tuple(range(1, self.values.ndim))
        totals: np.ndarray = self.values.sum(axis=cells, dtype=np.float64)
        return totals


PER_CLIP = (
    *("completeness_errors", "map_errors", "is_flat", "converged", "energy_correlations"),
    *("fits", "absorbed", "n_steps"),
)
"""Checks with one number per clip."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Checks:
    """How far relevance can be trusted, mostly per clip; None: not a check of the method.

    Parameters
    ----------
    completeness_errors
        |sum R - (f(x) - f(x'))| / max(|f(x) - f(x')|, floor), (clip,); for methods that
        promise no completeness it says how far they are from it. Of methods without a baseline
        |sum R + absorbed - f(x)| / max(|f(x)|, floor).
    map_errors
        Relative L2 distance of the map of half the steps of a path, or of half the random draws,
        from that of all, (clip,); NaN of a single step.
    is_flat
        Whether sum |relevance| is below rounding, so that the map says nothing, (clip,).
    converged
        Whether the method got within its tolerances, of completeness where it promises that and
        of the map where it has steps, (clip,); a flat map never did.
    energy_correlations
        Spearman correlation of |relevance| with the energy of the clip over 10 ms frames,
        (clip,). No verdict follows from it: it is near .8 for trained and untrained networks.
    fits
        R^2 of a model whose coefficients are the relevance, on sounds it was not fitted to,
        (clip,): how far the score is a sum over the cells at all.
    absorbed
        Part of f(x) that constants of the network kept, biases above all, (clip,); it is part of
        no map.
    n_steps
        Gradients or passes taken, (clip,).
    tolerance, map_tolerance
        Largest completeness and map error of a converged clip.
    """

    completeness_errors: np.ndarray | None = None
    map_errors: np.ndarray | None = None
    is_flat: np.ndarray | None = None
    converged: np.ndarray | None = None
    energy_correlations: np.ndarray | None = None
    fits: np.ndarray | None = None
    absorbed: np.ndarray | None = None
    n_steps: np.ndarray | None = None
    tolerance: float | None = None
    map_tolerance: float | None = None

    def __post_init__(self) -> None:
        freeze(self, **dict.fromkeys(PER_CLIP, ("clip",)))


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class Relevance(Result):
    """Signed relevance for one target per clip, by one method, in one or more domains.

    Parameters
    ----------
    method
        Published name, such as ``"integrated_gradients"``.
    clip_index
        Positions in the run's clips, (clip,).
    target
        What was explained.
    output
        What scores are: ``"logits"``, ``"log_probabilities"`` or ``"values"``, outputs that
        are no scores of classes.
    scores, baseline_scores
        Score of the target for the clip and for the baseline, (clip,).
    baseline
        The reference input in words, with unit; None, as its scores, for methods without.
    sample_rate
        Hz of the waveforms that were explained.
    maps
        The relevance, in one domain or more.
    promises_completeness
        Whether relevance should sum to scores - baseline_scores, without a baseline to
        scores - checks.absorbed; `checks.converged` says where.
    checks
        How far to trust each clip's maps.
    silencing
        What becomes of the scores without the stretches that relevance marks; None: not tried.
    proof
        How faithful the maps are beside controls; None: not asked for.
    listening
        The part of each clip that its map marks, and the rest; None: not asked for.
    sanity
        Agreement of the maps with those of networks drawn anew; None: not asked for.
    n_steps
        Gradients per clip of a path method, at most; None for others.
    true_classes, predicted_classes
        Of each clip, (clip,), ``""`` where a label is not known; empty where the outputs are no
        classes, and in results of older versions.
    findings
        What there is to say about single clips.
    """

    method: str
    clip_index: np.ndarray
    target: Target
    output: str
    scores: np.ndarray
    baseline_scores: np.ndarray | None = None
    baseline: str | None = None
    sample_rate: int
    maps: tuple[RelevanceMap, ...]
    promises_completeness: bool = False
    checks: Checks = Checks()
    silencing: Silencing | None = None
    proof: Proof | None = None
    listening: Listening | None = None
    sanity: Sanity | None = None
    n_steps: int | None = None
    true_classes: tuple[str, ...] = ()
    predicted_classes: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    provenance: Provenance

    def __post_init__(self) -> None:
        is_checked = self.checks.converged is not None
        assert is_checked or not self.promises_completeness, "a promise comes with its check"
        freeze(self, clip_index=("clip",), scores=("clip",), baseline_scores=("clip",))
        classes = (self.true_classes or None, self.predicted_classes or None)
        maps = (one.values for one in self.maps)
        given = (self.target.words, *classes, *self._checks().values(), *maps)
        wrong = [len(part) for part in given if part is not None and len(part) != self.n_clips]
        if wrong or not self.maps:
            raise ShapeError(
                f"Relevance of {self.n_clips} clips has {len(self.maps)} maps, and parts of "
                f"{wrong} clips; allowed: one map or more, and one entry per clip"
            )

    @property
    def n_clips(self) -> int:
        """Clips that were explained."""
        return len(self.clip_index)

    @property
    def score_name(self) -> str:
        """What the explained score is, in words."""
        return name_score(self.target.kind, self.output)

    @property
    def samples(self) -> RelevanceMap | None:
        """Relevance of each audio sample."""
        return next((part for part in self.maps if part.domain == "samples"), None)

    @property
    def plane(self) -> RelevanceMap | None:
        """The first map over frequency and time."""
        return next((part for part in self.maps if part.is_plane), None)

    @property
    def waveform(self) -> np.ndarray | None:
        """Relevance of each audio sample, (clip, samples); None: the method gives none."""
        return None if self.samples is None else self.samples.values

    @property
    def time_frequency(self) -> np.ndarray | None:
        """Relevance over the plane, (clip, frequency, time); None: the method gives none."""
        return None if self.plane is None else self.plane.values

    @property
    def times(self) -> np.ndarray:
        """Seconds of each cell of `time_frequency`, else of the first map."""
        return (self.plane or self.maps[0]).grid.times

    @property
    def frequencies(self) -> np.ndarray:
        """Hz of each cell of `time_frequency`, else of the first map; may be empty."""
        return (self.plane or self.maps[0]).grid.frequencies

    def to_dataframe(self) -> "pandas.DataFrame":
        """One row per explained clip; what a method has not is None."""
        import pandas

        return pandas.DataFrame(
            {
                "clip_index": self.clip_index,
                "target_names": self.target.words,
                "true_classes": self.true_classes or None,
                "predicted_classes": self.predicted_classes or None,
                "scores": self.scores,
                "baseline_scores": self.baseline_scores,
                **self._checks(),
            }
        )

    def _checks(self) -> dict[str, np.ndarray | None]:
        return {name: getattr(self.checks, name) for name in PER_CLIP}
