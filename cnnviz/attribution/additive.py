"""An additive model of a score: fitted to sounds with cells on and off, and how well it fits.

f(z) = f_0 + sum_c z_c R_c,    z_c = 1 where cell c is on, 0 where it is off.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True, slots=True)
class Additive:
    """The coefficients of cells.

    Parameters
    ----------
    intercept
        f_0, the score with all cells off.
    coefficients, standard_errors
        R and its standard errors, (cell,): robust against scores that are not additive, and
        infinite where there are no more draws than cells.
    """

    intercept: float
    coefficients: np.ndarray
    standard_errors: np.ndarray

    def predict(self, draws: np.ndarray) -> np.ndarray:
        """Scores of draws (draw, cell), (draw,)."""
        return np.asarray(self.intercept + draws @ self.coefficients)


def shapley_draws(n_draws: int, n_cells: int, generator: np.random.Generator) -> np.ndarray:
    """Draw which cells are on as the weights of KernelSHAP say, each draw with its complement.

    The weight of a coalition of s of n cells is (n - 1) / (C(n, s) s (n - s)): sizes are drawn
    with probabilities as 1 / (s (n - s)), and of that size each coalition is as likely.

    Parameters
    ----------
    n_draws
        How many; one less where it is odd.
    n_cells
        From 2.
    generator
        Source of the draws.

    Returns
    -------
    np.ndarray
        bool (draw, cell); draw 2 i + 1 is the complement of draw 2 i.
    """
    sizes = np.arange(1, n_cells)
    shares = 1 / (sizes * (n_cells - sizes))
    drawn = generator.choice(sizes, n_draws // 2, p=shares / shares.sum())
    ranks = generator.random((len(drawn), n_cells)).argsort(axis=1)
    on = ranks < drawn[:, None]
    return np.stack([on, ~on], axis=1).reshape(-1, n_cells)


def fair_draws(n_draws: int, n_cells: int, generator: np.random.Generator) -> np.ndarray:
    """Draw each cell on or off, with even chances; pairs as in `shapley_draws`."""
    on = generator.random((n_draws // 2, n_cells)) < 0.5
    return np.stack([on, ~on], axis=1).reshape(-1, n_cells)


def proximity(draws: np.ndarray, width: float) -> np.ndarray:
    """How near draws (draw, cell) are to all on: exp(-d^2 / width^2), (draw,).

    d is the cosine distance from all on, 1 - sqrt(share of cells that are on).
    """
    return np.asarray(np.exp(-(((1 - np.sqrt(draws.mean(axis=1))) / width) ** 2)))


def fit_shapley(
    draws: np.ndarray, scores: np.ndarray, *, off: float, on: float, ridge: float
) -> Additive:
    """Fit to draws of `shapley_draws`, through the scores with all cells off and all on.

    The coefficients tend to the Shapley values of the cells as draws grow in number (Lundberg and
    Lee, "A Unified Approach to Interpreting Model Predictions", 2017); complements drawn together
    halve the effort or better (Covert and Lee, "Improving KernelSHAP: Practical Shapley Value
    Estimation via Linear Regression", 2021). What differs from an even share of the gap sums to 0,
    so that it is fitted to z less its mean.

    Parameters
    ----------
    draws, scores
        (draw, cell) and (draw,).
    off, on
        Scores with all cells off and on: they differ by the sum of the coefficients.
    ridge
        Penalty on the square of what differs from an even share, relative to the draws.
    """
    z = draws.astype(np.float64)
    even = (on - off) / z.shape[1]
    rest = scores - off - z.sum(axis=1) * even
    centred = z - z.mean(axis=1, keepdims=True)
    found, errors = _regress(centred, rest, np.ones(len(z)), ridge)
    return Additive(intercept=off, coefficients=even + found, standard_errors=errors)


def fit_weighted(
    draws: np.ndarray, scores: np.ndarray, weights: np.ndarray, *, ridge: float
) -> Additive:
    """Fit by weighted ridge regression, with an intercept.

    Parameters
    ----------
    draws, scores, weights
        (draw, cell), (draw,) and (draw,).
    ridge
        Penalty on the squares of coefficients, relative to the sum of weights.
    """
    z = draws.astype(np.float64)
    middle = weights @ z / weights.sum()
    level = float(weights @ scores / weights.sum())
    found, errors = _regress(z - middle, scores - level, weights, ridge)
    intercept = level - float(middle @ found)
    return Additive(intercept=intercept, coefficients=found, standard_errors=errors)


def explained_share(
    model: Additive, draws: np.ndarray, scores: np.ndarray, weights: np.ndarray
) -> float:
    """R^2 on draws that the model has not seen: 1 - residual over total sum of squares.

    From minus infinity to 1; 1 where all scores are equal and met, else 0.
    """
    total = float(weights @ np.square(scores - weights @ scores / weights.sum()))
    missed = float(weights @ np.square(scores - model.predict(draws)))
    if not total:
        return float(missed == 0)
    return 1 - missed / total


def _regress(
    x: np.ndarray, y: np.ndarray, weights: np.ndarray, ridge: float
) -> tuple[np.ndarray, np.ndarray]:
    """Weighted ridge regression without intercept; rows of pairs are not independent.

    The standard errors are those of clustered residuals: with A = x' W x and the sums g of
    w e x over a pair, the roots of the diagonal of A^-1 (sum g g') A^-1.
    """
    inverse = np.linalg.pinv(
        (x.T * weights) @ x + ridge * weights.sum() * np.eye(x.shape[1]),
        rcond=1e-10,
        hermitian=True,
    )
    found = inverse @ (x.T @ (weights * y))
    residuals = (weights * (y - x @ found))[:, None] * x  # (draw, cell)
    pairs = np.add.reduceat(residuals, np.arange(0, len(x), 2), axis=0)
    freedom = len(x) - x.shape[1]
    spread = len(x) / freedom * inverse @ (pairs.T @ pairs) @ inverse if freedom > 0 else np.inf
    errors = np.sqrt(np.maximum(np.diag(np.broadcast_to(spread, inverse.shape)), 0))
    return found, errors
