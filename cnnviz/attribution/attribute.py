"""A method applied to clips: a borrowed model, targets, and what each clip gave."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from time import monotonic
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz.attribution.attributions import Attributions
from cnnviz.attribution.checks.listening import listen
from cnnviz.attribution.checks.proof import prove
from cnnviz.attribution.checks.sanity import check_sanity, count_maps
from cnnviz.attribution.checks.silencing import silence_stretches
from cnnviz.attribution.differentiable_scores import BUDGET_BYTES, differentiable_scores
from cnnviz.attribution.each_clip import relevances_of_each
from cnnviz.attribution.planes import planes_of
from cnnviz.attribution.target_scores import TargetScores
from cnnviz.errors import CnnvizError
from cnnviz.model import AudioModel
from cnnviz.results.clip_relevance import ClipRelevance
from cnnviz.trace import shared_traces
from cnnviz.untrained.drawn_layers import Layers, layers_of
from cnnviz.untrained.twin import untrained_twin

if TYPE_CHECKING:
    from cnnviz.attribution.explanation import Explanation
    from cnnviz.store import Parts

_SEED = 0
Progress = Callable[[int, int], None]


def attribute(
    method: Explanation,
    model: AudioModel,
    waveforms: np.ndarray,
    targets: np.ndarray,
    *,
    rivals: np.ndarray | None = None,
    **others: Any,
) -> Attributions:
    """Explain the target of each clip; all else as in `attribute_each`.

    Parameters
    ----------
    method, model, waveforms
        As there.
    targets
        Class index per clip, (clip,).
    rivals
        Class that a contrast takes away, (clip,), -1: the runner-up; None: the runner-up of each.
    others
        As there.
    """
    (found,) = attribute_each(method, model, waveforms, [targets], rivals=[rivals], **others)
    return found


def attribute_each(  # noqa: PLR0913 (one parameter per thing that is known of the clips)
    method: Explanation,
    model: AudioModel,
    waveforms: np.ndarray,
    targets: Sequence[np.ndarray],
    *,
    rivals: Sequence[np.ndarray | None],
    groups: Sequence[str] = (),
    budget_bytes: int = BUDGET_BYTES,
    max_bytes: int | None = None,
    progress: Progress | None = None,
    parts: Sequence[Parts] = (),
) -> Iterator[Attributions]:
    """Explain several targets of each clip; gradients at a clip share one forward pass.

    Parameters
    ----------
    method
        With its parameters; its budget is that of each target.
    model
        Borrowed: held in evaluation mode and given back as it was.
    waveforms
        (clip, samples).
    targets
        Class index per clip, (clip,), of each target.
    rivals
        Class that a contrast takes away from each, (clip,), -1: the runner-up; None: the
        runner-up of each clip.
    groups
        Speaker or recording of each clip; empty: not known.
    budget_bytes
        Memory that activations take where one pass needs less; sets how many run at once.
    max_bytes
        That they may take at most; None: a quarter of the memory that is free.
    progress
        Called with (clips done, clips in all).
    parts
        Where the maps of each target are left, and found again.

    Raises
    ------
    ParameterError
        If a target is not one of the model's classes.
    UnsupportedModelError
        If the scores are not a finite, deterministic, differentiable function of the waveform.
    MemoryLimitError
        If one gradient needs more than `max_bytes`.
    """
    begun = monotonic()
    with scores_of_each(
        model,
        waveforms,
        targets,
        rivals=rivals,
        score=method.score,
        budget_bytes=budget_bytes,
        max_bytes=max_bytes,
    ) as asked:
        layers = layers_of(asked[0].model, asked[0].clips[:1]) if method.sanity else ()
        n_maps = 1 + method.proof + (count_maps(layers) if method.sanity else 0)
        total = n_maps * len(waveforms) * len(targets)
        question = _Question(
            method=method,
            waveforms=np.asarray(waveforms),
            groups=tuple(groups) or ("",) * len(waveforms),
            layers=layers,
            advance=partial(_advance, progress, count(1), total),
        )
        for scores, by_clip, end in relevances_of_each(
            method, asked, question.advance, parts, begun=begun
        ):
            yield question.answered(scores, by_clip, end)


@contextmanager
def scores_of_each(
    model: AudioModel,
    waveforms: np.ndarray,
    targets: Sequence[np.ndarray],
    *,
    rivals: Sequence[np.ndarray | None],
    **others: Any,
) -> Iterator[tuple[TargetScores, ...]]:
    """Borrow a model for several targets of the same clips; as `differentiable_scores`."""
    scores = differentiable_scores(model, waveforms, targets[0], rivals=rivals[0], **others)
    with shared_traces(), scores as first:
        yield first.each(targets, rivals) if len(targets) > 1 else (first,)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Question:
    """What is asked of clips, whatever the target."""

    method: Explanation
    waveforms: np.ndarray
    groups: tuple[str, ...]
    layers: Layers
    advance: Callable[[], None]

    def answered(
        self, asked: TargetScores, by_clip: Mapping[int, ClipRelevance], end: float | None
    ) -> Attributions:
        """Maps of the clips that there was time for, and what was asked to be measured of them."""
        kept, found = tuple(by_clip), tuple(by_clip.values())
        scores = asked.at(kept)
        groups = [self.groups[clip] for clip in kept]
        explained = partial(_of_other, self.method, scores, self.advance)
        clips = scores.clips.detach().cpu().numpy()
        proof = listening = sanity = None
        if self.method.proof:
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
            listening = listen(scores, planes, self.waveforms[list(kept)])
        if self.method.sanity:
            sanity = check_sanity(scores, found, self.layers, explained, groups=groups, seed=_SEED)
        return Attributions(
            clips=found,
            kept=kept,
            inputs=clips,
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
            as_long_as_it_takes = replace(method, budget=None)
            ((_, found, _),) = relevances_of_each(as_long_as_it_takes, (of_other,), advance)
            return tuple(found.values())
    except CnnvizError:  # scores that are no numbers, or have no gradient
        return None
