"""Fall of the class's probability without the cells that a map ranks highest.

References
----------
DeYoung et al., "ERASER: A Benchmark to Evaluate Rationalized NLP Models" (2020).
"""

import numpy as np

from cnnviz.attribution.checks.curves import DEYOUNG, Curves

TITLE, DIRECTION = "Comprehensiveness", 1


def measure(curves: Curves) -> float:
    """Mean of p less p without the highest 1, 5, 10, 20 and 50 % of the cells."""
    return float(np.mean(curves.p_deleted[0] - curves.at(curves.p_deleted, DEYOUNG)))
