"""Spike-triggered averages and covariances of the units of a layer."""

from dataclasses import dataclass

import numpy as np

from cnnviz.results._freeze import freeze

LEAST_P = 0.01
"""P below which an average counts as one, and a covariance its eigenvalues."""
OF_AVERAGES = ("excess", "p", "reliability", "gain", "linear_share", "centre_hz")


@dataclass(frozen=True, kw_only=True, slots=True)
class TriggeredAverages:
    """Spike-triggered averages, E[(y - mean y) x] / s^2, of the units of a layer.

    NaN is what has no value: of units whose answers do not vary.

    Parameters
    ----------
    kernels
        Activation per unit amplitude, float32 (unit, tap); taps run in time.
    excess
        Energy over that of answers in no relation to the noise, (unit,); 1 by chance.
    p
        Of that energy among shuffled pairings of answers and noise, (unit,).
    reliability
        Correlation to expect of each measured average with the true one, (unit,).
    gain
        Norm of the average without the energy by chance, (unit,).
    linear_share
        Share of the variance of the answers that the average predicts, (unit,); 1 if linear.
    centre_hz
        Middle of the half-power band of its spectrum, (unit,); NaN where p is not low.
    n_cells
        Answers averaged; a pair of noise and its negative counts once.
    """

    kernels: np.ndarray
    excess: np.ndarray
    p: np.ndarray
    reliability: np.ndarray
    gain: np.ndarray
    linear_share: np.ndarray
    centre_hz: np.ndarray
    n_cells: int

    def __post_init__(self) -> None:
        freeze(self, kernels=("unit", None), **dict.fromkeys(OF_AVERAGES, ("unit",)))

    @property
    def is_shown(self) -> np.ndarray:
        """Units that have an average, bool (unit,)."""
        return np.asarray(self.p < LEAST_P)


@dataclass(frozen=True, kw_only=True, slots=True)
class TriggeredCovariances:
    """Spike-triggered covariances, E[(y - mean y) x x'] / s^4, of the units of a layer.

    NaN is what has no value: of units whose answers do not vary.

    Parameters
    ----------
    correlations
        Eigenvalues as correlations of the answers with the squared projection on each
        eigenvector, (unit, rank), the largest in size first.
    limits
        What the largest of them exceeds in 1 % of shuffled pairings, (unit,).
    n_beyond
        Eigenvalues beyond it, (unit,).
    vectors
        Of the first two, float32 (unit, rank, tap), of norm 1.
    n_cells
        Answers taken in; a pair of noise and its negative counts once.
    """

    correlations: np.ndarray
    limits: np.ndarray
    n_beyond: np.ndarray
    vectors: np.ndarray
    n_cells: int

    def __post_init__(self) -> None:
        freeze(
            self,
            correlations=("unit", None),
            limits=("unit",),
            n_beyond=("unit",),
            vectors=("unit", None, None),
        )
