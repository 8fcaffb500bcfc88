"""How much of any sound a strided bank of filters keeps: the bounds of its frame.

For taps h_k of a bank that moves S samples a step, sum_k |<x, h_k>|^2 lies between A and B times
the energy of x, whatever x is. A and B are the least and largest eigenvalue over frequency of

    M(f)[l, l'] = (1/S) sum_k conj W_k(f + l fs/S) W_k(f + l' fs/S),  l, l' = 0 ... S - 1,

and for S = 1 the least and largest value of sum_k |W_k(f)|^2 (Bölcskei, Hlawatsch and
Feichtinger, "Frame-theoretic analysis of oversampled filter banks", 1998). B/A = 1 is a tight
frame; A = 0 means that some sounds leave no trace.

The eigenvalues are taken of the polyphase matrix E(f)[k, p] = sum_m h_k[m S + p] e^(-2 pi i f m
S / fs), which differs from (W_k(f + l fs/S))[k, l] / sqrt(S) by a unitary factor. Of filters x
phases the smaller product is used, so that a frequency costs J S min(J, S) + 10 min(J, S)^3
operations for J filters; beyond `MOST_WORK` of them frequencies are thinned out evenly.
"""

from dataclasses import dataclass

import numpy as np
from scipy import fft

from cnnviz.dsp.response import LEAST_POINTS, POINTS_PER_TAP, n_points, power, row_chunks, spectra

NULL_POWER = 1e-12
"""Power re the largest below which nothing is left: a millionth of the amplitude, what rounding
to single precision leaves of taps that cancel."""
MOST_WORK = 1e9
_LEAST_FREQUENCIES = 64
_MOST_NULLS = 256
_HALVINGS = 40

