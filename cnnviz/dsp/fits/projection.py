"""Least squares by variable projection, of many filters at once.

A model is linear in a few weights and nonlinear in the rest: taps h ~ sum_l w_l b_l(theta). For
each theta the best weights are a projection, so that only theta is searched for, by
Levenberg-Marquardt steps on the residual of the projection with Kaufman's Jacobian.

References
----------
Golub and Pereyra, "The differentiation of pseudo-inverses and nonlinear least squares problems
whose variables separate" (1973); Kaufman, "A variable projection method for solving separable
nonlinear least squares problems" (1975); Marquardt, "An algorithm for least-squares estimation of
nonlinear parameters" (1963).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

_MOST_STEPS = 50
_LEAST_GAIN = 1e-7
_EXACT = 1e-15
_MOST_DAMPING = 1e7
_DIFFERENCE = 1e-6
_RIDGE = 1e-12
_CELLS = 1 << 17
"""Taps that are refined together: their arrays stay in the cache."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Separable:
    """A model of taps whose weights are linear.

    Parameters
    ----------
    basis
        Of theta (filter, parameter) and a number of taps: (filter, component, tap).
    low, high
        Bounds of theta, (parameter,).
    scale
        Changes of theta that matter, (parameter,).
    """

    basis: Callable[[np.ndarray, int], np.ndarray]
    low: np.ndarray
    high: np.ndarray
    scale: np.ndarray


@dataclass(frozen=True, kw_only=True, slots=True)
class Projection:
    """Taps on a basis: weights (filter, component), fitted taps, sum of squared errors."""

    weights: np.ndarray
    fitted: np.ndarray
    errors: np.ndarray


def project(taps: np.ndarray, basis: np.ndarray) -> Projection:
    """Project taps (filter, tap) onto components (filter, component, tap)."""
    return _projection(taps, basis, _inverse(basis))


def refine(taps: np.ndarray, start: np.ndarray, model: Separable) -> np.ndarray:
    """Descend from a start (filter, parameter) to a least sum of squares; gives theta.

    Filters are independent of each other; a step that does not lower the error is not taken.
    """
    n_rows = max(1, _CELLS // taps.shape[1])
    parts = [
        _descend(taps[first : first + n_rows], start[first : first + n_rows], model)
        for first in range(0, len(taps), n_rows)
    ]
    return np.concatenate(parts) if parts else np.asarray(start)


def best_of(taps: np.ndarray, starts: np.ndarray, model: Separable) -> np.ndarray:
    """Of several starts (start, filter, parameter) the one with the least error, per filter."""
    best, least = np.array(starts[0]), np.full(len(taps), np.inf)
    for start in starts:
        theta = np.clip(start, model.low, model.high)
        errors = project(taps, model.basis(theta, taps.shape[1])).errors
        is_better = errors < least
        best[is_better], least[is_better] = theta[is_better], errors[is_better]
    return best


def _descend(taps: np.ndarray, start: np.ndarray, model: Separable) -> np.ndarray:
    theta = np.asarray(np.clip(start, model.low, model.high))
    n_taps, energy = taps.shape[1], np.square(taps).sum(axis=1)
    errors = project(taps, model.basis(theta, n_taps)).errors
    damping = np.full(len(taps), 1e-2)
    rows = np.flatnonzero(errors > _EXACT * energy)
    for _ in range(_MOST_STEPS):
        if not len(rows):
            break
        tried = _stepped(taps[rows], theta[rows], damping[rows], model)
        new = project(taps[rows], model.basis(tried, n_taps)).errors
        is_better = new < errors[rows]
        is_still = is_better & (errors[rows] - new <= _LEAST_GAIN * errors[rows])
        taken = rows[is_better]
        theta[taken], errors[taken] = tried[is_better], new[is_better]
        damping[rows] *= np.where(is_better, 0.2, 5.0)
        is_exact = errors[rows] <= _EXACT * energy[rows]
        rows = rows[~(is_still | is_exact | (damping[rows] > _MOST_DAMPING))]
    return theta


def _stepped(
    taps: np.ndarray, theta: np.ndarray, damping: np.ndarray, model: Separable
) -> np.ndarray:
    """One damped step, inside the bounds."""
    n_taps, n_parameters = taps.shape[1], theta.shape[1]
    basis = model.basis(theta, n_taps)
    inverse = _inverse(basis)
    found = _projection(taps, basis, inverse)
    residual = taps - found.fitted
    slopes = np.empty((len(taps), n_parameters, n_taps))
    for k in range(n_parameters):
        moved, change = theta.copy(), _DIFFERENCE * model.scale[k]
        change = np.where(theta[:, k] + change > model.high[k], -change, change)
        moved[:, k] += change
        slope = (model.basis(moved, n_taps) - basis) / change[:, None, None]
        slope = np.einsum("fl,flk->fk", found.weights, slope)
        slopes[:, k] = slope - _projection(slope, basis, inverse).fitted
    gradient = np.einsum("fpk,fk->fp", slopes, residual)
    is_held = (theta <= model.low) & (gradient < 0) | (theta >= model.high) & (gradient > 0)
    slopes[is_held], gradient[is_held] = 0.0, 0.0  # a bound is followed, not pushed against
    normal = slopes @ slopes.swapaxes(1, 2)  # (filter, parameter, parameter)
    diagonal = np.einsum("fpp->fp", normal)
    least = _RIDGE * np.maximum(diagonal.max(axis=1, keepdims=True), np.finfo(float).tiny)
    added = damping[:, None] * diagonal + least
    normal[:, range(n_parameters), range(n_parameters)] += added
    step = np.linalg.solve(normal, gradient[:, :, None])[:, :, 0]
    return np.asarray(np.clip(theta + step, model.low, model.high))


def _inverse(basis: np.ndarray) -> np.ndarray:
    """Inverse of the Gram matrix of one or two components, (filter, component, component)."""
    gram = basis @ basis.swapaxes(1, 2)
    n = gram.shape[1]
    trace = np.maximum(np.einsum("fll->f", gram), np.finfo(float).tiny)
    gram[:, range(n), range(n)] += _RIDGE * trace[:, None]
    return np.linalg.inv(gram)


def _projection(taps: np.ndarray, basis: np.ndarray, inverse: np.ndarray) -> Projection:
    inner = (basis @ taps[:, :, None])[:, :, 0]
    weights = np.einsum("flm,fm->fl", inverse, inner)
    fitted = np.einsum("fl,flk->fk", weights, basis)
    return Projection(weights=weights, fitted=fitted, errors=np.square(taps - fitted).sum(axis=1))
