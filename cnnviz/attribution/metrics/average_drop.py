"""Average drop: percentage of the class's probability that the part used alone does not give.

References
----------
Chattopadhay, Sarkar, Howlader and Balasubramanian, "Grad-CAM++: Generalized Gradient-Based Visual
Explanations for Deep Convolutional Networks" (2018).
"""

from cnnviz.attribution.checks.curves import USED, Curves

TITLE, DIRECTION = "Average drop (%)", -1


def measure(curves: Curves) -> float:
    """100 max(0, p - p_in) / p, with the highest 10 % of the cells as the part used."""
    p = float(curves.p_deleted[0])
    (p_in,) = curves.at(curves.p_inserted, (USED,))
    return 100 * max(0.0, p - float(p_in)) / p
