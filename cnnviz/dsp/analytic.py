"""Complex filters: responses over frequencies of either sign, and how one-sided they are."""

import numpy as np
from scipy import fft

from cnnviz.dsp.response import levels_db, n_points, power, row_chunks

_LEAST_POINTS, _POINTS_PER_TAP = 1024, 2


def two_sided_db(taps: np.ndarray) -> np.ndarray:
    """Levels of the transform of complex taps (filter, tap), float32 (filter, n).

    n is even; the frequencies are k / n of the sample rate for k from -n / 2 to n / 2 - 1.
    """
    n = n_points(taps.shape[1], _LEAST_POINTS, points_per_tap=_POINTS_PER_TAP)
    levels = np.empty((len(taps), n), np.float32)
    for rows in row_chunks(len(taps), 4 * n):
        levels[rows] = np.fft.fftshift(levels_db(power(fft.fft(taps[rows], n))), axes=1)
    return levels


def two_sided_frequencies(n: int, sample_rate: float) -> np.ndarray:
    """Frequencies of `two_sided_db` in Hz, (n,)."""
    return np.asarray(np.fft.fftshift(np.fft.fftfreq(n, 1 / sample_rate)))


def analyticity(taps: np.ndarray) -> np.ndarray:
    """Share of the energy of complex taps (filter, tap) above 0 Hz, 1 - E(f < 0) / E, (filter,).

    1 for an analytic filter, 1/2 for a real one; NaN where there is no energy. In closed form
    from the autocorrelation r: 1/2 + 2 / (pi r[0]) sum over odd k > 0 of Im(r[k]) / k.

    Examples
    --------
    >>> analyticity(np.array([[1.0, 1j, -1, -1j], [1.0, 1.0, 1.0, 1.0]])).round(3)
    array([0.924, 0.5  ])
    """
    n_taps = taps.shape[1]
    length = fft.next_fast_len(2 * n_taps)
    odd = np.arange(1, n_taps, 2)
    shares = np.empty(len(taps))
    for rows in row_chunks(len(taps), 4 * length):
        lags = fft.ifft(power(fft.fft(taps[rows], length)))
        energy = lags[:, 0].real
        sums = (lags[:, odd].imag / odd).sum(axis=1)
        share = 0.5 + 2 / np.pi * sums / np.where(energy > 0, energy, 1.0)
        shares[rows] = np.where(energy > 0, np.clip(share, 0, 1), np.nan)
    return shares
