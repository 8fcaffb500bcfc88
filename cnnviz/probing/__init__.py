"""What units answer to sounds made for the purpose: stimuli, and one forward path."""

from cnnviz.probing.listening import Listener, listening
from cnnviz.probing.unit_layers import UnitLayer, unit_layers

__all__ = ["Listener", "UnitLayer", "listening", "unit_layers"]
