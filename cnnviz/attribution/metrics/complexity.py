"""Entropy of |relevance| over cells: 0 where one has it all, ln n where n are equal.

References
----------
Bhatt, Weller and Moura, "Evaluating and Aggregating Feature-based Model Explanations" (2020).
"""

from scipy.stats import entropy

from cnnviz.attribution.checks.curves import Curves

TITLE, DIRECTION = "Complexity (nat)", 0


def measure(curves: Curves) -> float:
    """Minus the sum of q ln q over shares q."""
    return float(entropy(curves.shares()))
