"""Gradients and path integrals of a network's scores with respect to the waveform.

The frontend is a torch module in front of the network, so relevance arrives on the waveform for
spectrogram networks too. Everything here has the form R = (x - x') c with x' silence and c the
gradient at x or its average over the straight path from x' to x. It is c that is returned:
nothing has to be divided by the signal later. Where the frontend normalises each clip by its own
level, x is the normalised waveform.
"""

from cnnviz.gradients.paths import PathGradients, input_gradients, integrated_gradients
from cnnviz.gradients.question import BASELINE, BUDGET_BYTES

__all__ = [
    "BASELINE",
    "BUDGET_BYTES",
    "PathGradients",
    "input_gradients",
    "integrated_gradients",
]
