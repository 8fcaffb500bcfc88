"""Mean score while the cells that a map ranks highest are taken out of the sound.

References
----------
Petsiuk, Das and Saenko, "RISE: Randomized Input Sampling for Explanation of Black-box Models"
(2018).
"""

import numpy as np

from cnnviz.attribution.checks.curves import Curves

TITLE, DIRECTION = "Deletion", -1


def measure(curves: Curves) -> float:
    """Area under the explained score over the fraction of cells taken out."""
    return float(np.trapezoid(curves.deleted, curves.fractions))
