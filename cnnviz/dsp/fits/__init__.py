"""Waveform filters fitted by families of a few parameters, and which family describes one best.

Each family is one file: amplitudes and phases are solved linearly, the rest by descent from the
best cell of a grid. Of several families the one of least AIC = K ln(SSE / K) + 2 p describes a
filter of K taps best, p its parameters; of those only that fit better than chance would
(module `cnnviz.dsp.fits.chance`).

References
----------
Akaike, "A new look at the statistical model identification" (1974).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from cnnviz.dsp.fits import derivative, gabor, gammatone, moving_average, windowed_sinc
from cnnviz.dsp.fits.family import CYCLES, RADIANS, RATIO, TAPS, Fit, Parameter

__all__ = [
    "CYCLES",
    "FAMILIES",
    "RADIANS",
    "RATIO",
    "TAPS",
    "Family",
    "Fit",
    "Parameter",
    "aic",
    "choose",
    "fit_families",
]

_EXACT = 1e-12  # share of the energy that float32 weights miss


@dataclass(frozen=True, kw_only=True, slots=True)
class Family:
    """A family of filters: how taps (filter, tap) are fitted, and by which parameters."""

    fit: Callable[[np.ndarray], Fit]
    parameters: tuple[Parameter, ...]


FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        "Gabor": Family(fit=gabor.fit, parameters=gabor.PARAMETERS),
        "gammatone": Family(fit=gammatone.fit, parameters=gammatone.PARAMETERS),
        "windowed sinc": Family(fit=windowed_sinc.fit, parameters=windowed_sinc.PARAMETERS),
        "moving average": Family(fit=moving_average.fit, parameters=moving_average.PARAMETERS),
        "derivative": Family(fit=derivative.fit, parameters=derivative.PARAMETERS),
    }
)


def fit_families(taps: np.ndarray) -> tuple[Fit, ...]:
    """Fit filters (filter, tap) by every family, in the order of `FAMILIES`."""
    return tuple(family.fit(taps) for family in FAMILIES.values())


def aic(r2: np.ndarray, n_taps: int, n_parameters: int) -> np.ndarray:
    """Akaike's criterion up to a constant of the filter, in the shape of `r2`.

    Examples
    --------
    >>> float(aic(np.array(0.0), 64, 3))
    6.0
    """
    return np.asarray(n_taps * np.log(np.maximum(1 - r2, _EXACT)) + 2 * n_parameters)


def choose(r2: np.ndarray, limits: np.ndarray, n_taps: int) -> np.ndarray:
    """Family of least AIC among those beyond their limits, (filter,); -1 where none is.

    Parameters
    ----------
    r2, limits
        (family, filter), in the order of `FAMILIES`.
    n_taps
        Of a filter.
    """
    n_parameters = [len(family.parameters) for family in FAMILIES.values()]
    criteria = np.stack([aic(r, n_taps, n) for r, n in zip(r2, n_parameters, strict=True)])
    criteria = np.where(r2 > limits, criteria, np.inf)
    is_any = np.isfinite(criteria).any(axis=0)
    return np.where(is_any, criteria.argmin(axis=0), -1)
