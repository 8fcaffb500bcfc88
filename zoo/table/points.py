"""Accuracy against parameters: series of what compares, each with its Pareto front."""

from collections import Counter, defaultdict
from dataclasses import dataclass

from ..listing import describe
from ..printed import CORPUS
from .comparison import Comparison, Row
from .outcomes import Corpus, Outcome
from .pareto import pareto_front


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """One network of a plot.

    Parameters
    ----------
    name
        Architecture, with its learning rate where the series has several.
    n_parameters
        As printed, or of our network for the classes of its own task, whatever it was trained on.
    accuracy, low, high
        In [0, 1]; low and high are equal to the accuracy where none are printed.
    is_on_front
        Whether no other network of the series is as small and better, or as good and smaller.
    """

    name: str
    n_parameters: int
    accuracy: float
    low: float
    high: float
    is_on_front: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Series:
    """Networks whose accuracies compare: the printed ones, or shipped or own ones of a corpus.

    Parameters
    ----------
    label
        What they were trained on.
    is_printed
        Whether the numbers are the study's.
    points
        By growing size.
    """

    label: str
    is_printed: bool
    points: tuple[Point, ...]

    @property
    def front(self) -> tuple[Point, ...]:
        """Points of the Pareto front, by growing size."""
        return tuple(point for point in self.points if point.is_on_front)


def series(comparison: Comparison) -> tuple[Series, ...]:
    """Printed accuracies of the study, then shipped and own ones by corpus.

    The networks of the keyword challenge and of NSynth were printed for other corpora and
    are in no printed series.
    """
    printed = [
        _printed(row, cell.name, cell.printed)
        for table in comparison.tables
        for row in table.rows
        for cell in row.cells
        if cell.printed is not None and cell.printed_on == CORPUS
    ]
    ours: dict[tuple[Corpus, bool], dict[Outcome, None]] = defaultdict(dict)
    for outcome in (outcome for cell in comparison.cells for outcome in cell.ours):
        ours[outcome.setting.corpus, outcome.setting.is_shipped][outcome] = None
    all_series = [_series(f"printed: {CORPUS}", printed, is_printed=True)]
    for (corpus, is_shipped), found in sorted(ours.items(), key=lambda item: _order(*item)):
        whose = "shipped" if is_shipped else "own runs"
        label = f"{whose}: {corpus.label}, {corpus.n_test_clips:,} test clips"
        all_series.append(_series(label, _ours(list(found)), is_printed=False))
    return tuple(all_series)


def _order(key: tuple[Corpus, bool], found: dict[Outcome, None]) -> tuple[int, str, bool]:
    """The largest series first."""
    corpus, is_shipped = key
    return (-len(found), corpus.label, not is_shipped)


def _ours(found: list[Outcome]) -> list[Point]:
    n_rates = Counter(outcome.name for outcome in found)
    return [
        Point(
            name=f"{outcome.name} at rate {outcome.setting.learning_rate:g}"
            if n_rates[outcome.name] > 1
            else outcome.name,
            n_parameters=describe(outcome.name).n_parameters,
            accuracy=outcome.accuracy,
            low=outcome.low,
            high=outcome.high,
        )
        for outcome in found
    ]


def _printed(row: Row, name: str, accuracy: float) -> Point:
    count = describe(name).n_parameters if row.n_printed is None else row.n_printed
    return Point(name=name, n_parameters=count, accuracy=accuracy, low=accuracy, high=accuracy)


def _series(label: str, points: list[Point], *, is_printed: bool) -> Series:
    front = set(pareto_front([p.n_parameters for p in points], [p.accuracy for p in points]))
    marked = [
        Point(
            name=point.name,
            n_parameters=point.n_parameters,
            accuracy=point.accuracy,
            low=point.low,
            high=point.high,
            is_on_front=index in front,
        )
        for index, point in enumerate(points)
    ]
    order = sorted(marked, key=lambda point: (point.n_parameters, point.accuracy, point.name))
    return Series(label=label, is_printed=is_printed, points=tuple(order))
