"""A method applied to each clip: to several at once, or within a time."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
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


def relevances_of(
    method: Explanation, scores: TargetScores, advance: Callable[[], None]
) -> dict[int, ClipRelevance]:
    """Relevance of each clip, of those that there is time for.

    Parameters
    ----------
    method, scores
        How, and what is explained.
    advance
        Called when a clip has its first map.
    """
    if method.budget is None:
        return _of_each_clip(method, scores, advance)
    met = set[int]()

    def relevance(form: Explanation, clip: int) -> ClipRelevance:
        found = relevance_of_clip(form, scores, clip)
        if clip not in met:
            met.add(clip)
            advance()
        return found

    return within_seconds(method, scores, _FOR_MAPS * method.budget, relevance=relevance)


def _of_each_clip(
    method: Explanation, scores: TargetScores, advance: Callable[[], None]
) -> dict[int, ClipRelevance]:
    """Relevance of each clip; on a processor as many clips at once as torch may take threads.

    One pass over few clips leaves threads idle: a clip on one thread beside another one takes
    less time than both in turn on two.
    """
    found: dict[int, ClipRelevance] = {}
    n_threads = torch.get_num_threads() if scores.clips.device.type == "cpu" else 1
    for clip, relevance in in_forks(
        partial(relevance_of_clip, method, scores),
        range(len(scores.clips)),
        n_processes=min(n_threads, scores.n_beside),
        sharing=one_thread,
    ):
        found[clip] = relevance
        advance()
    return dict(sorted(found.items()))
