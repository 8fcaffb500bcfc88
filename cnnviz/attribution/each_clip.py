"""A method applied to each clip: to several at once, or within a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from time import monotonic
from typing import TYPE_CHECKING

import torch

from cnnviz.attribution.clip_relevance import relevance_of_clip
from cnnviz.attribution.effort import within_seconds
from cnnviz.forked import in_forks
from cnnviz.model.device import one_thread

if TYPE_CHECKING:
    from cnnviz.attribution.clip_relevance import ClipRelevance
    from cnnviz.attribution.explanation import Explanation
    from cnnviz.attribution.target_scores import TargetScores

_FOR_MAPS = 0.8  # of the time that a budget gives


Answer = tuple["TargetScores", "dict[int, ClipRelevance]", float | None]


def relevances_of_each(
    method: Explanation, asked: Sequence[TargetScores], advance: Callable[[], None]
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

    Yields
    ------
    tuple
        What was asked, relevance by clip, and when its time is over, in seconds of
        `time.monotonic`.
    """
    if method.budget is not None:
        for scores in asked:
            end = monotonic() + method.budget
            yield scores, _within_budget(method, scores, advance), end
        return
    found = _of_each_clip(method, asked, advance)
    for place, scores in enumerate(asked):
        yield scores, {clip: found[clip][place] for clip in sorted(found)}, None


def _within_budget(
    method: Explanation, scores: TargetScores, advance: Callable[[], None]
) -> dict[int, ClipRelevance]:
    assert method.budget is not None
    met = set[int]()

    def relevance(form: Explanation, clip: int) -> ClipRelevance:
        found = relevance_of_clip(form, scores, clip)
        scores.forget()
        if clip not in met:
            met.add(clip)
            advance()
        return found

    return within_seconds(method, scores, _FOR_MAPS * method.budget, relevance=relevance)


def _of_each_clip(
    method: Explanation, asked: Sequence[TargetScores], advance: Callable[[], None]
) -> dict[int, list[ClipRelevance]]:
    """Relevance of each clip; on a processor as many clips at once as torch may take threads.

    One pass over few clips leaves threads idle: a clip on one thread beside another one takes
    less time than both in turn on two.
    """
    first = asked[0]
    found: dict[int, list[ClipRelevance]] = {}
    n_threads = torch.get_num_threads() if first.clips.device.type == "cpu" else 1

    def explain(clip: int) -> list[ClipRelevance]:
        answers = [relevance_of_clip(method, scores, clip) for scores in asked]
        first.forget()
        return answers

    for clip, answers in in_forks(
        explain,
        range(len(first.clips)),
        n_processes=min(n_threads, first.n_beside),
        sharing=one_thread,
    ):
        found[clip] = answers
        for _ in answers:
            advance()
    return found