Bands = tuple[tuple[float, float], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class FrameBounds:
    """Bounds of a bank's frame.

    Parameters
    ----------
    lower, upper
        Least and largest output energy of input energy 1; `lower` is 0 where it is below
        `NULL_POWER` of `upper`.
    weakest_hz, strongest_hz
        Frequencies where they are reached; of a stride S those from 0 to half of fs/S, which
        stand for themselves and all that lie multiples of fs/S from them.
    null_hz
        Lower and upper end of each band in which no filter passes a tone, lowest first; equal
        for a single tone.
    lost_share
        Share of the input's dimensions that leave no trace, whatever the frequency: at least
        1 - J/S.
    """

    lower: float
    upper: float
    weakest_hz: float
    strongest_hz: float
    null_hz: Bands
    lost_share: float

    @property
    def condition(self) -> float:
        """Upper over lower bound, 1 for a tight frame; infinite where the lower one is 0."""
        return self.upper / self.lower if self.lower > 0 else np.inf


def measure_frame(taps: np.ndarray, *, stride: int, sample_rate: float) -> FrameBounds | None:
    """Measure the frame that filters (filter, tap) make, moved by `stride` samples a step.

    Bounds hold for sounds of any length, away from their ends. Those of a stride are the
    extremes over a grid of 32 points for every `stride` taps at least.

    Parameters
    ----------
    taps
        Of one channel, without dead filters.
    stride
        Input samples a step.
    sample_rate
        Hz, of the input.

    Returns
    -------
    FrameBounds or None
        None where all taps are zero.

    Examples
    --------
    >>> tight = measure_frame(np.eye(4), stride=4, sample_rate=8000.0)
    >>> round(tight.lower, 9), round(tight.upper, 9)
    (1.0, 1.0)
    """
    taps = np.asarray(taps, dtype=np.float64)
    if not taps.any():
        return None
    scale = float(np.abs(taps).max())
    taps = taps / scale  # levels far from one stay in range
    tones = summed_powers(taps)
    nulls, deepest = _find_nulls(tones, taps.shape[1], sample_rate)
    if stride == 1:
        values, hertz, n_lost = tones[:, None], _axis(len(tones), sample_rate), 0.0
    else:
        values = _eigenvalues(taps, stride)  # (frequency, min(filter, stride)), rising
        hertz = _axis(len(values), sample_rate / stride)
        n_lost = stride - _rank(values)
    lowest = values[:, 0] if len(taps) >= stride else np.zeros(len(values))
    upper, lower = float(values[:, -1].max()), float(lowest.min())
    weakest = float(hertz[lowest.argmin()])
    if stride == 1 and deepest[1] < lower:
        weakest, lower = deepest
    return FrameBounds(
        lower=lower * scale**2 if lower > NULL_POWER * upper else 0.0,
        upper=upper * scale**2,
        weakest_hz=weakest,
        strongest_hz=float(hertz[values[:, -1].argmax()]),
        null_hz=nulls,
        lost_share=n_lost / stride,
    )


def summed_powers(taps: np.ndarray) -> np.ndarray:
    """Littlewood-Paley sum of filters (filter, tap) from 0 to half the rate, (n,)."""
    n_fft = n_points(taps.shape[1])
    chunks = row_chunks(len(taps), 2 * n_fft)
    return np.asarray(sum(power(spectra(taps[rows], n_fft)).sum(axis=0) for rows in chunks))


def _axis(n: int, period_hz: float) -> np.ndarray:
    """Frequencies of half a period, both ends included, (n,)."""
    return np.linspace(0.0, period_hz / 2, n)


def _rank(values: np.ndarray) -> int:
    """Dimensions that are kept at all frequencies but single ones."""
    return int((values > NULL_POWER * values.max()).sum(axis=1).max())


def _eigenvalues(taps: np.ndarray, stride: int) -> np.ndarray:
    """Eigenvalues of the products of E(f) over half a period of f, (frequency, size), rising."""
    n_filters, n_steps = len(taps), -(-taps.shape[1] // stride)
    padded = np.zeros((n_filters, n_steps * stride))
    padded[:, : taps.shape[1]] = taps
    parts = padded.reshape(n_filters, n_steps, stride).swapaxes(1, 2)  # (filter, phase, step)
    parts = parts if n_filters >= stride else parts.swapaxes(0, 1)
    least = max(_LEAST_FREQUENCIES, LEAST_POINTS // stride)
    n = n_points(n_steps, least, points_per_tap=POINTS_PER_TAP)
    products = _products(parts, n, _thinning(n, n_filters, stride, n_steps))
    return np.maximum(np.linalg.eigvalsh(products), 0.0)


def _thinning(n: int, n_filters: int, stride: int, n_steps: int) -> int:
    """Every how many frequencies the eigenvalues are taken, a power of two.

    Of filters no longer than a step all frequencies are alike.
    """
    size = min(n_filters, stride)
    work = (n // 2) * (n_filters * stride * size + 10 * size**3)
    most = n // (2 if n_steps == 1 else min(_LEAST_FREQUENCIES, 8 * n_steps))
    return min(1 << max(0, int(np.ceil(np.log2(work / MOST_WORK)))), most)


def _products(parts: np.ndarray, n: int, step: int) -> np.ndarray:
    """Transforms of parts (summed, kept, step) times themselves, (frequency, kept, kept)."""
    kept = parts.shape[1]
    products = np.zeros((n // 2 // step + 1, kept, kept), complex)
    for rows in row_chunks(len(parts), 2 * kept * n):
        spectrum = fft.rfft(parts[rows], n, axis=-1)[..., ::step].transpose(2, 0, 1)
        products += spectrum.conj().swapaxes(1, 2) @ spectrum
    return products


def _find_nulls(
    tones: np.ndarray, n_taps: int, sample_rate: float
) -> tuple[Bands, tuple[float, float]]:
    """Where a sum of powers (n,) vanishes, and (Hz, sum) of its deepest minimum."""
    limit, step = NULL_POWER * tones.max(), 0.5 / (len(tones) - 1)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], tones <= limit, [False]])))
    bands = [
        (step * start, step * (stop - 1))
        for start, stop in zip(edges[::2], edges[1::2], strict=True)
    ]
    cycles, values = _refined(tones, n_taps, step * _minima(tones))
    for place in cycles[values <= limit]:
        if not any(low - step <= place <= high + step for low, high in bands):
            bands.append((place, place))
    deepest = int(values.argmin())
    found = tuple(
        (float(low * sample_rate), float(high * sample_rate)) for low, high in sorted(bands)
    )
    return found, (float(cycles[deepest] * sample_rate), float(values[deepest]))


def _minima(tones: np.ndarray) -> np.ndarray:
    """Indices of the lowest local minima."""
    padded = np.concatenate([[np.inf], tones, [np.inf]])
    places = np.flatnonzero((tones <= padded[:-2]) & (tones <= padded[2:]))
    return places[np.argsort(tones[places], kind="stable")[:_MOST_NULLS]]


def _refined(tones: np.ndarray, n_taps: int, cycles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Minima between the points of a grid, from those on it in cycles per sample.

    A sum of powers of K taps is r_0 + 2 sum_{n < K} r_n cos(2 pi f n), r its inverse transform.
    """
    weights = fft.irfft(tones)[:n_taps]
    weights[1:] *= 2
    step = 0.5 / (len(tones) - 1)
    values = _cosine_sums(weights, cycles)
    for _ in range(_HALVINGS):
        step /= 2
        for side in (-step, step):
            places = np.clip(cycles + side, 0.0, 0.5)
            found = _cosine_sums(weights, places)
            cycles, values = np.where(found < values, places, cycles), np.minimum(found, values)
    return cycles, np.maximum(values, 0.0)


def _cosine_sums(weights: np.ndarray, cycles: np.ndarray) -> np.ndarray:
    return np.asarray(np.cos(2 * np.pi * np.outer(cycles, np.arange(len(weights)))) @ weights)
