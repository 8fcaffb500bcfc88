"""Windowed sinc: the ideal band-pass from f1 to f2 about the middle tap, under a Hamming window.

References
----------
Ravanelli and Bengio, "Speaker recognition from raw waveform with SincNet" (2018).
"""

import numpy as np
from scipy.signal.windows import hamming

from cnnviz.dsp.fits.family import CYCLES, RATIO, Fit, Parameter, make_fit
from cnnviz.dsp.fits.pairs import best_pairs
from cnnviz.dsp.fits.projection import Separable, project, refine

PARAMETERS = (
    Parameter(name="amplitude", unit=RATIO),
    Parameter(name="low", unit=CYCLES),
    Parameter(name="high", unit=CYCLES),
)
_MOST_EDGES = 256


def fit(taps: np.ndarray) -> Fit:
    """Fit taps (filter, tap), beginning at the best of all pairs of edges on a grid."""
    n_taps = taps.shape[1]
    edges = np.linspace(0, 0.5, int(np.clip(n_taps, 32, _MOST_EDGES)) + 1)
    low_passes = _low_pass(edges, n_taps)  # (edge, tap)
    pairs = best_pairs(taps @ low_passes.T, low_passes @ low_passes.T)
    low, high = edges[pairs[:, 0]], edges[pairs[:, 1]]
    model = _model(n_taps)
    theta = refine(taps, np.stack([low, high - low], axis=1), model)
    found = project(taps, model.basis(theta, n_taps))
    high = np.minimum(theta[:, 0] + theta[:, 1], 0.5)
    values = np.stack([found.weights[:, 0], theta[:, 0], high], axis=1)
    return make_fit(taps, found.fitted, values)


def _low_pass(edge: np.ndarray, n_taps: int) -> np.ndarray:
    """2 f sinc(2 f n) about the middle tap under the window, of edges of any shape."""
    n = np.arange(n_taps) - (n_taps - 1) / 2
    edge = edge[..., None]
    return np.asarray(2 * edge * np.sinc(2 * edge * n) * hamming(n_taps))


def _model(n_taps: int) -> Separable:
    return Separable(
        basis=_basis,
        low=np.array([0.0, 0.1 / n_taps]),
        high=np.array([0.5, 0.5]),
        scale=np.full(2, 1.0 / n_taps),
    )


def _basis(theta: np.ndarray, n_taps: int) -> np.ndarray:
    low, high = theta[:, :1], np.minimum(theta.sum(axis=1, keepdims=True), 0.5)
    return np.asarray(_low_pass(high, n_taps) - _low_pass(low, n_taps))  # (filter, 1, tap)
