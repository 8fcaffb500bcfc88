"""Moving average: equal taps from one place to another, zero elsewhere; of one tap, an impulse."""

import numpy as np

from cnnviz.dsp.fits.family import RATIO, TAPS, Fit, Parameter, make_fit
from cnnviz.dsp.fits.pairs import best_pairs

PARAMETERS = (
    Parameter(name="amplitude", unit=RATIO),
    Parameter(name="start", unit=TAPS),
    Parameter(name="length", unit=TAPS),
)
_MOST_PLACES = 512


def fit(taps: np.ndarray) -> Fit:
    """Fit taps (filter, tap) by the best of all starts and ends, on a grid where taps are many."""
    n_taps = taps.shape[1]
    sums = np.pad(np.cumsum(taps, axis=1), ((0, 0), (1, 0)))  # (filter, place)
    places = np.rint(np.linspace(0, n_taps, min(n_taps, _MOST_PLACES) + 1)).astype(int)
    pairs = best_pairs(sums[:, places], np.minimum(places[:, None], places).astype(float))
    start, stop = places[pairs].T
    rows = np.arange(len(taps))
    amplitude = (sums[rows, stop] - sums[rows, start]) / (stop - start)
    n = np.arange(n_taps)
    is_inside = (n >= start[:, None]) & (n < stop[:, None])
    values = np.stack([amplitude, start.astype(float), (stop - start).astype(float)], axis=1)
    return make_fit(taps, np.where(is_inside, amplitude[:, None], 0.0), values)
