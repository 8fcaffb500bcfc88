"""Average gain: percentage of what the class's probability lacks that the part used alone gives.

References
----------
Zhang, Torres, Sicre, Avrithis and Ayache, "Opti-CAM: Optimizing saliency maps for
interpretability" (2024).
"""

from cnnviz.attribution.checks.curves import USED, Curves

TITLE, DIRECTION = "Average gain (%)", 1


def measure(curves: Curves) -> float:
    """100 max(0, p_in - p) / (1 - p), with the highest 10 % of the cells as the part used."""
    p = float(curves.p_deleted[0])
    (p_in,) = curves.at(curves.p_inserted, (USED,))
    return 100 * max(0.0, float(p_in) - p) / (1 - p) if p < 1 else 0.0
