"""Frequency responses of taps: spectrum, level, phase and group delay on a zero-padded grid.

Networks correlate. With taps h from left to right, W(f) = sum_n h[n] exp(-2j pi f n / fs) is
the spectrum of the template a filter detects; its transfer function is the conjugate, so the
gain is |W| and a group delay of W says where in its field the filter reads that frequency.
"""

from collections.abc import Iterator

import numpy as np
from scipy import fft

LEAST_POINTS = 4096
POINTS_PER_TAP = 32
MASK_DB = 40.0
DB_PER_NEPER = float(10 / np.log(10))
_CHUNK_BYTES = 2**24
_LOWEST = 1e-30
_FFT_ROWS = 16


def n_points(
    n_taps: int, least: int = LEAST_POINTS, *, points_per_tap: int = POINTS_PER_TAP
) -> int:
    """Length of the transform: a power of two, at least `least` and `points_per_tap` a tap."""
    return 1 << (max(least, points_per_tap * n_taps) - 1).bit_length()


def frequency_axis(n_fft: int, sample_rate: float) -> np.ndarray:
    """Frequencies in Hz of the one-sided transform, (n_fft / 2 + 1,)."""
    return np.arange(n_fft // 2 + 1) * (sample_rate / n_fft)


def dilated(taps: np.ndarray, dilation: int) -> np.ndarray:
    """Put `dilation` - 1 zeros between the taps of the last axis."""
    if dilation == 1:
        return taps
    spread = np.zeros((*taps.shape[:-1], (taps.shape[-1] - 1) * dilation + 1))
    spread[..., ::dilation] = taps
    return spread


def row_chunks(n_rows: int, row_values: int, *, chunk_bytes: int = _CHUNK_BYTES) -> Iterator[slice]:
    """Cut rows so that one float64 array over a chunk stays near `chunk_bytes`."""
    step = max(1, chunk_bytes // (8 * max(1, row_values)))
    for start in range(0, n_rows, step):
        yield slice(start, min(start + step, n_rows))


def spectra(taps: np.ndarray, n_fft: int) -> np.ndarray:
    """Transform taps (filter, tap) to complex (filter, n_fft / 2 + 1).

    A few rows at a time in one padded buffer: most of the work would be to clear memory.
    """
    single = taps.dtype == np.float32
    shape = (len(taps), n_fft // 2 + 1)
    transformed = np.empty(shape, np.complex64 if single else np.complex128)
    padded = np.zeros((min(_FFT_ROWS, len(taps)), n_fft), taps.dtype if single else np.float64)
    for start in range(0, len(taps), _FFT_ROWS):
        part = taps[start : start + _FFT_ROWS]
        padded[: len(part), : taps.shape[1]] = part
        transformed[start : start + len(part)] = fft.rfft(padded[: len(part)], axis=-1)
    return transformed


def power(spectrum: np.ndarray) -> np.ndarray:
    """Squared magnitude without the square root."""
    squared = np.square(spectrum.real)
    squared += np.square(spectrum.imag)
    return np.asarray(squared)


def log_powers(powers: np.ndarray) -> np.ndarray:
    """Natural logarithm of powers (filter, n), not lower than 300 dB below each maximum.

    A filter without any power is NaN throughout.
    """
    peaks = powers.max(axis=-1, keepdims=True)
    logs = np.maximum(powers, np.where(peaks > 0, peaks * _LOWEST, np.nan))
    return np.asarray(np.log(logs, out=logs))


def levels_db(powers: np.ndarray) -> np.ndarray:
    """Decibels of powers (filter, n), with the floor of `log_powers`."""
    return np.asarray(DB_PER_NEPER * log_powers(powers))


def audible(powers: np.ndarray) -> np.ndarray:
    """Where a filter passes more than 40 dB below its maximum, bool (filter, n)."""
    peaks = powers.max(axis=-1, keepdims=True)
    return np.asarray((powers > peaks * 10 ** (-MASK_DB / 10)) & (peaks > 0))


def phases(spectrum: np.ndarray) -> np.ndarray:
    """Unwrapped phase in radians (filter, n), in the precision of `spectrum`.

    No step between neighbours is larger than pi.
    """
    angles = np.arctan2(spectrum.imag.copy(), spectrum.real.copy())
    steps = angles[:, 1:] - angles[:, :-1]
    turns = (steps < -np.pi).view(np.int8) - (steps > np.pi).view(np.int8)
    turns = turns.astype(np.int16)
    np.cumsum(turns, axis=-1, out=turns)
    angles[:, 1:] += np.multiply(turns, angles.dtype.type(2 * np.pi), out=steps)
    return np.asarray(angles)


def group_delays(weighted: np.ndarray, spectrum: np.ndarray, powers: np.ndarray) -> np.ndarray:
    """Group delay in taps from the first one, (filter, n).

    The derivative needs no differences: tau(f) = Re(F[n h] / F[h]) (Smith, "Introduction to
    Digital Filters", 2007).

    Parameters
    ----------
    weighted
        F[n h]: spectra of the taps times their index.
    spectrum, powers
        F[h] and its squared magnitude.
    """
    product = weighted.real * spectrum.real
    product += weighted.imag * spectrum.imag
    product /= np.maximum(powers, np.finfo(powers.dtype).tiny)
    return np.asarray(product)
