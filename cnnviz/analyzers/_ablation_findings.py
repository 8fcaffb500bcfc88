"""What the ablation of units says in words: which change something, and what."""

import numpy as np

from cnnviz.results import Evidence, Finding, plural
from cnnviz.results.unit_ablation import UnitAblation

_N_NAMED = 3


def ablation_findings(result: UnitAblation) -> tuple[Finding, ...]:
    """Say how many units change something, and which class those move that change most."""
    n_changing, n_units = int(result.changes.sum()), len(result.units)
    n_answers, n_still = int(result.changes_answers.sum()), n_units - n_changing
    what = plural(n_units, "cluster" if "," in result.units[0] else "unit")
    return (
        Finding(
            id=f"units_that_matter:{result.layer}",
            sentence=f"{result.layer}: held at their mean, {n_answers:,} of {what} change the "
            f"accuracy or the recall of a class on {plural(len(result.clip_index), 'clip')}, "
            f"{n_changing - n_answers:,} more only the score of a class on its own clips, and "
            f"{n_still:,} nothing that is told from chance (FDR {100 * result.level:.0f} %).",
            evidence=(
                Evidence(name="units that change answers", value=n_answers),
                Evidence(name="units that change answers or scores", value=n_changing),
                Evidence(name="units", value=n_units),
                Evidence(name="clips", value=len(result.clip_index)),
                Evidence(name="groups of clips", value=result.n_groups),
            ),
        ),
        *_strongest(result),
    )


def _strongest(result: UnitAblation) -> tuple[Finding, ...]:
    """The units whose ablation lowers the score of a class most, of those told from chance."""
    told = (result.score.q_value < result.level) & (result.score.value < 0)
    falls = np.where(told, -result.score.value, 0.0)  # (unit, class)
    order = np.argsort(-falls, axis=None, kind="stable")[:_N_NAMED]
    places = [divmod(int(k), falls.shape[1]) for k in order if falls.flat[k] > 0]
    if not places:
        return ()
    said = ", ".join(
        f"unit {result.units[unit]} that of {result.class_names[k]} by {falls[unit, k]:.3g}"
        for unit, k in places
    )
    return (
        Finding(
            id=f"strongest_units:{result.layer}",
            sentence=f"{result.layer}: the scores of classes on their own clips fall most without "
            f"{said}.",
            evidence=tuple(
                Evidence(
                    name=f"fall of {result.class_names[k]} without {result.units[unit]}",
                    value=falls[unit, k],
                    unit="unit of the score",
                )
                for unit, k in places
            ),
            null=0.0,
        ),
    )
