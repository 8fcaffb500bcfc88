"""One call of a tensor operation, as the rules see it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from cnnviz.trace.geometry import Geometry


@dataclass(frozen=True, kw_only=True, slots=True)
class Operation:
    """One call of a tensor operation.

    `arguments` are by name of the schema; `tensors` are the inputs that depend on the clip,
    `geometries` theirs; `outputs` are tensors.
    """

    name: str
    arguments: Mapping[str, Any]
    tensors: tuple[Tensor, ...]
    geometries: tuple[Geometry, ...]
    outputs: tuple[Tensor, ...]

    @property
    def source(self) -> Geometry:
        """Geometry of the first tracked input."""
        return self.geometries[0]

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the first output."""
        return tuple(self.outputs[0].shape)


Rule = Callable[[Operation], Geometry | Sequence[Geometry]]
