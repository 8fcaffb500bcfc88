"""Numbers as people read them."""

import math

import numpy as np

NO_INTERVAL = "one speaker or recording: no interval"
NOTHING = "\N{EM DASH}"


def decimal(value: float, digits: int | None = 4) -> str:
    """Write a number with `digits` significant digits and thousands separators.

    NaN is an em dash; None keeps as many digits as are needed to read the number back.

    Examples
    --------
    >>> decimal(12345.678), decimal(0.98764, 2), decimal(-0.0), decimal(float("inf"))
    ('12,346', '0.99', '0', '∞')
    """
    if math.isnan(value):
        return NOTHING
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if value == 0:
        return "0"
    if digits is None:
        return repr(float(value))
    magnitude = math.floor(math.log10(abs(float(f"{value:.{digits - 1}e}"))))
    if magnitude < -4:  # smaller than 0.0001 reads better with a power
        return f"{value:.{digits - 1}e}"
    text = f"{value:,.{max(digits - 1 - magnitude, 0)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def si(value: float) -> str:
    """Write an axis tick: thousands as k, no trailing zeros.

    Examples
    --------
    >>> si(2000), si(0.25), si(12500), si(-40)
    ('2k', '0.25', '12.5k', '-40')
    """
    rounded = float(f"{value:.6g}") + 0.0
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if abs(rounded) >= size:
            return f"{rounded / size:g}{letter}"
    return f"{rounded:g}"


def size(n_bytes: int) -> str:
    """Write a number of bytes in kB or MB.

    Examples
    --------
    >>> size(900), size(48_200), size(4_800_000)
    ('900 B', '48 kB', '4.8 MB')
    """
    if n_bytes >= 1_000_000:
        return f"{n_bytes / 1e6:.1f} MB"
    return f"{n_bytes / 1e3:.0f} kB" if n_bytes >= 1000 else f"{n_bytes} B"


def percent_interval(interval: np.ndarray) -> str:
    """Write the 95 % interval of a share, (2,), in per cent; NaN where there is one group.

    Examples
    --------
    >>> percent_interval(np.array([0.25, 0.5]))
    '95 % interval 25.0\u201350.0 %'
    """
    low, high = 100 * interval
    return NO_INTERVAL if np.isnan(low) else f"95 % interval {low:.1f}\N{EN DASH}{high:.1f} %"


def known(value: float) -> float | int | None:
    """A number for a cell of a table, or nothing where it is not known or has no end.

    Examples
    --------
    >>> known(np.float32(0.5)), known(np.int64(3)), known(float("nan"))
    (0.5, 3, None)
    """
    if not np.isfinite(value):
        return None
    return int(value) if isinstance(value, int | np.integer) else float(value)
