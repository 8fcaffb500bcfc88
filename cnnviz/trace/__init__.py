"""What one forward pass shows: layer calls, convolutions, receptive fields, paths."""

from cnnviz.trace.records import Convolution, LayerCall, NetworkTrace
from cnnviz.trace.runner import trace
from cnnviz.trace.weights import weight_convolutions

__all__ = ["Convolution", "LayerCall", "NetworkTrace", "trace", "weight_convolutions"]
