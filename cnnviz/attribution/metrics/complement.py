"""Fall of the class's probability when the part used is taken out: p - p_out.

References
----------
Parekh, Parekh, Mozharovskyi, d'Alché-Buc and Richard, "Listen to Interpret: Post-hoc
Interpretability for Audio Networks with NMF" (2022), where it is called faithfulness.
"""

from cnnviz.attribution.checks.curves import USED, Curves

TITLE, DIRECTION = "p - p without the part used", 1


def measure(curves: Curves) -> float:
    """Of p less p without the highest 10 % of the cells."""
    (p_out,) = curves.at(curves.p_deleted, (USED,))
    return float(curves.p_deleted[0] - p_out)
