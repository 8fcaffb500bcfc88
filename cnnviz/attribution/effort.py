"""The most telling maps that a time allows: coarse maps of all clips first, then finer ones."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.attribution.clip_relevance import is_as_promised

if TYPE_CHECKING:
    from cnnviz.attribution.explanation import Explanation
    from cnnviz.attribution.target_scores import TargetScores
    from cnnviz.results.clip_relevance import ClipRelevance

_GROWTH = 4  # of the time from one effort to the next


def within_seconds(
    method: Explanation,
    scores: TargetScores,
    seconds: float,
    *,
    relevance: Callable[[Explanation, int], ClipRelevance],
    clock: Callable[[], float] = monotonic,
) -> dict[int, ClipRelevance]:
    """Explain as many clips as well as a time allows, the closest decisions first.

    No step is begun that is expected to end too late, but for the first map of all.

    Parameters
    ----------
    method
        Its coarser forms are asked for first.
    scores
        What is explained.
    seconds
        That it may take.
    relevance
        Of a clip by one of these methods.
    clock
        Seconds.

    Returns
    -------
    dict
        Relevance by clip, without the clips that there was no time for.
    """
    end, order = clock() + seconds, closest_first(scores)
    found: dict[int, ClipRelevance] = {}
    took = dict.fromkeys(order, 0.0)

    def is_done(clip: int) -> bool:
        has_promise = hasattr(method, "tolerance") and clip in found
        return has_promise and is_as_promised(method, found[clip], scores.floor)

    for effort in efforts(method):
        for clip in order:
            expected = _GROWTH * took[clip] if clip in found else max(took.values())
            if is_done(clip) or (found and clock() + expected > end):
                continue
            begin = clock()
            found[clip] = relevance(effort, clip)
            took[clip] = clock() - begin
    return dict(sorted(found.items()))


def efforts(method: Explanation) -> tuple[Explanation, ...]:
    """Coarser forms of a method, the coarsest first, and the method itself."""
    forms = [method]
    while (coarser := forms[-1].coarser()) is not None:
        forms.append(coarser)
    return tuple(reversed(forms))


def closest_first(scores: TargetScores) -> list[int]:
    """Clips by the size of the score that is explained, of a contrast the margin."""
    sizes = scores.clip_scores.abs().cpu().numpy()
    return [int(clip) for clip in np.argsort(sizes, kind="stable")]
