"""The relevance of one clip by a method, and whether it is what the method promises."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cnnviz.errors import UnsupportedModelError
from cnnviz.results.clip_relevance import ClipRelevance, SampleRelevance

if TYPE_CHECKING:
    from cnnviz.attribution.explanation import Explanation
    from cnnviz.attribution.target_scores import TargetScores


def relevance_of_clip(method: Explanation, scores: TargetScores, clip: int) -> ClipRelevance:
    """Relevance of one clip.

    Raises
    ------
    UnsupportedModelError
        If it is not finite.
    """
    relevance = method.relevance(scores, clip)
    if not relevance.is_finite:
        raise UnsupportedModelError(
            f"gradients of the {scores.output} are not finite; allowed: finite numbers; look "
            "for a square root or a logarithm that meets 0 in the model"
        )
    return relevance


def completeness_error(relevance: ClipRelevance, floor: float) -> float | None:
    """|sum R + absorbed - expected| / max(|expected|, floor); None where nothing is expected."""
    if relevance.expected is None:
        return None
    total = float(relevance.values.sum(dtype=np.float64))
    if isinstance(relevance, SampleRelevance) and relevance.absorbed is not None:
        total += relevance.absorbed
    return abs(total - relevance.expected) / max(abs(relevance.expected), floor)


def is_as_promised(method: object, relevance: ClipRelevance, floor: float) -> bool:
    """Whether sum and map are within the tolerances of a method, of those that it has."""
    error, map_error = completeness_error(relevance, floor), relevance.map_error
    tolerance = getattr(method, "tolerance", None)
    map_tolerance = getattr(method, "map_tolerance", None)
    has_sum = tolerance is None or error is None or error <= tolerance
    return has_sum and (map_tolerance is None or map_error is None or map_error <= map_tolerance)
