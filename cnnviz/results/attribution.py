"""Why single clips were classified as they were."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cnnviz.grid import Grid
from cnnviz.provenance import Provenance
from cnnviz.results._freeze import freeze
from cnnviz.results.result import Result


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class Attribution(Result):
    """Signed relevance of each input cell for one target, by one method.

    Parameters
    ----------
    method
        Published name, such as ``"integrated_gradients"``.
    clip_index, targets
        (clip,): position in the run's clips; class index explained.
    target_names
        Its class name, (clip,).
    waveform
        Relevance of each audio sample, float32 (clip, samples); sums to the explained
        difference of the score.
    time_frequency
        Relevance on the STFT plane, float32 (clip, frequency, time); same sum per clip.
    grid
        Axes of `time_frequency` in Hz and s.
    baseline
        The reference input in words, with unit.
    output
        What was explained: ``"logits"`` or ``"log_probabilities"``.
    scores, baseline_scores
        Score of the target for the clip and for the baseline, (clip,).
    completeness_errors
        |sum R - (f(x) - f(x'))| / max(|f(x) - f(x')|, floor), (clip,); for methods that
        promise no completeness it says how far they are from it.
    converged
        Whether the completeness error is within the tolerance of the method, (clip,).
    energy_correlations
        Spearman correlation of |relevance| with the energy of the clip over 10 ms frames,
        (clip,): a map that only repeats the envelope is near 1.
    n_steps
        Evaluations per clip of a path method, else 1.
    """

    columns: ClassVar[tuple[str, ...]] = (
        "clip_index",
        "target_names",
        "scores",
        "baseline_scores",
        "completeness_errors",
        "converged",
        "energy_correlations",
    )
    method: str
    clip_index: np.ndarray
    targets: np.ndarray
    target_names: tuple[str, ...]
    waveform: np.ndarray
    time_frequency: np.ndarray
    grid: Grid
    baseline: str
    output: str
    scores: np.ndarray
    baseline_scores: np.ndarray
    completeness_errors: np.ndarray
    converged: np.ndarray
    energy_correlations: np.ndarray
    n_steps: int
    provenance: Provenance

    def __post_init__(self) -> None:
        clip = ("clip_index", "targets", "target_names", "scores", "baseline_scores")
        more = ("completeness_errors", "converged", "energy_correlations")
        axes: dict[str, tuple[object, ...]] = dict.fromkeys(clip + more, ("clip",))
        axes["waveform"] = ("clip", "samples")
        axes["time_frequency"] = ("clip", "frequency", "time")
        freeze(self, **axes)
