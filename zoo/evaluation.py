"""How well a trained network tells held-out clips apart."""

from dataclasses import dataclass

import numpy as np
from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support

_RESAMPLES = 2_000
_COVERAGE = 95  # per cent


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassScore:
    """One class of an evaluation.

    Parameters
    ----------
    class_name
        Its name.
    precision, recall, f1
        In [0, 1]; 0 where nothing can be counted.
    n_clips
        Clips of this class.
    """

    class_name: str
    precision: float
    recall: float
    f1: float
    n_clips: int


@dataclass(frozen=True, kw_only=True, slots=True)
class TestEvaluation:
    """Scores on the test clips.

    Parameters
    ----------
    accuracy
        In [0, 1].
    interval
        95 % bootstrap interval of the accuracy over clips.
    classes
        One score per class, in order of the outputs.
    confusion
        Counts; rows are the true classes, columns the predicted ones.
    """

    accuracy: float
    interval: tuple[float, float]
    classes: tuple[ClassScore, ...]
    confusion: tuple[tuple[int, ...], ...]


def evaluate(
    predicted: np.ndarray, labels: np.ndarray, class_names: tuple[str, ...], *, seed: int
) -> TestEvaluation:
    """Score predictions.

    Parameters
    ----------
    predicted, labels
        Class index per clip, int64 (clip,).
    class_names
        In order of the indices.
    seed
        Of the bootstrap.

    Examples
    --------
    >>> evaluate(np.array([0, 1, 1]), np.array([0, 1, 0]), ("no", "yes"), seed=0).confusion
    ((1, 1), (0, 1))
    """
    indices = list(range(len(class_names)))
    columns = precision_recall_fscore_support(labels, predicted, labels=indices, zero_division=0)
    classes = tuple(
        ClassScore(
            class_name=name, precision=float(p), recall=float(r), f1=float(f), n_clips=int(n)
        )
        for name, p, r, f, n in zip(class_names, *columns, strict=True)
    )
    counts = confusion_matrix(labels, predicted, labels=indices)
    return TestEvaluation(
        accuracy=float(accuracy_score(labels, predicted)),
        interval=bootstrap_interval(predicted == labels, seed=seed),
        classes=classes,
        confusion=tuple(tuple(int(count) for count in row) for row in counts),
    )


def bootstrap_interval(correct: np.ndarray, *, seed: int) -> tuple[float, float]:
    """95 % percentile interval of a rate, drawing clips with replacement (Efron 1979).

    Parameters
    ----------
    correct
        bool (clip,).
    seed
        Of the draws.
    """
    generator = np.random.default_rng(seed)
    drawn = generator.integers(len(correct), size=(_RESAMPLES, len(correct)))
    rates = correct[drawn].mean(axis=1)  # (resample,)
    low, high = np.percentile(rates, [(100 - _COVERAGE) / 2, (100 + _COVERAGE) / 2])
    return float(low), float(high)
