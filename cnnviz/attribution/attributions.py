"""A method applied to clips: a borrowed model, targets, and what each clip gave."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from time import monotonic
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.attribution.checks.drawn_layers import layers_of
from cnnviz.attribution.checks.listening import listen
from cnnviz.attribution.checks.proof import prove
from cnnviz.attribution.checks.sanity import check_sanity, count_maps
from cnnviz.attribution.checks.silencing import silence_stretches
from cnnviz.attribution.checks.untrained import untrained_twin
from cnnviz.attribution.clip_relevance import (
    CellRelevance,
    ClipRelevance,
    SampleRelevance,
    completeness_error,
)
from cnnviz.attribution.each_clip import relevances_of
from cnnviz.attribution.planes import planes_of
from cnnviz.attribution.target_scores import (
    BUDGET_BYTES,
    TargetScores,
    differentiable_scores,
)
from cnnviz.errors import CnnvizError
from cnnviz.model import AudioModel
from cnnviz.results import Listening, Proof, Sanity, Silencing
from cnnviz.trace import shared_traces

if TYPE_CHECKING:
    from cnnviz.attribution.explanation import Explanation

_SEED = 0
Progress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Attributions:
    """What a method gave for clips, and what was explained.

    Parameters
    ----------
    clips
        Relevance of each clip that was explained.
    kept
        Their places among the clips that were to be, rising: fewer where there was no time.
    inputs
        x, (clip, samples): the waveforms, normalised where the frontend normalises each clip.
    scores
        Explained score of the clip, float64 (clip,).
    rivals
        Class that each target was held against, int64 (clip,); None: the target's own score.
    has_odds
        Whether it was held against all others.
    floor
        Of differences of scores, 1e-3 of the standard deviation of all scores of these clips,
        and of sums of |R|: a map with no more is flat.
    output
        What f is: ``"logits"``, ``"log_probabilities"`` or ``"values"``.
    silencing
        What became of the scores without the stretches that were marked.
    proof
        How faithful the maps are beside controls; None: not asked for.
    listening
        The part of each clip that its map marks, and the rest; None: not asked for.
    sanity
        Agreement of the maps with those of networks drawn anew; None: not asked for.
    """

    clips: tuple[ClipRelevance, ...]
    kept: tuple[int, ...]
    inputs: np.ndarray
    scores: np.ndarray
    rivals: np.ndarray | None
    has_odds: bool
    floor: float
    output: str
    silencing: Silencing
    proof: Proof | None = None
    listening: Listening | None = None
    sanity: Sanity | None = None

    @property
    def samples(self) -> np.ndarray | None:
        """R of each audio sample, (clip, samples); None where cells are no audio samples."""
        if not all(isinstance(clip, SampleRelevance) for clip in self.clips):
            return None
        return np.stack([clip.values for clip in self.clips])

    @property
    def masses(self) -> np.ndarray:
        """Sum of |R|, (clip,)."""
        return np.array([np.abs(clip.values).sum(dtype=np.float64) for clip in self.clips])

    @property
    def expected(self) -> np.ndarray | None:
        """What each sum of R should be, (clip,); None where nothing can be said."""
        expected = [clip.expected for clip in self.clips if clip.expected is not None]
        return np.array(expected) if expected else None

    @property
    def baseline_scores(self) -> np.ndarray | None:
        """Explained score of the baseline of each clip, (clip,)."""
        return None if self.expected is None else self.scores - self.expected

    @property
    def absorbed(self) -> np.ndarray | None:
        """Relevance that constants of the network kept, (clip,); None: there is a baseline."""
        clips = [clip for clip in self.clips if isinstance(clip, SampleRelevance)]
        absorbed = [clip.absorbed for clip in clips if clip.absorbed is not None]
        return np.array(absorbed) if absorbed else None

    @property
    def completeness_errors(self) -> np.ndarray | None:
        """|sum R - expected| / max(|expected|, floor), (clip,); None where nothing is expected.

        What constants absorbed is part of the sum.
        """
        errors = [completeness_error(clip, self.floor) for clip in self.clips]
        known = [error for error in errors if error is not None]
        return np.array(known) if known else None

    @property
    def map_errors(self) -> np.ndarray | None:
        """Distances of the maps of half the effort, (clip,); None for methods without steps."""
        errors = [clip.map_error for clip in self.clips if clip.map_error is not None]
        return np.array(errors) if errors else None

    @property
    def fits(self) -> np.ndarray | None:
        """R^2 of the model that a map is the coefficients of, (clip,); None for others."""
        fits = [c.fit for c in self.clips if isinstance(c, CellRelevance) and c.fit is not None]
        return np.array(fits) if fits else None

    @property
    def n_steps(self) -> np.ndarray | None:
        """Gradients or passes taken for each clip, (clip,); None: one."""
        steps = [clip.n_steps for clip in self.clips if clip.n_steps is not None]
        return np.array(steps) if steps else None


def attribute(  # noqa: PLR0913 (one parameter per thing that is known of the clips)
    method: Explanation,
    model: AudioModel,
    waveforms: np.ndarray,
    targets: np.ndarray,
    *,
    rivals: np.ndarray | None = None,
    groups: Sequence[str] = (),
    budget_bytes: int = BUDGET_BYTES,
    max_bytes: int | None = None,
    progress: Progress | None = None,
) -> Attributions:
    """Explain the target of each clip.

    Parameters
    ----------
    method
        With its parameters.
    model
        Borrowed: held in evaluation mode and given back as it was.
    waveforms
        (clip, samples).
    targets
        Class index per clip, (clip,).
    rivals
        Class that a contrast takes away, (clip,), -1: the runner-up; None: the runner-up of each.
    groups
        Speaker or recording of each clip; empty: not known.
    budget_bytes
        Memory that activations take where one pass needs less; sets how many run at once.
    max_bytes
        That they may take at most; None: a quarter of the memory that is free.
    progress
        Called with (clips done, clips in all).

    Raises
    ------
    ParameterError
        If a target is not one of the model's classes.
    UnsupportedModelError
        If the scores are not a finite, deterministic, differentiable function of the waveform.
    MemoryLimitError
        If one gradient needs more than `max_bytes`.
    """
    end = None if method.budget is None else monotonic() + method.budget
    with (
        shared_traces(),
        differentiable_scores(
            model,
            waveforms,
            targets,
            rivals=rivals,
            score=method.score,
            budget_bytes=budget_bytes,
            max_bytes=max_bytes,
        ) as asked,
    ):
        layers = layers_of(asked.model, asked.clips[:1]) if method.sanity else ()
        n_maps = 1 + method.proof + (count_maps(layers) if method.sanity else 0)
        advance = partial(_advance, progress, count(1), n_maps * len(waveforms))
        by_clip = relevances_of(method, asked, advance)
        kept, found = tuple(by_clip), tuple(by_clip.values())
        scores = asked.at(kept)
        groups = [groups[clip] for clip in kept] if groups else ("",) * len(found)
        explained = partial(_of_other, method, scores, advance)
        proof = listening = sanity = None
        if method.proof:
            clips = scores.clips.detach().cpu().numpy()
            planes = planes_of(found, clips, scores.sample_rate)
            untrained = untrained_twin(scores.model, seed=_SEED)
            twin = None if untrained is None else explained(untrained, clips)
            proof = prove(
                scores,
                planes,
                None if twin is None else planes_of(twin, clips, scores.sample_rate),
                groups=groups,
                seed=_SEED,
            )
            listening = listen(scores, planes, np.asarray(waveforms)[list(kept)])
        if method.sanity:
            sanity = check_sanity(scores, found, layers, explained, groups=groups, seed=_SEED)
        return Attributions(
            clips=found,
            kept=kept,
            inputs=scores.clips.detach().cpu().numpy(),
            scores=scores.clip_scores.cpu().numpy(),
            rivals=None if scores.rivals is None else scores.rivals.cpu().numpy(),
            has_odds=scores.has_odds,
            floor=scores.floor,
            output=scores.output,
            silencing=silence_stretches(scores, found, end=end),
            proof=proof,
            listening=listening,
            sanity=sanity,
        )


def _advance(progress: Progress | None, done: Iterator[int], total: int) -> None:
    if progress is not None:
        progress(next(done), total)


def _of_other(
    method: Explanation,
    scores: TargetScores,
    advance: Callable[[], None],
    model: AudioModel,
    clips: np.ndarray,
) -> tuple[ClipRelevance, ...] | None:
    """Relevance of the same targets for another network, or for changed clips."""
    try:
        with differentiable_scores(
            model,
            clips,
            scores.targets.cpu().numpy(),
            rivals=None if scores.rivals is None else scores.rivals.cpu().numpy(),
            score=method.score,
        ) as of_other:
            return tuple(relevances_of(replace(method, budget=None), of_other, advance).values())
    except CnnvizError:  # scores that are no numbers, or have no gradient
        return None
