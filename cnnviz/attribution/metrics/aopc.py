"""Area over the perturbation curve: mean fall of the score over the steps of deletion.

References
----------
Samek, Binder, Montavon, Lapuschkin and Müller, "Evaluating the Visualization of What a Deep
Neural Network Has Learned" (2017).
"""

import numpy as np

from cnnviz.attribution.checks.curves import Curves

TITLE, DIRECTION = "AOPC", 1


def measure(curves: Curves) -> float:
    """Mean over all steps, none taken out among them, of f(x) less the score."""
    return float(np.mean(curves.deleted[0] - curves.deleted))
