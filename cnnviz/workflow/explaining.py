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

    Gradients at a clip take one forward pass for all of its targets. What the folder holds is
    read, not computed again.

    Parameters
    ----------
    run
        Where they work, and where results are kept.
    explanations
        By one method, of one choice of clips.
    """
    missing = [one for one in explanations if run.stored(one) is None]
    choices = [one.chosen(run) for one in missing]
    same = all(np.array_equal(one.clip_index, choices[0].clip_index) for one in choices)
    if missing and same:  # classes by name are spread over ranges of their own
        for result in missing[0].explain_each(
            run.network,
            choices,
            provenances=[run.provenance(one) for one in missing],
            progress=run.advance,
            max_bytes=run.options.max_bytes,
        ):
            run.keep(result)
    return cast("tuple[Relevance, ...]", analyze(run, explanations))
