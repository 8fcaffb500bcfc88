"""What one forward pass shows: layer calls, convolutions, receptive fields, paths."""

from cnnviz.trace.cells import layer_grid
from cnnviz.trace.probing import measure_clip_gain, measure_first_filter
from cnnviz.trace.records import INPUT, Convolution, LayerCall, NetworkTrace, OutputAxes
from cnnviz.trace.sharing import shared_traces, trace
from cnnviz.trace.weights import weight_convolutions

__all__ = [
    "INPUT",
    "Convolution",
    "LayerCall",
    "NetworkTrace",
    "OutputAxes",
    "layer_grid",
    "measure_clip_gain",
    "measure_first_filter",
    "shared_traces",
    "trace",
    "weight_convolutions",
]
