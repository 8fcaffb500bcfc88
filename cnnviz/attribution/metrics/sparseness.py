"""Gini index of |relevance| over cells: 0 where all are equal, near 1 where one has it all.

References
----------
Chalasani, Chen, Chowdhury, Jha and Wu, "Concise Explanations of Neural Networks using Adversarial
Training" (2020).
"""

import numpy as np

from cnnviz.attribution.checks.curves import Curves

TITLE, DIRECTION = "Sparseness (Gini)", 0


def measure(curves: Curves) -> float:
    """1 - 2 sum of q_k (n - k + 1/2) / n over shares q in rising order."""
    shares = np.sort(curves.shares())
    n = len(shares)
    return float(1 - 2 * (shares * (n - np.arange(1, n + 1) + 0.5)).sum() / n)
