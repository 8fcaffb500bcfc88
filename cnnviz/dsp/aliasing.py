"""What the stride of a layer folds together: Nyquist zones of its output rate.

With stride S a tone of f Hz appears in the output, of rate r = f_s / S, at
|((f + r / 2) mod r) - r / 2|. Zone k is the band from (k - 1) r / 2 to k r / 2: within one zone no
two frequencies share an alias, so that a band-pass in a single zone loses nothing by its stride
(bandpass sampling; Vaughan, Scott and White, "The theory of bandpass sampling", 1991).
"""

from dataclasses import dataclass

import numpy as np
from scipy import fft

from cnnviz.dsp.moments import autocorrelations
from cnnviz.dsp.response import row_chunks

LEAKING = 0.1
"""Share of a filter's energy outside its strongest zone above which it is counted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Aliasing:
    """How filters sit in the Nyquist zones of their output, each (filter,).

    Parameters
    ----------
    output_rate_hz
        Rate of the output, the same for all filters.
    alias_hz
        Where a tone at the filter's peak appears in the output.
    baseband_leakage
        Share of the energy above half the output rate, in [0, 1].
    zone_leakage
        Share of the energy outside the zone that has most of it.
    nyquist_zone
        That zone; 1 is the lowest.
    """

    output_rate_hz: np.ndarray
    alias_hz: np.ndarray
    baseband_leakage: np.ndarray
    zone_leakage: np.ndarray
    nyquist_zone: np.ndarray


@dataclass(frozen=True, kw_only=True, slots=True)
class Folded:
    """Gains of filters over the frequencies of their output, one branch per Nyquist zone.

    `frequencies` are those of the output in Hz (n,); `branches_hz` (zone, n) those of the input
    that appear there, with the gains `gains` (filter, zone, n).
    """

    frequencies: np.ndarray
    branches_hz: np.ndarray
    gains: np.ndarray


def alias_frequencies(frequencies: np.ndarray, output_rate: float) -> np.ndarray:
    """Frequencies in Hz at which tones appear in an output of a rate, of any shape.

    Examples
    --------
    >>> alias_frequencies(np.array([300.0, 1700.0, 5200.0]), 2000.0)
    array([300., 300., 800.])
    """
    half = output_rate / 2
    return np.asarray(np.abs(np.mod(frequencies + half, output_rate) - half))


def zone_shares(taps: np.ndarray, stride: int) -> np.ndarray:
    """Share of each filter's energy in each Nyquist zone of its output, (filter, zone).

    Exact: up to w the share is (w + 2 sum_k rho[k] sin(k w) / k) / pi, with autocorrelations
    rho; at the ends of the `stride` zones the sines have a period of two strides.

    Parameters
    ----------
    taps
        (filter, tap).
    stride
        Input samples per output.
    """
    shares = np.empty((len(taps), stride))
    period = 2 * stride
    n_lags = -(-taps.shape[1] // period) * period
    for rows in row_chunks(len(taps), 2 * max(n_lags, period)):
        lags = autocorrelations(taps[rows])
        weighted = np.zeros((len(lags), n_lags))
        weighted[:, 1 : taps.shape[1]] = lags[:, 1:] / np.arange(1, taps.shape[1])
        folded = weighted.reshape(len(lags), -1, period).sum(axis=1)
        sines = -fft.rfft(folded, axis=1).imag  # sum_k folded[k] sin(pi k e / stride) at edge e
        edges = np.arange(stride + 1) / stride + 2 / np.pi * sines
        shares[rows] = np.diff(edges, axis=1) * np.where(np.isfinite(lags[:, :1]), 1.0, np.nan)
    return np.maximum(shares, 0.0)


def measure_aliasing(
    taps: np.ndarray, peak_hz: np.ndarray, sample_rate: float, stride: int
) -> Aliasing:
    """Measure what a stride folds together.

    Parameters
    ----------
    taps
        (filter, tap).
    peak_hz
        Of the filters, (filter,).
    sample_rate
        Hz, of the axis the taps run along.
    stride
        Input samples per output.
    """
    shares = zone_shares(taps, stride)
    alive = np.where(np.isfinite(shares[:, 0]), 1.0, np.nan)
    rate = sample_rate / stride
    return Aliasing(
        output_rate_hz=np.full(len(taps), rate),
        alias_hz=alias_frequencies(peak_hz, rate),
        baseband_leakage=shares[:, 1:].sum(axis=1) * alive,
        zone_leakage=zone_leakages(shares),
        nyquist_zone=(np.argmax(shares, axis=1) + 1) * alive,
    )


def zone_leakages(shares: np.ndarray) -> np.ndarray:
    """Share of energy outside the strongest zone, (filter,), of shares (filter, zone)."""
    return np.asarray(np.maximum(1 - shares.max(axis=1), 0.0))


def fold(taps: np.ndarray, sample_rate: float, stride: int, *, n_steps: int = 128) -> Folded:
    """Fold the responses of filters to the frequencies of their output.

    Parameters
    ----------
    taps
        (filter, tap).
    sample_rate
        Hz, of the axis the taps run along.
    stride
        Input samples per output.
    n_steps
        Steps from zero to half the output rate, at least; more where there are more taps.
    """
    n_steps = max(n_steps, -(-taps.shape[1] // (2 * stride)))
    gains = np.abs(fft.rfft(taps, 2 * stride * n_steps, axis=1))
    starts = np.arange(stride)[:, None] * n_steps
    steps = np.arange(n_steps + 1)
    is_mirrored = np.arange(stride)[:, None] % 2 == 1
    places = starts + np.where(is_mirrored, n_steps - steps, steps)  # (zone, n)
    bin_hz = sample_rate / (2 * stride * n_steps)
    return Folded(frequencies=steps * bin_hz, branches_hz=places * bin_hz, gains=gains[:, places])
