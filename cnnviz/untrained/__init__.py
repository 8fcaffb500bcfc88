"""Networks that never learned: the twin of a network, and its layers drawn anew."""

from cnnviz.untrained.twin import untrained_twin, untrained_twins

__all__ = ["untrained_twin", "untrained_twins"]
