"""What units of a layer cause: answers and scores without each of them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.provenance import Provenance
from cnnviz.results._freeze import freeze
from cnnviz.results.finding import Finding
from cnnviz.results.result import Result

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """Without a unit less with it, its 95 % interval over clips or groups, and what chance gives.

    Parameters
    ----------
    value, low, high
        float64, all of one shape; NaN where a class has no clip, or for one group.
    q_value
        False discovery rate at which a change is kept; 1 where it is exactly none.
    """

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    q_value: np.ndarray

    def __post_init__(self) -> None:
        freeze(self)


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class UnitAblation(Result):
    """Units of a layer held at their mean, one at a time or together.

    Parameters
    ----------
    layer, reading
        Name of the layer call, and what later layers see it through.
    units
        What was held in each row: ``"12"``, or ``"3, 7, 12"`` together, (unit,).
    held_at
        Mean that later layers saw instead, (unit,); NaN for several units together.
    class_names
        Of the model, (class,).
    clip_index
        Clips of the run, (clip,).
    support
        Clips of each class, int (class,).
    n_groups
        Groups of clips that intervals resample.
    level
        False discovery rate below which a unit is said to change something.
    base_accuracy, base_recall
        With all units; in [0, 1], (class,).
    accuracy
        Change of accuracy, each (unit,).
    recall, score
        Change of the recall of each class, and of its own score on its clips, (unit, class).
    score_rms
        Root mean square change of each score over all clips, (unit, class); 0: it never moves.
    findings
        Which units change what.
    """

    layer: str
    reading: str
    units: tuple[str, ...]
    held_at: np.ndarray
    class_names: tuple[str, ...]
    clip_index: np.ndarray
    support: np.ndarray
    n_groups: int
    level: float
    base_accuracy: float
    base_recall: np.ndarray
    accuracy: Change
    recall: Change
    score: Change
    score_rms: np.ndarray
    findings: tuple[Finding, ...] = ()
    provenance: Provenance

    def __post_init__(self) -> None:
        freeze(
            self,
            units=("unit",),
            held_at=("unit",),
            class_names=("class",),
            clip_index=("clip",),
            support=("class",),
            base_recall=("class",),
            score_rms=("unit", "class"),
        )

    @property
    def changes_answers(self) -> np.ndarray:
        """Whether the accuracy or the recall of a class changes, bool (unit,)."""
        lowest = np.minimum(self.accuracy.q_value, self.recall.q_value.min(axis=1))
        return np.asarray(lowest < self.level)

    @property
    def changes(self) -> np.ndarray:
        """Whether answers change, or the score of a class on its own clips, bool (unit,)."""
        is_moved = self.score.q_value.min(axis=1) < self.level
        return np.asarray(self.changes_answers | is_moved)

    @property
    def most_changed(self) -> np.ndarray:
        """Class whose own score changes most, int (unit,)."""
        sizes = np.where(self.support > 0, np.abs(self.score.value), -1.0)
        return np.asarray(sizes.argmax(axis=1))

    def to_dataframe(self) -> "pandas.DataFrame":
        """One row per unit: change of accuracy with its interval, then of each class."""
        import pandas

        columns = {
            "unit": self.units,
            "accuracy_change": self.accuracy.value,
            "accuracy_low": self.accuracy.low,
            "accuracy_high": self.accuracy.high,
            "accuracy_q": self.accuracy.q_value,
            "changes_answers": self.changes_answers,
            "changes_something": self.changes,
        }
        for k, name in enumerate(self.class_names):
            columns[f"recall_change_{name}"] = self.recall.value[:, k]
            columns[f"score_change_{name}"] = self.score.value[:, k]
            columns[f"score_q_{name}"] = self.score.q_value[:, k]
        return pandas.DataFrame(columns)
