"""What becomes of scores when a sound is changed where relevance says, beside controls."""

from dataclasses import dataclass

import numpy as np

from cnnviz.results._freeze import freeze

MAP, ENERGY, RANDOM, UNIFORM, UNTRAINED = "map", "energy", "random", "uniform", "untrained"
"""The map itself, and its controls: where the clip is loud, places drawn at random, the whole clip
quieter, and the map of the same method for the untrained network."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Silencing:
    """How far the score falls when stretches of 50 ms are silenced; NaN where that was not tried.

    Parameters
    ----------
    n_stretches
        How many were silenced, int (clip,); 0 in clips too short for controls.
    drops
        Fall of the explained score without the most relevant stretches, (clip,).
    loudest_drops, random_drops
        Without as many of the loudest, (clip,), and drawn from the others that sound, (clip, draw).
    uniform_drops
        With the whole clip quieter by the same share, (clip,).
    """

    n_stretches: np.ndarray
    drops: np.ndarray
    loudest_drops: np.ndarray
    uniform_drops: np.ndarray
    random_drops: np.ndarray

    def __post_init__(self) -> None:
        names = ("n_stretches", "drops", "loudest_drops", "uniform_drops")
        freeze(self, **dict.fromkeys(names, ("clip",)), random_drops=("clip", None))

    @property
    def largest_control(self) -> np.ndarray:
        """Largest fall of any control, (clip,)."""
        largest: np.ndarray = np.column_stack(
            [self.loudest_drops, self.uniform_drops, self.random_drops]
        ).max(axis=1)
        return largest

    @property
    def matters(self) -> np.ndarray:
        """Whether the score falls, and further than by every control, bool (clip,)."""
        matters: np.ndarray = self.drops > np.maximum(self.largest_control, 0)
        return matters


@dataclass(frozen=True, kw_only=True, slots=True)
class Proof:
    """Metrics of the map of each clip, and of controls that change the sound by as much.

    Parameters
    ----------
    rows
        `MAP`, and those of its controls that there are.
    metrics, titles
        Names of files in ``cnnviz/attribution/metrics``, and what they are called in a table.
    values
        (clip, row, metric); NaN where a metric has none.
    intervals
        95 % interval of the mean over clips, groups resampled, (row, metric, 2); NaN of one group.
    directions
        1: more is better, -1: less is, 0: neither, int (metric,).
    groups
        Speaker or recording of each clip, (clip,), ``""`` where not known.
    """

    rows: tuple[str, ...]
    metrics: tuple[str, ...]
    titles: tuple[str, ...]
    values: np.ndarray
    intervals: np.ndarray
    directions: np.ndarray
    groups: tuple[str, ...]

    def __post_init__(self) -> None:
        assert self.rows[0] == MAP
        freeze(
            self,
            values=("clip", len(self.rows), "metric"),
            intervals=(len(self.rows), "metric", 2),
            directions=("metric",),
        )

    def of(self, metric: str, row: str = MAP) -> np.ndarray:
        """One metric of one row, (clip,)."""
        chosen: np.ndarray = self.values[:, self.rows.index(row), self.metrics.index(metric)]
        return chosen
