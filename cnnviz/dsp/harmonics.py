"""Harmonics of a tone in periodic cells, and total harmonic distortion.

N cells hold q whole cycles of the tone. Harmonic n stands at bin n q, folded by the rate of the
cells; where q and N share no factor, no two harmonics below N / 2 fold onto one bin, at any rate
of the cells (Shmilovitz, "On the definition of total harmonic distortion and its effect on
measurement interpretation", 2005, for THD re the fundamental).
"""

import math
from collections.abc import Sequence

import numpy as np

_LEAST_FUNDAMENTAL = 1e-3
_STEPS_TRIED = 64


def harmonic_amplitudes(cells: np.ndarray, n_cycles: int, n_harmonics: int) -> np.ndarray:
    """Mean and amplitudes of the harmonics 1 to n_harmonics, (..., 1 + n_harmonics).

    Parameters
    ----------
    cells
        One period, real (..., N); N above 2 n_harmonics.
    n_cycles
        Of the tone in it, without a factor in common with N.
    n_harmonics
        How many.

    Examples
    --------
    >>> rectified = np.maximum(np.sin(2 * np.pi * 7 * np.arange(256) / 256), 0)
    >>> harmonic_amplitudes(rectified, 7, 4).round(3).tolist()
    [0.318, 0.5, 0.212, 0.0, 0.042]
    """
    n = cells.shape[-1]
    bins = np.arange(1 + n_harmonics) * n_cycles % n
    turns = np.exp(-2j * np.pi * np.outer(np.arange(n), bins) / n)
    amplitudes = np.abs(cells @ turns) * (2 / n)
    amplitudes[..., 0] = cells.mean(axis=-1)
    return np.asarray(amplitudes)


def total_harmonic_distortion(cells: np.ndarray, n_cycles: int) -> np.ndarray:
    """sqrt(sum over n > 1 of H_n^2) / H_1 with every harmonic, (...); NaN without a fundamental.

    All that is not the mean and not the fundamental is distortion (Parseval), so that harmonics
    beyond those that are listed count too. The fundamental counts as absent below a thousandth of
    what the cells have beside their mean.

    Parameters
    ----------
    cells, n_cycles
        As in `harmonic_amplitudes`.
    """
    first = harmonic_amplitudes(cells, n_cycles, 1)[..., 1]
    power = 2 * np.var(cells, axis=-1)
    rest = np.maximum(power - first**2, 0.0)
    has_tone = (power > 0) & (first > _LEAST_FUNDAMENTAL * np.sqrt(power))
    return np.asarray(np.sqrt(rest) / np.where(has_tone, first, np.nan))


def cycles_without_common_factor(wanted: float, counts: Sequence[int]) -> int:
    """Whole cycles nearest to the wanted that share no factor with any count of cells.

    Examples
    --------
    >>> cycles_without_common_factor(100.0, (2560, 64))
    101
    """
    nearest = max(1, round(wanted))
    steps = sorted(range(-_STEPS_TRIED, _STEPS_TRIED + 1), key=abs)
    tried = [nearest + step for step in steps if nearest + step > 0]
    good = (q for q in tried if all(math.gcd(q, n) == 1 for n in counts))
    return next(good, nearest)
