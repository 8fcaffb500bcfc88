"""Kernels whose responses are known in closed form."""

import numpy as np

SAMPLE_RATE = 16_000.0


def gabor(hz: float, sigma: float, n_taps: int = 513, phase: float = 0.0) -> np.ndarray:
    """Gaussian of `sigma` taps times a cosine."""
    n = np.arange(n_taps) - (n_taps - 1) / 2
    return np.exp(-(n**2) / (2 * sigma**2)) * np.cos(2 * np.pi * hz * n / SAMPLE_RATE + phase)


def erb(hz: float) -> float:
    """Glasberg and Moore (1990)."""
    return 24.7 * (4.37 * hz / 1000 + 1)


def gammatone(hz: float, n_taps: int = 2048) -> np.ndarray:
    """Fourth order, bandwidth 1.019 ERB (Patterson et al., 1987), unit peak."""
    t = np.arange(n_taps) / SAMPLE_RATE
    taps = t**3 * np.exp(-2 * np.pi * 1.019 * erb(hz) * t) * np.cos(2 * np.pi * hz * t)
    return taps / np.abs(taps).max()


def moving_average(length: int, n_taps: int | None = None) -> np.ndarray:
    """Equal taps that sum to one."""
    return np.pad(np.full(length, 1 / length), (0, (n_taps or length) - length))


def delta(n_taps: int, at: int = 0) -> np.ndarray:
    """One tap of one."""
    return np.eye(n_taps)[at]


def untrained(n_taps: int, n_draws: int = 500) -> np.ndarray:
    """Uniform taps about zero."""
    return np.random.default_rng(0).uniform(-1, 1, (n_draws, n_taps))
