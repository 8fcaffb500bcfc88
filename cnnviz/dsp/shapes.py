"""The shape of a filter in one word."""

import numpy as np

from cnnviz.dsp.descriptors import Bands

LOW, HIGH, BAND, MULTI = "low-pass", "high-pass", "band-pass", "multi-band"
FLAT, NOT_PEAKIER, DEAD = "flat", "not peakier than untrained", "dead"
SHAPES = (LOW, BAND, HIGH, MULTI, FLAT, NOT_PEAKIER, DEAD)


def label_shapes(bands: Bands, *, peakier: np.ndarray, dead: np.ndarray) -> tuple[str, ...]:
    """Name the shape of each filter by where its half-power band lies.

    Parameters
    ----------
    bands
        Half-power bands, (filter,).
    peakier
        Whether the filter is peakier than untrained ones or random taps, bool (filter,).
    dead
        bool (filter,).

    Returns
    -------
    tuple of str
        The first that holds of: dead; flat (above half power everywhere); not peakier than
        untrained; multi-band (several bands above half power); low-pass, high-pass (the band
        reaches zero, Nyquist); band-pass.
    """
    flat = bands.reaches_zero & bands.reaches_nyquist
    rules = (dead, flat, ~peakier, bands.n_regions > 1, bands.reaches_zero, bands.reaches_nyquist)
    names = (DEAD, FLAT, NOT_PEAKIER, MULTI, LOW, HIGH)
    return tuple(str(shape) for shape in np.select(rules, names, default=BAND))


def find_dead(taps: np.ndarray, share: float = 1e-3) -> np.ndarray:
    """Whether all taps of a filter are nearly zero, bool (filter,).

    Nearly: the norm is below `share` of the median norm of the filters that are not zero.
    """
    flat = taps.reshape(len(taps), -1)
    norms = np.sqrt(np.einsum("ft,ft->f", flat, flat))
    alive = norms[norms > 0]
    return np.asarray(norms <= (share * np.median(alive) if alive.size else 0.0))
