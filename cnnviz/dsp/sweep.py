"""Exponential sine sweeps: the linear impulse response of a system and those of its harmonics.

    x(t) = sin(2 pi f1 L (exp(t / L) - 1)),   L = T / ln(f2 / f1).

The sweep turned around in time, with amplitudes exp(-t / L), is its inverse. What a system
makes of order n comes out a time L ln n before the linear response (Farina, "Simultaneous
measurement of impulse response and distortion with a swept-sine technique", 2000).
"""

from dataclasses import dataclass

import numpy as np
from scipy import fft, signal

_ENDS = 0.02
"""Share of the sweep at either end over which it rises and falls."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sweep:
    """From `lowest_hz` to `highest_hz` in `seconds`, at `sample_rate` Hz."""

    lowest_hz: float
    highest_hz: float
    seconds: float
    sample_rate: float

    @property
    def n_samples(self) -> int:
        """Length."""
        return round(self.seconds * self.sample_rate)

    @property
    def scale_seconds(self) -> float:
        """L: time in which the frequency grows by e."""
        return float(self.seconds / np.log(self.highest_hz / self.lowest_hz))

    def lead_seconds(self, order: int) -> float:
        """How far the response of an order comes before the linear one."""
        return float(self.scale_seconds * np.log(order))

    def waveform(self) -> np.ndarray:
        """Sweep of full scale, (samples,)."""
        times = np.arange(self.n_samples) / self.sample_rate
        angles = (
            2 * np.pi * self.lowest_hz * self.scale_seconds * np.expm1(times / self.scale_seconds)
        )
        return np.asarray(np.sin(angles) * signal.windows.tukey(self.n_samples, 2 * _ENDS))

    def inverse(self) -> np.ndarray:
        """Filter that makes a pulse of the sweep, of gain 1 in mid-band, (samples,)."""
        sweep = self.waveform()
        times = np.arange(self.n_samples) / self.sample_rate
        turned = sweep[::-1] * np.exp(-times / self.scale_seconds)
        middle = np.sqrt(self.lowest_hz * self.highest_hz)
        turns = np.exp(-2j * np.pi * middle * times)
        return np.asarray(turned / np.abs((sweep @ turns) * (turned @ turns)))


def impulse_responses(
    answers: np.ndarray, sweep: Sweep, *, n_orders: int, n_samples: int, n_before: int = 0
) -> np.ndarray:
    """Impulse responses of the orders 1 to n_orders, (..., order, n_samples).

    Parameters
    ----------
    answers
        To the sweep, from its first sample on and as long after it as the system rings, (..., n).
    sweep
        That was played.
    n_orders
        Harmonic orders; leads of two neighbours must be longer apart than `n_samples`.
    n_samples, n_before
        Of each response, and how many of these lie before its time zero.
    """
    inverse = sweep.inverse()
    size = fft.next_fast_len(answers.shape[-1] + len(inverse) - 1, real=True)
    whole = fft.irfft(fft.rfft(answers, size) * fft.rfft(inverse, size), size)
    zero = len(inverse) - 1
    leads = [round(sweep.lead_seconds(n) * sweep.sample_rate) for n in range(1, 1 + n_orders)]
    starts = [zero - lead - n_before for lead in leads]
    return np.stack([whole[..., start : start + n_samples] for start in starts], axis=-2)
