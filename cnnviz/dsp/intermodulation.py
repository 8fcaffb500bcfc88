"""What two tones together make: cubic and quadratic difference tones in periodic cells.

N cells hold q1 and q2 whole cycles of two tones; the product of frequency a f1 + b f2 stands at bin
a q1 + b q2, folded by the rate of the cells. q1 and q2 are chosen so that no product of order 3
or less folds onto what is read.
"""

from collections.abc import Sequence
from itertools import product

import numpy as np

_READ = ((1, 0), (0, 1), (2, -1), (-1, 1))
_LOW_ORDER = tuple(  # (a, b) and (-a, -b) are one frequency
    (a, b) for a, b in product(range(4), range(-3, 4)) if a + abs(b) <= 3 and (a > 0 or b >= 0)
)
_LEAST_PRIMARY = 1e-3
_FLOOR, _ROUNDING = 1e-6, 1e-9
_STEPS_TRIED = 12


def intermodulation_db(cells: np.ndarray, first: int, second: int) -> np.ndarray:
    """Levels at 2 f1 - f2 and at f2 - f1 re the primaries, dB (..., 2).

    Parameters
    ----------
    cells
        One period, real (..., N).
    first, second
        Cycles of the two tones in it, as `separate_cycles` gives them.

    Returns
    -------
    np.ndarray
        Re the geometric mean of the amplitudes at f1 and f2, -120 dB or more; NaN where that
        mean is less than a thousandth of all that the cells have beside their own.

    Examples
    --------
    >>> turns = 2 * np.pi * np.arange(512) / 512
    >>> tones = np.cos(50 * turns) + np.cos(61 * turns)
    >>> intermodulation_db(tones + 0.1 * tones**2, 50, 61).round(3).tolist()
    [-120.0, -20.0]
    """
    n = cells.shape[-1]
    bins = np.array([a * first + b * second for a, b in _READ]) % n
    turns = np.exp(-2j * np.pi * np.outer(np.arange(n), bins) / n)
    mean = cells.mean(axis=-1, keepdims=True)
    amplitudes = np.abs((cells - mean) @ turns) * (2 / n)
    primary = np.sqrt(amplitudes[..., 0] * amplitudes[..., 1])
    least = np.maximum(
        _LEAST_PRIMARY * np.sqrt(2 * np.var(cells, axis=-1)), _ROUNDING * np.abs(mean[..., 0])
    )
    is_heard = primary > least
    shares = amplitudes[..., 2:] / np.where(is_heard, primary, np.nan)[..., None]
    return np.asarray(20 * np.log10(np.maximum(shares, _FLOOR)))


def separate_cycles(first: float, second: float, counts: Sequence[int]) -> tuple[int, int] | None:
    """Whole cycles near the wanted whose products stand apart in all counts of cells.

    Examples
    --------
    >>> separate_cycles(50.0, 61.0, (512, 64))
    (50, 61)
    """
    steps = range(-_STEPS_TRIED, _STEPS_TRIED + 1)
    near = sorted(product(steps, repeat=2), key=lambda step: (abs(step[0]) + abs(step[1]), step))
    pairs = ((round(first) + one, round(second) + other) for one, other in near)
    return next(
        (q for q in pairs if 0 < q[0] < q[1] and all(_are_apart(*q, n) for n in counts)), None
    )


def _are_apart(first: int, second: int, n: int) -> bool:
    """Whether what is read shares no bin with another product of order 3 or less."""
    bins = [_folded(a * first + b * second, n) for a, b in _LOW_ORDER]
    read = [_folded(a * first + b * second, n) for a, b in _READ]
    return all(bins.count(place) == 1 and 0 < 2 * place < n for place in read)


def _folded(place: int, n: int) -> int:
    return min(place % n, -place % n)
