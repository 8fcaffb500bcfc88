"""What units answer to sounds made for the purpose: stimuli, and one forward path."""

from cnnviz.probing.listening import Listener, UnitLayer, listening, unit_layers

__all__ = ["Listener", "UnitLayer", "listening", "unit_layers"]
