"""Moments of a filter's power over frequency, and of its energy over time.

All functions take many filters at once: taps (filter, tap), or powers (filter, n) on a one-sided
grid. Dead filters give NaN. Moments over frequency need no grid: with normalised autocorrelations
rho the density of the power over w in [0, pi] is (1 + 2 sum_k rho[k] cos(k w)) / pi, whose
moments are sums over k (Wiener-Khinchin; Oppenheim and Schafer, "Discrete-Time Signal
Processing").
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd

import numpy as np
from scipy import fft

from cnnviz.dsp.descriptors import energies, ratio

_BLOCK = 64


@dataclass(frozen=True, kw_only=True, slots=True)
class Moments:
    """Centroid and standard deviation of each filter's power, both in Hz (filter,)."""

    centroid_hz: np.ndarray
    spread_hz: np.ndarray


def autocorrelations(taps: np.ndarray) -> np.ndarray:
    """Autocorrelation over energy at lags from zero on, (filter, tap); NaN for dead filters."""
    length = fft.next_fast_len(2 * taps.shape[1] - 1, real=True)
    spectrum = fft.rfft(taps, length, axis=1)
    squared = np.square(spectrum.real) + np.square(spectrum.imag)
    lags = fft.irfft(squared, length, axis=1)[:, : taps.shape[1]]
    return ratio(lags, lags[:, :1])


def spectral_moments(taps: np.ndarray, sample_rate: float) -> Moments:
    """Centroid and spread of the power over frequency, exact for finite taps.

    E[w] = pi / 2 + 2 / pi sum_k rho[k] ((-1)^k - 1) / k^2,
    E[w^2] = pi^2 / 3 + 4 sum_k rho[k] (-1)^k / k^2.

    Examples
    --------
    >>> spectral_moments(np.array([[1.0, 0.0]]), 16_000).centroid_hz
    array([4000.])
    """
    lags = autocorrelations(taps)[:, 1:]
    k = np.arange(1, taps.shape[1])
    signs = np.where(k % 2, -1.0, 1.0)
    first = np.pi / 2 + 2 / np.pi * (lags @ ((signs - 1) / k**2))
    second = np.pi**2 / 3 + 4 * (lags @ (signs / k**2))
    alive = np.where(energies(taps) > 0, sample_rate / (2 * np.pi), np.nan)
    spread = np.sqrt(np.maximum(second - first**2, 0.0))
    return Moments(centroid_hz=first * alive, spread_hz=spread * alive)


def power_quantiles(powers: np.ndarray, shares: Sequence[float]) -> np.ndarray:
    """Positions in bins below which shares of the power lie, (share, filter).

    Each bin stands for the band of one bin around it, the two ends for half of one.
    """
    half = powers[:, 0] / 2
    totals = powers.sum(axis=1) - half - powers[:, -1] / 2
    targets = np.multiply.outer(np.asarray(shares), totals) + half  # (share, filter)
    index, before = _first_reaching(powers, targets)
    own = powers[np.arange(len(powers)), index]
    position = index - 0.5 + ratio(targets - before, own)
    return np.asarray(np.clip(position, 0.0, powers.shape[1] - 1))


def _first_reaching(powers: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First bin at which the sum of powers (filter, n) reaches targets (share, filter).

    And the sum before it. Sums over blocks first: all bins are summed up in one block only.
    """
    rows, last = np.arange(len(powers)), powers.shape[1] - 1
    block = gcd(last, _BLOCK)
    sums = powers[:, :-1].reshape(len(powers), -1, block).sum(axis=2).cumsum(axis=1)
    sums = np.pad(sums, ((0, 0), (1, 0)))  # (filter, block + 1)
    place = np.count_nonzero(sums[:, 1:] < targets[..., None], axis=-1)
    place = np.minimum(place, sums.shape[1] - 2)
    bins = place[..., None] * block + np.arange(block)  # (share, filter, bin)
    inside = powers[rows[:, None], bins].cumsum(axis=-1) + sums[rows, place][..., None]
    step = np.count_nonzero(inside < targets[..., None], axis=-1)
    previous = np.take_along_axis(inside, np.maximum(step - 1, 0)[..., None], axis=-1)[..., 0]
    return place * block + step, np.where(step > 0, previous, sums[rows, place])


def spectral_entropies(powers: np.ndarray, logs: np.ndarray) -> np.ndarray:
    """Entropy of the power over frequency in bits re a flat spectrum, (filter,), at most 0.

    0 for a single tap; -1 where power fills one half of the axis evenly. Unlike the entropy over
    the logarithm of the number of bins it does not depend on the grid. `logs` are those of
    `response.log_powers`.
    """
    mean = powers.mean(axis=1)
    weighted = ratio(np.einsum("ij,ij->i", powers, logs) / powers.shape[1], mean)
    return np.asarray((np.log(np.where(mean > 0, mean, np.nan)) - weighted) / np.log(2))


def durations(taps: np.ndarray) -> np.ndarray:
    """Standard deviation of the energy over time in taps, (filter,)."""
    n = np.arange(taps.shape[1]) - (taps.shape[1] - 1) / 2  # small numbers cancel less
    squared = taps**2
    energy = energies(taps)
    mean, square = (ratio(squared @ n**power, energy) for power in (1, 2))
    return np.asarray(np.sqrt(np.maximum(square - mean**2, 0.0)))
