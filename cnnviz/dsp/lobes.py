"""Side lobes: the highest gain outside the lobe that holds the peak."""

import numpy as np

from cnnviz.dsp.descriptors import Bands, Peaks, decibels


def side_lobes_db(powers: np.ndarray, peaks: Peaks, bands: Bands) -> np.ndarray:
    """Highest level outside the main lobe in dB re the peak, (filter,).

    The main lobe is the band around the peak and the slopes on both sides of it, down to the
    first bin from which the power rises again (Harris, "On the use of windows for harmonic
    analysis", 1978). NaN where it never does.

    Parameters
    ----------
    powers
        (filter, n).
    peaks
        Of these powers.
    bands
        Around the peaks, wide enough that ripple at the top lies inside: 10 dB.
    """
    last = powers.shape[1] - 1
    bins = np.arange(last, dtype=np.int32)  # step k leads from bin k to bin k + 1
    rises = powers[:, 1:] > powers[:, :-1]
    start = np.floor(bands.lower).astype(np.int32)[:, None]
    stop = np.ceil(bands.upper).astype(np.int32)[:, None]
    on_left, on_right = ~rises & (bins < start), rises & (bins >= stop)
    left = np.where(on_left.any(axis=1), last - np.argmax(on_left[:, ::-1], axis=1), -1)
    right = np.where(on_right.any(axis=1), np.argmax(on_right, axis=1), last + 1)
    every = np.arange(last + 1, dtype=np.int32)
    is_outside = (every <= left[:, None]) | (every >= right[:, None])
    highest = np.where(is_outside, powers, 0.0).max(axis=1)
    return np.asarray(decibels(highest) - decibels(peaks.power))
