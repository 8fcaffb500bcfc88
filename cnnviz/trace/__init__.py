"""What one forward pass shows: layer calls, convolutions, receptive fields, paths."""

from cnnviz.trace.records import Convolution, LayerCall, NetworkTrace
from cnnviz.trace.sharing import shared_traces, trace
from cnnviz.trace.weights import weight_convolutions

__all__ = [
    "Convolution",
    "LayerCall",
    "NetworkTrace",
    "shared_traces",
    "trace",
    "weight_convolutions",
]
