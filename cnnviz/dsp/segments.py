"""Stretches of time and bands of frequency with soft edges, which together are the whole.

An interval between two edges is the difference of two steps that rise over a raised cosine.
Neighbours share a step, so that adjoining intervals sum to 1 everywhere.

A sound is split into bands by the same idea: band b is what a low-pass filter at its upper edge
lets through and one at its lower edge does not. The filters are linear-phase FIRs by the window
method (Kaiser window, 60 dB), centred without delay. The transition of an edge lies about it, 6 dB
down on the edge itself, and is half as wide as the narrower of the two bands that meet there; so
in its middle half a band is removed by at least 50 dB, and so is what is kept of it outside of
half a neighbour. The bands sum to the sound.
"""

from collections.abc import Sequence

import numpy as np
from scipy.signal import firwin, kaiserord, oaconvolve

from cnnviz.dsp.scales import erb_number, erb_spaced

_ATTENUATION_DB = 60.0
BAND_RAMP = 0.5
"""Of the width of a band on the ERB-rate scale, over which it crosses into the next."""


def window_starts(n_samples: int, *, length: int, hop: int) -> np.ndarray:
    """First audio sample of windows that cover a clip, int (window,); the last may be cut.

    Examples
    --------
    >>> window_starts(1000, length=400, hop=200)
    array([  0, 200, 400, 600])
    >>> window_starts(1001, length=400, hop=400)
    array([  0, 400, 800])
    """
    return np.asarray(hop * np.arange(1 + max(0, -(-(n_samples - length) // hop))))


def soft_intervals(
    places: np.ndarray, starts: np.ndarray, stops: np.ndarray, *, ramp: float
) -> np.ndarray:
    """Membership of places in intervals, 0 to 1, (interval, place).

    Parameters
    ----------
    places
        On an axis, (place,).
    starts, stops
        Edges of each interval on that axis, where its membership is 1/2, (interval,); infinite
        where it does not end.
    ramp
        Width of each raised cosine, centred on its edge.
    """
    rises, falls = (_step(places - edges[:, None], ramp) for edges in (starts, stops))
    return np.asarray(rises - falls)


def soft_windows(
    places: np.ndarray, starts: np.ndarray, *, length: int, n_samples: int, ramp: float
) -> np.ndarray:
    """Membership of places in stretches of a clip, 0 to 1, (window, place).

    Parameters
    ----------
    places
        In audio samples, (place,).
    starts
        First sample of each window, (window,); those at an end of the clip do not fade there.
    length, n_samples
        Of a window and of the clip, audio samples.
    ramp
        Width of a raised cosine in audio samples.
    """
    stops = starts + length
    return soft_intervals(
        places,
        np.where(starts <= 0, -np.inf, starts - 0.5),
        np.where(stops >= n_samples, np.inf, stops - 0.5),
        ramp=ramp,
    )


def band_edges(n_bands: int, sample_rate: float) -> np.ndarray:
    """Edges in Hz of bands from 0 to half the sample rate, equally wide in ERBs, (band + 1,)."""
    return erb_spaced(0.0, sample_rate / 2, n_bands + 1)


def band_centres(n_bands: int, sample_rate: float) -> np.ndarray:
    """Centres in Hz of these bands on the ERB-rate scale, (band,)."""
    return erb_spaced(0.0, sample_rate / 2, 2 * n_bands + 1)[1::2]


def soft_bands(frequencies: np.ndarray, n_bands: int, sample_rate: float) -> np.ndarray:
    """Membership of frequencies in Hz in these bands, 0 to 1, (band, frequency)."""
    edges = erb_number(band_edges(n_bands, sample_rate))
    starts, stops = np.append(-np.inf, edges[1:-1]), np.append(edges[1:-1], np.inf)
    return soft_intervals(
        erb_number(frequencies), starts, stops, ramp=BAND_RAMP * (edges[1] - edges[0])
    )


def band_shares(frequencies: np.ndarray, edges_hz: np.ndarray) -> np.ndarray:
    """Share of each bin of a spectrum that lies in each band, 0 to 1, (band, bin).

    Parameters
    ----------
    frequencies
        Of the bins in Hz at even steps from 0, which meet half-way, (bin,).
    edges_hz
        Rising, from 0 to the last of these frequencies, so that the shares of a bin sum to 1.

    Examples
    --------
    >>> band_shares(np.array([0.0, 10.0, 20.0]), np.array([0.0, 12.5, 20.0]))
    array([[1.  , 0.75, 0.  ],
           [0.  , 0.25, 1.  ]])
    """
    half = (frequencies[1] - frequencies[0]) / 2
    starts = np.maximum(frequencies - half, edges_hz[0])
    stops = np.minimum(frequencies + half, edges_hz[-1])
    cuts = np.clip(edges_hz[:, None], starts, stops)  # (edge, bin)
    return np.asarray(np.diff(cuts, axis=0) / (stops - starts))


def split_bands(waveform: np.ndarray, edges_hz: Sequence[float], sample_rate: float) -> np.ndarray:
    """Split a sound into bands that sum to it, by linear-phase filters.

    Parameters
    ----------
    waveform
        (samples,); zero before and after.
    edges_hz
        Rising, from 0 to half the sample rate, (band + 1,).
    sample_rate
        Hz.

    Returns
    -------
    np.ndarray
        float64 (band, samples).
    """
    x = waveform.astype(np.float64)
    widths = np.diff(edges_hz)
    below = [np.zeros_like(x)]
    for edge, width in zip(edges_hz[1:-1], np.minimum(widths[1:], widths[:-1]), strict=True):
        taps = _low_pass(edge, width / 2, sample_rate)
        below.append(oaconvolve(x, taps)[len(taps) // 2 :][: len(x)])
    return np.diff([*below, x], axis=0)


def _low_pass(edge: float, transition: float, sample_rate: float) -> np.ndarray:
    """Taps of a low-pass filter, an odd number of them."""
    n_taps, beta = kaiserord(_ATTENUATION_DB, 2 * transition / sample_rate)
    taps: np.ndarray = firwin(
        n_taps | 1, edge, window=("kaiser", beta), scale=False, fs=sample_rate
    )
    return taps


def _step(distances: np.ndarray, ramp: float) -> np.ndarray:
    """From 0 below an edge to 1 above it, over a raised cosine."""
    return np.asarray((1 + np.sin(np.pi * np.clip(distances / ramp, -0.5, 0.5))) / 2)
