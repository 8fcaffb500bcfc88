"""Several targets of the same clips, by one method."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

import numpy as np

from cnnviz.workflow.running import analyze

if TYPE_CHECKING:
    from cnnviz.attribution.explanation import Explanation
    from cnnviz.results import Relevance
    from cnnviz.run import Run


def explain_each(run: Run, explanations: Sequence[Explanation]) -> tuple[Relevance, ...]:
    """Run explanations that differ in their target only; keep each as soon as it is there.

    Gradients at a clip take one forward pass for all of its targets; classes by name, whose clips
    are spread over ranges of their own, have one each. What the folder holds is read, not computed
    again.

    Parameters
    ----------
    run
        Where they work, and where results are kept.
    explanations
        By one method, of one choice of clips.
    """
    missing = [one for one in explanations if run.stored(one) is None]
    clips = [one.chosen(run).clip_index for one in missing]
    if missing and all(np.array_equal(one, clips[0]) for one in clips):
        for result in missing[0].run_each(run, missing):
            run.keep(result)
    return cast("tuple[Relevance, ...]", analyze(run, explanations))
