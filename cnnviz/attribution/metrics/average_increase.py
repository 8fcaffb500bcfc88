"""Average increase: whether the part used alone makes the class more probable, in percent.

References
----------
Chattopadhay, Sarkar, Howlader and Balasubramanian, "Grad-CAM++: Generalized Gradient-Based Visual
Explanations for Deep Convolutional Networks" (2018).
"""

from cnnviz.attribution.checks.curves import USED, Curves

TITLE, DIRECTION = "Average increase (%)", 1


def measure(curves: Curves) -> float:
    """100 where p_in > p, else 0, with the highest 10 % of the cells as the part used."""
    (p_in,) = curves.at(curves.p_inserted, (USED,))
    return 100.0 * bool(p_in > curves.p_deleted[0])
