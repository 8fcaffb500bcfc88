"""Medians of what is known."""

import numpy as np


def known_median(values: np.ndarray) -> float:
    """Median of the finite values; NaN where there is none.

    Examples
    --------
    >>> known_median(np.array([1.0, np.nan, 3.0])), known_median(np.array([np.nan]))
    (2.0, nan)
    """
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else float("nan")
