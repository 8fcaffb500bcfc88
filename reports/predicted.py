"""Curves of a filter as corrections of what its taps on the page already say.

The taps h of a filter give its response at bin k of a transform of N points,

    H = sum_n h[n] exp(-2 pi i k n / N),   level = 20 log10 |H|,   phase = arg H,
    delay = Re(sum_n n h[n] exp(-2 pi i k n / N) / H) taps.

Only the whole steps by which the numbers of a result differ from these are kept: turns of the
phase, and what rounded taps change. ``responses.js`` computes the same sums and adds the steps,
which gives the numbers of the result to half a step.
"""

from dataclasses import dataclass

import numpy as np

from .quantised import UNKNOWN, Corrected

_SILENT, _FAINT = 1e-7, 1e-4  # of sum |h|: below, a sum is rounding, or a delay has no end
_REAL = 1e-9  # of the real part: a smaller imaginary one is rounding
_MOST = 1 << 30
_STEPS_PER_TURN, _STEPS_PER_TAP, _STEPS_PER_DB = 1024, 8, 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Grid:
    """Bins (point,) of a transform of `n_fft` points, over taps that are `seconds` apart."""

    bins: np.ndarray
    n_fft: int
    seconds: float

    def step(self, name: str) -> float:
        """Step of a curve: ``"db"`` (dB), ``"phase"`` (radians) or ``"delay"`` (milliseconds)."""
        return {
            "db": 1 / _STEPS_PER_DB,
            "phase": 2 * np.pi / _STEPS_PER_TURN,
            "delay": 1000 * self.seconds / _STEPS_PER_TAP,
        }[name]


def correct(values: np.ndarray, predicted: np.ndarray, name: str, grid: Grid) -> Corrected:
    """Whole steps from the prediction to the numbers, (point,)."""
    known, step = np.isfinite(values), grid.step(name)
    codes = whole(np.where(known, values, 0.0), step) - whole(predicted, step)
    codes = np.where(known, np.clip(codes, -_MOST, _MOST), UNKNOWN).astype(np.int32)
    return Corrected(codes=codes, step=step, of=name)


def restored(numbers: Corrected, predicted: np.ndarray) -> np.ndarray:
    """Numbers as the page's script reads them, float64 (point,)."""
    values = (numbers.codes + whole(predicted, numbers.step)) * numbers.step
    return np.where(numbers.codes == UNKNOWN, np.nan, values)


def whole(values: np.ndarray, step: float) -> np.ndarray:
    """Numbers in whole steps, int64; halves are rounded up, as in JavaScript."""
    counts = np.floor(np.asarray(values, dtype=np.float64) / step + 0.5)
    return np.asarray(np.clip(counts, -_MOST, _MOST).astype(np.int64))


def predict(taps: np.ndarray, grid: Grid) -> dict[str, np.ndarray]:
    """Level, phase and delay of one filter (tap,) at the bins of a grid, (point,) each."""
    response, weighted = (_transformed(each, grid) for each in (taps, taps * np.arange(len(taps))))
    power = np.square(response.real) + np.square(response.imag)
    total = float(np.abs(taps).sum()) or 1.0
    silent, faint = power < (_SILENT * total) ** 2, power < (_FAINT * total) ** 2
    cross = weighted.real * response.real + weighted.imag * response.imag
    is_real = np.abs(response.imag) < _REAL * np.abs(response.real)
    angle = np.arctan2(np.where(is_real, 0.0, response.imag), response.real)
    angle = np.where(silent, 0.0, angle)
    delay = np.where(faint, 0.0, cross) / np.where(faint, 1.0, power)
    return {
        "db": 10 * np.log10(np.maximum(power, (_SILENT * total) ** 2)),
        "phase": angle + 2 * np.pi * _turns(angle, delay, grid),
        "delay": 1000 * grid.seconds * delay,
    }


def _turns(angle: np.ndarray, delay: np.ndarray, grid: Grid) -> np.ndarray:
    """Whole turns of the phase from the first bin on: a delay d turns it by -d per radian."""
    radians = 2 * np.pi / grid.n_fft * np.diff(grid.bins)
    expected = -radians * (delay[1:] + delay[:-1]) / 2
    turns = np.floor((expected - np.diff(angle)) / (2 * np.pi) + 0.5)
    return np.concatenate([[0.0], np.cumsum(turns)])


def _transformed(taps: np.ndarray, grid: Grid) -> np.ndarray:
    """Fourier sums at the bins; taps a whole transform apart have the same phase."""
    padded = np.pad(taps, (0, -len(taps) % grid.n_fft))
    folded = padded.reshape(-1, grid.n_fft).sum(axis=0)
    return np.asarray(np.fft.rfft(folded)[grid.bins])
