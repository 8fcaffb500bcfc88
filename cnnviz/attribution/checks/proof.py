"""How faithful maps are beside controls that change the sound by as much."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from cnnviz import registry
from cnnviz.attribution.checks.curves import Curves, curves_of_gain, curves_of_map
from cnnviz.attribution.checks.taken_out import TakenOut, take_out
from cnnviz.attribution.planes import energy_of
from cnnviz.attribution.target_scores import TargetScores
from cnnviz.evaluation.groups import number_groups
from cnnviz.evaluation.means import mean_intervals
from cnnviz.results.proof import ENERGY, MAP, RANDOM, UNIFORM, UNTRAINED, Proof

METRICS = "cnnviz.attribution.metrics"
_N_RANDOM = 3


def prove(
    scores: TargetScores,
    planes: Sequence[np.ndarray],
    of_twin: Sequence[np.ndarray] | None,
    *,
    groups: Sequence[str],
    seed: int,
) -> Proof:
    """Measure every metric of each map and of its controls.

    Parameters
    ----------
    scores, planes
        What was explained, and the relevance of each clip on the plane, (frequency, time).
    of_twin
        The same for the untrained network; None: there is no such network.
    groups
        Speaker or recording of each clip.
    seed
        Of the control that is drawn.
    """
    metrics = {name: registry.load(METRICS, name) for name in registry.names(METRICS)}
    rows = (MAP, ENERGY, RANDOM, UNIFORM, *([] if of_twin is None else [UNTRAINED]))
    values = np.empty((len(planes), len(rows), len(metrics)))
    for clip, plane in enumerate(planes):
        of_rows = _curves_of_rows(
            scores,
            clip,
            plane,
            None if of_twin is None else of_twin[clip],
            taken_out=take_out(scores, clip, np.random.default_rng([seed, clip, 1])),
            generator=np.random.default_rng([seed, clip]),
        )
        for row, name in enumerate(rows):
            measured = [[one.measure(c) for one in metrics.values()] for c in of_rows[name]]
            values[clip, row] = np.mean(measured, axis=0)  # over the draws of a control
    return Proof(
        rows=rows,
        metrics=tuple(metrics),
        titles=tuple(metric.TITLE for metric in metrics.values()),
        values=values,
        intervals=_intervals(values, groups, seed),
        directions=np.array([metric.DIRECTION for metric in metrics.values()]),
        groups=tuple(groups),
    )


def _intervals(values: np.ndarray, groups: Sequence[str], seed: int) -> np.ndarray:
    """95 % interval of each mean over clips, (row, metric, 2), drawing whole groups."""
    index = number_groups(groups, len(values))
    found = mean_intervals(values.reshape(len(values), -1), index, seed=seed)  # (2, number)
    return found.T.reshape(*values.shape[1:], 2)


def _curves_of_rows(
    scores: TargetScores,
    clip: int,
    plane: np.ndarray,
    twin: np.ndarray | None,
    *,
    taken_out: TakenOut,
    generator: np.random.Generator,
) -> dict[str, list[Curves]]:
    """Curves of the map of a clip and of each control, of one that is drawn each draw."""
    energy = energy_of(scores.clips[clip].detach().cpu().numpy(), scores.sample_rate)
    curves = partial(curves_of_map, scores, clip, taken_out=taken_out)
    of_rows = {
        MAP: [curves(plane)],
        ENERGY: [curves(energy)],
        RANDOM: [curves(generator.normal(size=energy.shape)) for _ in range(_N_RANDOM)],
        UNIFORM: [curves_of_gain(scores, clip, taken_out)],
    }
    if twin is not None:
        of_rows[UNTRAINED] = [curves(twin)]
    return of_rows
