"""How far the relevance in random patches is from what the score loses without them.

0 where they agree, 1 where the map says as little as one of zeros. The map is multiplied by the
one number, not below 0, that suits it best.

References
----------
Yeh, Hsieh, Suggala, Inouye and Ravikumar, "On the (In)fidelity and Sensitivity of Explanations"
(2019), here divided by the mean square of the losses.
"""

import numpy as np

from cnnviz.attribution.checks.curves import Curves

TITLE, DIRECTION = "Infidelity", -1


def measure(curves: Curves) -> float:
    """Mean of (a sum of R - fall)^2 over draws of patches, by that of fall^2; NaN of no fall."""
    sums, falls = curves.patch_sums, curves.patch_falls
    if not falls.any():
        return np.nan
    scale = max(sums @ falls, 0) / (sums @ sums) if sums.any() else 0
    return float(np.mean((scale * sums - falls) ** 2) / np.mean(falls**2))
