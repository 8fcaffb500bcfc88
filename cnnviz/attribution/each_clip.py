"""A method applied to each clip: to several at once, or within a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from time import monotonic
from typing import TYPE_CHECKING

import torch

from cnnviz.attribution.clip_relevance import relevance_of_clip
from cnnviz.attribution.effort import within_seconds
from cnnviz.forked import in_forks
from cnnviz.model.device import one_thread
from cnnviz.results.clip_relevance import CellRelevance, SampleRelevance

if TYPE_CHECKING:
    from cnnviz.attribution.explanation import Explanation
    from cnnviz.attribution.target_scores import TargetScores
    from cnnviz.results.clip_relevance import ClipRelevance
    from cnnviz.store import Parts

_FOR_MAPS = 0.8  # of the time that a budget gives


Answer = tuple["TargetScores", "dict[int, ClipRelevance]", float | None]


def relevances_of_each(
    method: Explanation,
    asked: Sequence[TargetScores],
    advance: Callable[[], None],
    parts: Sequence[Parts] = (),
    *,
    begun: float | None = None,
) -> Iterator[Answer]:
    """Relevance of each clip for each target, of the clips that there is time for.

    Parameters
    ----------
    method
        How.
    asked
        Clips with a target each; several of them share the passes of their clips.
    advance
        Called when a clip has its first map.
    parts
        Where maps are left, and found again, of each target; within a budget they are not.
    begun
        When the time of a budget began, in seconds of `time.monotonic`; None: now.

    Yields
    ------
    tuple
        What was asked, relevance by clip, and when its time is over, in seconds of
        `time.monotonic`.
    """
    if method.budget is not None:
        start = monotonic() if begun is None else begun
        for scores in asked:
            end = start + method.budget
            seconds = start + _FOR_MAPS * method.budget - monotonic()
            yield scores, _within_budget(method, scores, seconds, advance), end
            start = monotonic()
        return
    found = [_usable(part.read(), asked[0]) for part in parts] or [{} for _ in asked]
    left = [clip for clip in range(len(asked[0].clips)) if not all(clip in one for one in found)]
    for _ in range((len(asked[0].clips) - len(left)) * len(asked)):
        advance()
    for clip, answers in _of_each_clip(method, asked, left):
        for of_target, answer in zip(found, answers, strict=True):
            of_target[clip] = answer
            advance()
        for part, of_target in zip(parts, found, strict=False):
            part.keep(of_target)
    for scores, of_target in zip(asked, found, strict=True):
        yield scores, dict(sorted(of_target.items())), None


def leave_maps(
    method: Explanation,
    asked: Sequence[TargetScores],
    parts: Sequence[Parts],
    clips: Sequence[int],
) -> None:
    """Leave the maps of some clips, for whoever explains all of them."""
    for clip, answers in _of_each_clip(method, asked, clips):
        for part, answer in zip(parts, answers, strict=True):
            part.keep({clip: answer}, at_once=True)


def _usable(records: Mapping[int, object], scores: TargetScores) -> dict[int, ClipRelevance]:
    """What a file may hold that anybody can write, as far as it is a map of such a clip."""
    n_samples = scores.clips.shape[1]

    def is_usable(record: object) -> bool:
        if isinstance(record, SampleRelevance):
            differences, coefficients = record.differences, record.coefficients
            is_of_clip = differences.ndim == 2 and differences.shape[1] == n_samples
            return is_of_clip and coefficients.shape == differences.shape and record.is_finite
        return isinstance(record, CellRelevance) and record.is_on_grid and record.is_finite

    return {clip: record for clip, record in records.items() if is_usable(record)}  # type: ignore[misc]


def _within_budget(
    method: Explanation, scores: TargetScores, seconds: float, advance: Callable[[], None]
) -> dict[int, ClipRelevance]:
    met = set[int]()

    def relevance(form: Explanation, clip: int) -> ClipRelevance:
        found = relevance_of_clip(form, scores, clip)
        scores.forget()
        if clip not in met:
            met.add(clip)
            advance()
        return found

    return within_seconds(method, scores, seconds, relevance=relevance)


def _of_each_clip(
    method: Explanation, asked: Sequence[TargetScores], clips: Sequence[int]
) -> Iterator[tuple[int, list[ClipRelevance]]]:
    """Relevance of each clip; on a processor as many clips at once as torch may take threads.

    One pass over few clips leaves threads idle: a clip on one thread beside another one takes
    less time than both in turn on two.
    """
    first = asked[0]
    n_threads = torch.get_num_threads() if first.clips.device.type == "cpu" else 1

    def explain(clip: int) -> list[ClipRelevance]:
        answers = [relevance_of_clip(method, scores, clip) for scores in asked]
        first.forget()
        return answers

    for place, answers in in_forks(
        explain, clips, n_processes=min(n_threads, first.n_beside), sharing=one_thread
    ):
        yield clips[place], answers
