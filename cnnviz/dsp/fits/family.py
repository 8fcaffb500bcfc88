"""What a family of waveform filters is, and what a fit of it says."""

from dataclasses import dataclass

import numpy as np

RATIO, CYCLES, TAPS, RADIANS = "", "cycles/tap", "taps", "rad"


@dataclass(frozen=True, kw_only=True, slots=True)
class Parameter:
    """Name of a parameter, and its unit: ``""``, ``"cycles/tap"``, ``"taps"`` or ``"rad"``."""

    name: str
    unit: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Fit:
    """Filters fitted by one family.

    Parameters
    ----------
    r2
        1 - SSE / sum h^2, (filter,); NaN for filters without energy.
    values
        Parameters in the order of the family's `PARAMETERS`, (filter, parameter).
    fitted
        Taps of the model, (filter, tap).
    """

    r2: np.ndarray
    values: np.ndarray
    fitted: np.ndarray


def make_fit(taps: np.ndarray, fitted: np.ndarray, values: np.ndarray) -> Fit:
    """Hold fitted taps against those they were fitted to."""
    energy, errors = np.square(taps).sum(axis=1), np.square(taps - fitted).sum(axis=1)
    has_energy = energy > 0
    r2 = np.where(has_energy, 1 - errors / np.where(has_energy, energy, 1.0), np.nan)
    return Fit(r2=r2, values=np.where(has_energy[:, None], values, np.nan), fitted=fitted)


def quadrature(envelope: np.ndarray, phase: np.ndarray) -> np.ndarray:
    """Cosine and sine of a phase (filter, tap) under an envelope, (filter, 2, tap)."""
    return np.stack([envelope * np.cos(phase), envelope * np.sin(phase)], axis=1)


def polar(weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Amplitude and phase of A cos(x + phi) from the weights of cos x and sin x, (filter, 2)."""
    cosine, sine = weights.T
    return np.hypot(cosine, sine), np.arctan2(-sine, cosine)
