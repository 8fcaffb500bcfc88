"""Scores by folds: of a corpus that comes in folds, or of a cross-validation by group."""

from dataclasses import dataclass
from statistics import mean, stdev
from typing import Any, Self

from .card_scores import describe_without_easy
from .evaluation import Interval, PartScore

HEAD = ("held-out fold", "groups", "training clips", "test clips", "accuracy")


@dataclass(frozen=True, kw_only=True, slots=True)
class FoldScore:
    """One fold of a training by folds.

    Parameters
    ----------
    fold
        Held out for the test.
    n_train, n_test
        Clips of the other folds, and of this one.
    accuracy
        On this fold, in [0, 1].
    best_epoch
        Epoch whose weights were kept, counted from 1.
    n_groups
        Speakers or recordings of this fold; None where folds are those of the corpus.
    """

    fold: str
    n_train: int
    n_test: int
    accuracy: float
    best_epoch: int
    n_groups: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class CrossValidation:
    """Scores of the same recipe on clips whose speakers or recordings were not trained on.

    Parameters
    ----------
    folds
        One score per fold; no two folds share a group.
    accuracy
        Of all folds together, in [0, 1].
    interval
        95 % interval of it when whole groups are resampled.
    without_easy
        The same without the easy class; None where there is none.
    """

    folds: tuple[FoldScore, ...]
    accuracy: float
    interval: Interval
    without_easy: PartScore | None

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Read what JSON makes of it."""
        part = values["without_easy"]
        return cls(
            folds=tuple(FoldScore(**fold) for fold in values["folds"]),
            accuracy=values["accuracy"],
            interval=tuple(values["interval"]),
            without_easy=part and PartScore(**{**part, "interval": tuple(part["interval"])}),
        )

    @property
    def summary(self) -> str:
        """What it gave, in words."""
        (low, high), each = self.interval, [fold.accuracy for fold in self.folds]
        return (
            f"Accuracy **{self.accuracy:.4f}** (95 % interval {low:.4f} to {high:.4f} with whole "
            "groups, speakers or recordings, resampled) over all clips of the corpus, each scored "
            "by a network of the same recipe that was not trained on its group; mean of the folds "
            f"{mean(each):.4f}, standard deviation {stdev(each):.4f}."
            f"{describe_without_easy(self.without_easy)}"
        )

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """One row per fold, under `HEAD`."""
        return [
            (f.fold, str(f.n_groups), str(f.n_train), str(f.n_test), f"{f.accuracy:.4f}")
            for f in self.folds
        ]
