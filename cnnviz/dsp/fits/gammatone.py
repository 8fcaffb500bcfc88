"""Gammatone: A (n - t0)^(order - 1) exp(-2 pi b (n - t0)) cos(2 pi f0 (n - t0) + phi), n > t0.

Taps of a convolution are the template it looks for, so an impulse response that decays stands in
them backwards; both directions are tried.

References
----------
Patterson, Nimmo-Smith, Holdsworth and Rice, "An efficient auditory filterbank based on the
gammatone function" (1987).
"""

import numpy as np

from cnnviz.dsp.fits.family import CYCLES, RADIANS, RATIO, TAPS, Fit, Parameter, make_fit
from cnnviz.dsp.fits.family import polar as _polar
from cnnviz.dsp.fits.family import quadrature as _quadrature
from cnnviz.dsp.fits.gabor import nearest
from cnnviz.dsp.fits.projection import Separable, best_of, project, refine

PARAMETERS = (
    Parameter(name="amplitude", unit=RATIO),
    Parameter(name="order", unit=RATIO),
    Parameter(name="bandwidth", unit=CYCLES),
    Parameter(name="centre", unit=CYCLES),
    Parameter(name="onset", unit=TAPS),
    Parameter(name="phase", unit=RADIANS),
    Parameter(name="backwards", unit=RATIO),
)
_ORDERS, _WIDENINGS = (1.5, 3.0, 6.0), (0.7, 1.0, 1.4)
_MOST_ORDER = 10.0
_SMALLEST = 1e-9


def fit(taps: np.ndarray) -> Fit:
    """Fit taps (filter, tap) forwards or backwards, beginning at the nearest Gabor atom.

    The amplitude is that of the envelope's top; ``backwards`` is 1 where the envelope falls
    slowly towards the first tap, and the onset is counted from the first tap all the same.
    """
    model = _model(taps.shape[1])
    n_taps, peaks = taps.shape[1], nearest(taps)
    backwards = taps[:, ::-1]
    turned = np.stack([peaks[:, 0], peaks[:, 1], n_taps - 1 - peaks[:, 2]], axis=1)
    ahead, behind = best_of(taps, _starts(peaks), model), best_of(backwards, _starts(turned), model)
    errors = [_errors(taps, ahead, model), _errors(backwards, behind, model)]
    is_turned = errors[1] < errors[0]
    theta = np.where(is_turned[:, None], behind, ahead)
    rows = np.where(is_turned[:, None], backwards, taps)
    theta = refine(rows, theta, model)
    found = project(rows, model.basis(theta, n_taps))
    amplitude, phase = _polar(found.weights)
    onset = np.where(is_turned, n_taps - 1 - theta[:, 3], theta[:, 3])
    columns = (amplitude, np.exp(theta[:, 0]), np.exp(theta[:, 1]) / (2 * np.pi), theta[:, 2])
    values = np.stack([*columns, onset, phase, is_turned.astype(float)], axis=1)
    fitted = np.where(is_turned[:, None], found.fitted[:, ::-1], found.fitted)
    return make_fit(taps, fitted, values)


def _errors(taps: np.ndarray, theta: np.ndarray, model: Separable) -> np.ndarray:
    return project(taps, model.basis(theta, taps.shape[1])).errors


def _starts(peaks: np.ndarray) -> np.ndarray:
    """Envelopes whose mean and standard deviation are near those of Gabor atoms.

    A Gamma density of that order and rate has the mean order / rate and the standard deviation
    sqrt(order) / rate.
    """
    width, centre, place = np.exp(peaks[:, 0]), peaks[:, 1], peaks[:, 2]
    starts = []
    for order in _ORDERS:
        for widening in _WIDENINGS:
            rate = np.sqrt(order) / (widening * width)
            onset = place - (order - 0.5) / rate
            columns = (np.full_like(rate, np.log(order)), np.log(rate), centre, onset)
            starts.append(np.stack(columns, axis=1))
    return np.stack(starts)


def _model(n_taps: int) -> Separable:
    return Separable(
        basis=_basis,
        low=np.array([0.0, np.log(0.5 / n_taps), 0.0, -float(n_taps)]),
        high=np.array([np.log(_MOST_ORDER), np.log(4.0), 0.5, n_taps - 1.0]),
        scale=np.array([1.0, 1.0, 1.0 / n_taps, 1.0]),
    )


def _basis(theta: np.ndarray, n_taps: int) -> np.ndarray:
    order, rate = np.exp(theta[:, :1]), np.exp(theta[:, 1:2])
    n = np.arange(n_taps) - theta[:, 3:]  # (filter, tap)
    later = np.maximum(n, _SMALLEST)
    top = np.maximum((order - 1) / rate, _SMALLEST)
    levels = (order - 1) * np.log(later / top) - rate * (later - top)
    envelope = np.where(n > 0, np.exp(levels), 0.0)
    return _quadrature(envelope, 2 * np.pi * theta[:, 2:3] * n)
