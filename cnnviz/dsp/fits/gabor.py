"""Gabor: A exp(-(n - t0)^2 / 2 sigma^2) cos(2 pi f0 (n - t0) + phi).

References
----------
Gabor, "Theory of communication" (1946).
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy import fft

from cnnviz.dsp.fits.family import CYCLES, RADIANS, RATIO, TAPS, Fit, Parameter, make_fit
from cnnviz.dsp.fits.family import polar as _polar
from cnnviz.dsp.fits.family import quadrature as _quadrature
from cnnviz.dsp.fits.projection import Separable, project, refine

PARAMETERS = (
    Parameter(name="amplitude", unit=RATIO),
    Parameter(name="centre", unit=CYCLES),
    Parameter(name="width", unit=TAPS),
    Parameter(name="place", unit=TAPS),
    Parameter(name="phase", unit=RADIANS),
)
_NARROWEST, _STEP = 0.6, 1.7
_REACH = 3.0  # standard deviations of the Gaussian that a frame holds to either side
_LEAST_SINE = 1e-3
_FRAME_CELLS = 1 << 21


def fit(taps: np.ndarray) -> Fit:
    """Fit taps (filter, tap), beginning at the strongest cell of Gabor transforms."""
    theta = nearest(taps)
    found = project(taps, _basis(theta, taps.shape[1]))
    amplitude, phase = _polar(found.weights)
    width, centre, place = np.exp(theta[:, 0]), theta[:, 1], theta[:, 2]
    values = np.stack([amplitude, centre, width, place, phase], axis=1)
    return make_fit(taps, found.fitted, values)


def nearest(taps: np.ndarray) -> np.ndarray:
    """Log width, centre and place of the Gabor nearest to each filter, (filter, 3)."""
    return refine(taps, _transform_peaks(taps), _model(taps.shape[1]))


def _transform_peaks(taps: np.ndarray) -> np.ndarray:
    """Log width, centre and place of the Gabor atom nearest to each filter, (filter, 3).

    Atoms lie on a grid: widths in steps of a factor 1.7, places a standard deviation apart, and
    the bins of a discrete Fourier transform.
    """
    n_rows = max(1, _FRAME_CELLS // (16 * taps.shape[1]))
    parts = [_peaks(taps[first : first + n_rows]) for first in range(0, len(taps), n_rows)]
    return np.concatenate(parts) if parts else np.zeros((0, 3))


def _peaks(taps: np.ndarray) -> np.ndarray:
    n_taps = taps.shape[1]
    best, highest = np.zeros((len(taps), 3)), np.full(len(taps), -1.0)
    n_widths = 1 + int(np.log(max(n_taps / 3, 1.0) / _NARROWEST) / np.log(_STEP))
    for width in _NARROWEST * _STEP ** np.arange(max(n_widths, 1)):
        scores, places, centres = _transform(taps, float(width))
        index = scores.reshape(len(taps), -1).argmax(axis=1)
        frame, line = np.unravel_index(index, scores.shape[1:])
        values = scores[np.arange(len(taps)), frame, line]
        found = np.stack([np.full(len(taps), np.log(width)), centres[line], places[frame]], axis=1)
        is_better = values > highest
        best[is_better], highest[is_better] = found[is_better], values[is_better]
    return best


def _transform(taps: np.ndarray, width: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Energy of filters on atoms of one width, (filter, place, frequency), with the axes."""
    reach, hop = int(np.ceil(_REACH * width)), max(1, round(width))
    window = np.exp(-0.5 * (np.arange(-reach, reach + 1) / width) ** 2)
    padded = np.pad(taps, ((0, 0), (reach, reach)))
    frames = sliding_window_view(padded, len(window), axis=1)[:, ::hop]
    inside = sliding_window_view(np.pad(np.ones(taps.shape[1]), reach), len(window))[::hop]
    n_fft = fft.next_fast_len(max(len(window), 8), real=True)
    spectra = fft.rfft(frames * window, n_fft, axis=2)
    centres = np.arange(n_fft // 2 + 1) / n_fft
    spectra *= np.exp(2j * np.pi * centres * reach)  # phase from the middle of the window
    energy = inside @ np.square(window)  # (place,) of the window inside the filter
    near = np.minimum(centres, 0.5 - centres)
    share = np.exp(-np.square(2 * np.pi * near * width))  # of the window's square at twice f
    cosine = energy[:, None] * (1 + share) / 2
    sine = energy[:, None] * np.maximum(1 - share, _LEAST_SINE) / 2
    scores = np.square(spectra.real) / cosine + np.square(spectra.imag) / sine
    return scores, np.arange(scores.shape[1]) * float(hop), centres


def _model(n_taps: int) -> Separable:
    return Separable(
        basis=_basis,
        low=np.array([np.log(0.4), 0.0, 0.0]),
        high=np.array([np.log(2.0 * n_taps), 0.5, n_taps - 1.0]),
        scale=np.array([1.0, 1.0 / n_taps, 1.0]),
    )


def _basis(theta: np.ndarray, n_taps: int) -> np.ndarray:
    width, centre, place = np.exp(theta[:, :1]), theta[:, 1:2], theta[:, 2:]
    n = np.arange(n_taps) - place  # (filter, tap)
    return _quadrature(np.exp(-0.5 * np.square(n / width)), 2 * np.pi * centre * n)
