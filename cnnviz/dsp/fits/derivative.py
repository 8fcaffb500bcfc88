"""Derivative: -A (n - t0) / sigma exp(1/2 - (n - t0)^2 / 2 sigma^2), slope of a Gaussian.

Narrow ones are the first difference [1, -1] and the central one [1, 0, -1]. |A| is the largest
tap where it falls on one.

References
----------
Canny, "A computational approach to edge detection" (1986).
"""

import numpy as np
from scipy.signal import fftconvolve

from cnnviz.dsp.fits.family import RATIO, TAPS, Fit, Parameter, make_fit
from cnnviz.dsp.fits.projection import Separable, project, refine

PARAMETERS = (
    Parameter(name="amplitude", unit=RATIO),
    Parameter(name="width", unit=TAPS),
    Parameter(name="place", unit=TAPS),
)
_NARROWEST, _STEP = 0.3, 1.5
_SHIFTS = (0.0, 0.5)


def fit(taps: np.ndarray) -> Fit:
    """Fit taps (filter, tap), beginning at the best width on a grid and half tap."""
    n_taps = taps.shape[1]
    model = _model(n_taps)
    theta = refine(taps, _nearest(taps), model)
    found = project(taps, model.basis(theta, n_taps))
    columns = (found.weights[:, 0], np.exp(theta[:, 0]), theta[:, 1])
    return make_fit(taps, found.fitted, np.stack(columns, axis=1))


def _nearest(taps: np.ndarray) -> np.ndarray:
    """Log width and place of the slope most like each filter, (filter, 2)."""
    n_filters, n_taps = taps.shape
    best, highest = np.zeros((n_filters, 2)), np.full(n_filters, -1.0)
    n_widths = 1 + int(np.log(max(n_taps / 4, 1.0) / _NARROWEST) / np.log(_STEP))
    for width in _NARROWEST * _STEP ** np.arange(max(n_widths, 1)):
        for shift in _SHIFTS:
            reach = int(np.ceil(4 * width)) + 1
            slope = _slope(np.arange(-reach, reach + 1) - shift, width)
            inner = fftconvolve(taps, slope[None, ::-1], mode="full", axes=1)
            scores = np.square(inner[:, reach : reach + n_taps]) / np.square(slope).sum()
            place = scores.argmax(axis=1)
            values = scores[np.arange(n_filters), place]
            is_better = values > highest
            highest[is_better] = values[is_better]
            best[is_better, 0], best[is_better, 1] = np.log(width), place[is_better] + shift
    return best


def _model(n_taps: int) -> Separable:
    return Separable(
        basis=_basis,
        low=np.array([np.log(0.2), 0.0]),
        high=np.array([np.log(float(n_taps)), n_taps - 1.0]),
        scale=np.ones(2),
    )


def _basis(theta: np.ndarray, n_taps: int) -> np.ndarray:
    n = np.arange(n_taps) - theta[:, 1:]
    return np.asarray(_slope(n, np.exp(theta[:, :1])))[:, None]  # (filter, 1, tap)


def _slope(n: np.ndarray, width: np.ndarray | float) -> np.ndarray:
    scaled = n / width
    return np.asarray(-scaled * np.exp(0.5 - 0.5 * np.square(scaled)))
