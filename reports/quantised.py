"""Numbers at the resolution a picture needs: 8 or 16 bits with their scale."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True, slots=True)
class Quantised:
    """Numbers as ``lowest + step * codes``; the largest code stands for NaN.

    `codes` is uint8 or uint16 of any shape, `lowest` and `step` have the unit of the numbers.
    """

    codes: np.ndarray
    lowest: float
    step: float


UNKNOWN = np.iinfo(np.int32).min
"""Code of a correction that stands for NaN."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Corrected:
    """Numbers as whole steps from what the page's script computes; `UNKNOWN` stands for NaN.

    `codes` is int32 (point,), `step` has the unit of the numbers; `of` names what is computed.
    """

    codes: np.ndarray
    step: float
    of: str


def quantised(
    values: np.ndarray,
    *,
    n_bits: int = 16,
    lowest: float | None = None,
    highest: float | None = None,
) -> Quantised:
    """Round numbers to 254 or 65,534 equal steps from `lowest` to `highest`.

    Parameters
    ----------
    values
        Any shape; NaN stays NaN, what lies outside the range is clipped to it.
    n_bits
        8 or 16.
    lowest, highest
        Ends of the range; None for those of the finite values.

    Examples
    --------
    >>> quantised(np.array([0.0, 0.5, 1.0, np.nan]), n_bits=8).codes.tolist()
    [0, 127, 254, 255]
    """
    kind = np.uint8 if n_bits == 8 else np.uint16
    nothing = int(np.iinfo(kind).max)
    known = np.isfinite(values)
    finite = values[known] if known.any() else np.zeros(1)
    low = float(finite.min()) if lowest is None else lowest
    high = float(finite.max()) if highest is None else highest
    step = (high - low) / (nothing - 1) or 1.0
    clipped = np.clip(np.where(known, values, low), low, high)
    codes = np.where(known, np.rint((clipped - low) / step), nothing).astype(kind)
    return Quantised(codes=codes, lowest=low, step=step)


def fiftieths(values: np.ndarray) -> Quantised:
    """Round numbers from -1 to 1, of any shape, to 0.02, as many steps as colours tell apart."""
    known = np.isfinite(values)
    codes = np.rint(50 * np.clip(np.where(known, values, 0), -1, 1)) + 50
    return Quantised(codes=np.where(known, codes, 255).astype(np.uint8), lowest=-1.0, step=0.02)


def restored(numbers: Quantised) -> np.ndarray:
    """Numbers as the page's script reads them, float64 of the same shape."""
    nothing = np.iinfo(numbers.codes.dtype).max
    values = numbers.lowest + numbers.step * numbers.codes.astype(np.float64)
    return np.where(numbers.codes == nothing, np.nan, values)
