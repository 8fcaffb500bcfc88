"""Chains in the graph of one trace: back from a convolution, and on from a layer."""

from cnnviz.dsp.composite import Affine, Kernel, Nonlinearity, Pool, Step
from cnnviz.trace.recorder import Event, Node
from cnnviz.trace.records import INPUT
from cnnviz.trace.steps import REORDERING, trimmed

_NONE: tuple[Step, ...] = ()


class Paths:
    """Finds chains in the graph of one trace; holds no tensors of the network."""

    def __init__(self, events: list[Event], nodes: list[Node]) -> None:
        weights = [
            (event, event.operation.arguments["weight"])
            for event in events
            if event.operation is not None and "weight" in event.operation.arguments
        ]
        self._axes = {event.name: weight.ndim - 2 for event, weight in weights}
        self._ends = {event.name: (event.source_node, event.node) for event, _ in weights}
        self._ends[INPUT] = (-1, 0)
        self._outputs = {event.name: event.node for event in events}
        self._nodes = tuple(nodes)

    def __call__(self, first: str, second: str) -> tuple[Step, ...] | None:
        """Walk back from the input of `second` to the output of `first`."""
        if first not in self._ends or second not in self._ends:
            return None
        end, node = self._ends[first][1], self._ends[second][0]
        groups: list[tuple[Step, ...]] = []
        while node != end:
            if node < 0 or self._nodes[node].steps is None:
                return None
            groups.append(self._nodes[node].steps or ())
            node = self._nodes[node].parent
        steps = tuple(step for group in reversed(groups) for step in group)
        return trimmed(steps, self._axes[first or second])

    def operations(self, name: str) -> tuple[str, ...] | None:
        """Walk back from the input of a convolution along all branches."""
        waiting = [self._ends[name][0]] if name in self._ends else [-1]
        seen = set(waiting)
        while waiting:
            node = waiting.pop()
            if node < 0:
                return None
            new = set(self._nodes[node].sources) - seen
            waiting += new
            seen |= new
        nodes = [self._nodes[node] for node in sorted(seen)]
        names = [node.name.strip("_") for node in nodes if node.name and node.steps != ()]
        return tuple(dict.fromkeys(name for name in names if name not in REORDERING))

    def followers(self, name: str) -> tuple[Step, ...]:
        """Walk on from the output of a layer call while one operation reads it.

        Padding is passed over.
        """
        node, steps = self._outputs.get(name, -1), _NONE
        while node >= 0:
            readers = [i for i, n in enumerate(self._nodes) if node in n.sources and not n.index]
            found = self._nodes[readers[0]].steps if len(readers) == 1 else None
            if found is None or any(isinstance(step, Kernel) for step in found):
                break
            steps += tuple(step for step in found if isinstance(step, Affine | Nonlinearity | Pool))
            node = readers[0]
        return steps
