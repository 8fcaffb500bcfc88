"""Mean score while the cells that a map ranks highest are all that is left of the sound.

References
----------
Petsiuk, Das and Saenko, "RISE: Randomized Input Sampling for Explanation of Black-box Models"
(2018).
"""

import numpy as np

from cnnviz.attribution.checks.curves import Curves

TITLE, DIRECTION = "Insertion", 1


def measure(curves: Curves) -> float:
    """Area under the explained score over the fraction of cells left."""
    return float(np.trapezoid(curves.inserted, curves.fractions))
