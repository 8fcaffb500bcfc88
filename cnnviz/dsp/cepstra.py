"""Kernels over cepstral coefficients as the patterns over mel bands that they look for.

Coefficients q are c = D L, with L the log-mel levels and D the rows of a DCT with their lifter. A
kernel w over k coefficients from q0 on gives sum_i w_i c_(q0 + i) = sum_m (D_(q0 : q0 + k)^T w)_m
L_m: an exact identity. The cepstral axis has no shift-invariance, so that the pattern is another
one at each q0.

References
----------
Davis and Mermelstein, "Comparison of parametric representations for monosyllabic word recognition
in continuously spoken sentences" (1980).
"""

from collections.abc import Sequence

import numpy as np


def mel_patterns(
    taps: np.ndarray, basis: np.ndarray, offsets: Sequence[int] | np.ndarray, *, dilation: int = 1
) -> np.ndarray:
    """Patterns over mel bands of kernels over cepstral coefficients.

    Parameters
    ----------
    taps
        (..., coefficient, time).
    basis
        Rows of the transform, with lifter and over the deviation of each coefficient where that
        is divided by, (coefficient, mel).
    offsets
        First coefficients that the kernel lies on, (place,); what lies outside is padding.
    dilation
        Coefficients between taps.

    Returns
    -------
    np.ndarray
        (place, ..., mel, time), in output per unit of log-mel level.

    Examples
    --------
    >>> mel_patterns(np.ones((1, 1)), np.eye(3), [0, 2])[:, :, 0]
    array([[1., 0., 0.],
           [0., 0., 1.]])
    """
    steps = dilation * np.arange(taps.shape[-2])
    patterns = []
    for offset in offsets:
        rows = int(offset) + steps
        is_inside = (rows >= 0) & (rows < len(basis))
        lines = basis[np.clip(rows, 0, len(basis) - 1)] * is_inside[:, None]
        patterns.append(lines.T @ taps)  # (..., mel, time)
    return np.stack(patterns)
