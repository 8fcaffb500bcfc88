"""Ridge regression from sums over rows, for many penalties and many answers at once.

Sums of parts of the data add up, so that parts can be held out without going through the rows
again, and one eigendecomposition serves every penalty.

References
----------
Hoerl and Kennard, "Ridge Regression: Biased Estimation for Nonorthogonal Problems" (1970).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy import linalg

PENALTIES = np.geomspace(1e-5, 1e2, 8)
"""Alpha over the number of rows."""
_NOTHING = 1e-9


@dataclass(frozen=True, kw_only=True, slots=True)
class Moments:
    """Sums over rows of what is regressed on and of the answers, which add up over parts.

    Parameters
    ----------
    gram
        Of products of features, the first of which is 1, (feature, feature).
    cross
        Of products of features and answers, (feature, unit).
    square
        Of squared answers, (unit,).
    """

    gram: np.ndarray
    cross: np.ndarray
    square: np.ndarray

    def __sub__(self, other: "Moments") -> "Moments":
        return Moments(
            gram=self.gram - other.gram,
            cross=self.cross - other.cross,
            square=self.square - other.square,
        )

    @property
    def n(self) -> float:
        """Rows."""
        return float(self.gram[0, 0])

    def centred(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The same of deviations from the means, without the feature that is 1."""
        means, levels = self.gram[0, 1:] / self.n, self.cross[0] / self.n
        return (
            self.gram[1:, 1:] - self.n * np.outer(means, means),
            self.cross[1:] - self.n * np.outer(means, levels),
            self.square - self.n * levels**2,
        )


def total(parts: Sequence[Moments]) -> Moments:
    """Sums over all parts."""
    return Moments(
        gram=np.sum([one.gram for one in parts], axis=0),
        cross=np.sum([one.cross for one in parts], axis=0),
        square=np.sum([one.square for one in parts], axis=0),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Solved:
    """Ridge regression for any penalty.

    Parameters
    ----------
    values, vectors
        Of the products of features, (feature,) and (feature, feature).
    turned
        Products of features and answers along the vectors, (feature, unit).
    n
        Rows.
    """

    values: np.ndarray
    vectors: np.ndarray
    turned: np.ndarray
    n: float

    @classmethod
    def of(cls, moments: Moments) -> "Solved":
        """Decompose sums of rows."""
        gram, cross, _ = moments.centred()
        values, vectors = linalg.eigh(gram)
        return cls(
            values=np.maximum(values, 0.0), vectors=vectors, turned=vectors.T @ cross, n=moments.n
        )

    def weights(self, penalties: np.ndarray) -> np.ndarray:
        """(feature, unit), each unit with its penalty."""
        damped = self.values[:, None] + self.n * penalties
        return np.asarray(self.vectors @ (self.turned / damped))

    def scores(self, held_out: Moments) -> np.ndarray:
        """Correlation with the answers that were held out, (penalty, unit); 0 of one answer."""
        gram, cross, square = held_out.centred()
        gram, cross = self.vectors.T @ gram @ self.vectors, self.vectors.T @ cross
        found = np.zeros((len(PENALTIES), len(square)))
        for k, penalty in enumerate(PENALTIES):
            weights = self.turned / (self.values[:, None] + self.n * penalty)
            size = np.sqrt(np.maximum((weights * (gram @ weights)).sum(0) * square, 0))
            np.divide((weights * cross).sum(0), size, out=found[k], where=size > _NOTHING)
        return found


def inner_scores(parts: Sequence[Moments]) -> list[np.ndarray]:
    """For each fold the sum of scores of penalties over the others, (penalty, unit)."""
    whole = total(parts)
    sums = [np.zeros((len(PENALTIES), len(whole.square))) for _ in parts]
    for first, second in combinations(range(len(parts)), 2):
        solved = Solved.of(whole - parts[first] - parts[second])
        sums[first] += solved.scores(parts[second])
        sums[second] += solved.scores(parts[first])
    return sums
