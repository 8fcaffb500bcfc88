"""Insertion less deletion: how much more the score rests on what a map ranks high.

References
----------
Petsiuk, Das and Saenko, "RISE: Randomized Input Sampling for Explanation of Black-box Models"
(2018), of which both areas are.
"""

import numpy as np

from cnnviz.attribution.checks.curves import Curves

TITLE, DIRECTION = "Insertion - deletion", 1


def measure(curves: Curves) -> float:
    """Area between the score with the cells left alone and the score without them."""
    return float(np.trapezoid(curves.inserted - curves.deleted, curves.fractions))
