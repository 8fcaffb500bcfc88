"""Record every tensor operation of a forward pass, and the module that called it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from cnnviz.dsp.composite import Step
from cnnviz.hooks import call_name, named_tensors
from cnnviz.trace.geometry import Geometry, length_of, merged
from cnnviz.trace.operation import Operation
from cnnviz.trace.rules import propagate
from cnnviz.trace.steps import steps_of

_CONVOLUTIONS = ("convolution", "_convolution")
_VALUES_UNUSED = frozenset(  # take shape and type of a tensor, not its values
    [
        *("empty_like", "zeros_like", "ones_like", "full_like", "rand_like", "randn_like"),
        *("new_empty", "new_zeros", "new_ones", "new_full", "new_empty_strided"),
    ]
)


@dataclass(kw_only=True, slots=True)
class Event:
    """A convolution or pooling that ran, or a leaf module that returned."""

    name: str
    kind: str
    module: nn.Module | None
    operation: Operation | None
    output: Tensor | None
    geometry: Geometry | None
    node: int = -1
    source_node: int = -1


@dataclass(kw_only=True, slots=True)
class Frame:
    """A module that is being called."""

    name: str
    module: nn.Module
    is_leaf: bool
    events: list[Event] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True, slots=True)
class Node:
    """One state of a tensor: the node it came from, and the steps between.

    `sources` are all nodes that the operation `name` read; `index` counts its outputs.
    """

    parent: int
    steps: tuple[Step, ...] | None
    name: str = ""
    sources: tuple[int, ...] = ()
    index: int = 0


class Recorder(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Geometry of each tensor, a graph of chains, and the events in order of execution.

    Every tensor seen is kept alive until the recorder goes, so that identities are unique.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.events: list[Event] = []
        self.nodes: list[Node] = []
        self.frames: list[Frame] = []
        self._geometries: dict[int, Geometry] = {}
        self._node_of: dict[int, int] = {}
        self._alive: list[Tensor] = []
        self._by_storage: dict[int, list[int]] = {}
        self._tainted: dict[int, Geometry] = {}
        self._counts: dict[str, int] = {}

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """No compiler is at work here; asking for it would import torch._dynamo, for seconds."""
        return False

    def start(self, tensor: Tensor, geometry: Geometry) -> None:
        """Follow a tensor from here on."""
        self._set(tensor, geometry, Node(parent=-1, steps=None))

    def geometry(self, tensor: Tensor) -> Geometry | None:
        """What is known about a tensor; None when it does not depend on the clip."""
        geometry = self._geometries.get(id(tensor))
        if geometry is None and tensor.layout == torch.strided:
            taint = self._tainted.get(_storage(tensor))
            return None if taint is None else merged(tensor.shape, [taint])
        return geometry

    def node(self, tensor: Tensor) -> int:
        """The state of a tensor in the graph; -1 when it does not depend on the clip."""
        return self._node_of.get(id(tensor), -1)

    def enter(self, name: str, module: nn.Module, *, is_leaf: bool) -> None:
        """A module begins; its further calls get a number."""
        index = self._counts.get(name, 0)
        self._counts[name] = index + 1
        self.frames.append(Frame(name=call_name(name, index), module=module, is_leaf=is_leaf))

    def leave(self, output: object) -> None:
        """The innermost module returns."""
        frame = self.frames.pop()
        if not frame.is_leaf:
            return
        outputs = [tensor for _, tensor in named_tensors(output)]
        tensor = outputs[0] if outputs else None
        event = Event(
            name=frame.name,
            kind=type(frame.module).__name__.removeprefix("Parametrized"),
            module=frame.module,
            operation=None,
            output=tensor,
            geometry=None if tensor is None else self.geometry(tensor),
            node=-1 if tensor is None else self.node(tensor),
        )
        is_only_event = len(frame.events) == 1
        for inner in frame.events:
            inner.module = frame.module
            inner.name = frame.name if is_only_event else inner.name
        if _is_complex_convolution(frame):
            for inner, part in zip(frame.events, ("real", "imag"), strict=False):
                inner.name = f"{frame.name}:{part}"
            frame.events = frame.events[:2]
        self.events += [*frame.events, event]

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run one operation and follow its outputs."""
        kwargs = kwargs or {}
        output = func(*args, **kwargs)
        arguments = _bound(func, args, kwargs)
        tensors = tuple(t for t in _flat(arguments.values()) if self.geometry(t) is not None)
        outputs = tuple(_flat([output]))
        name = func._schema.name.partition("::")[2]  # noqa: SLF001 (its only public face)
        if tensors and outputs and name not in _VALUES_UNUSED:
            operation = Operation(
                name=name[:-1] if name.endswith("_") else name,
                arguments=arguments,
                tensors=tensors,
                geometries=tuple(g for t in tensors if (g := self.geometry(t)) is not None),
                outputs=outputs,
            )
            self._follow(operation)
        return output

    def _follow(self, op: Operation) -> None:
        source_nodes = tuple({self.node(tensor): None for tensor in op.tensors})
        parent = source_nodes[0] if len(source_nodes) == 1 else -1
        source = parent
        for index, (tensor, geometry) in enumerate(zip(op.outputs, propagate(op), strict=True)):
            is_written = any(tensor is t for t in _flat(op.arguments.values()))
            before = self._geometries.get(id(tensor))
            steps, name = steps_of(op), op.name
            node = Node(parent=parent, steps=steps, name=name, sources=source_nodes, index=index)
            self._set(tensor, geometry, node)
            if is_written and tensor.layout == torch.strided:
                self._overwrite(tensor, geometry, moved=before != geometry)
        windowed = op.name in _CONVOLUTIONS or "pool" in op.name
        if windowed and op.tensors[0] is op.arguments.get("input", op.arguments.get("self")):
            self._record_event(op, source)

    def _record_event(self, op: Operation, source: int) -> None:
        frame = self.frames[-1] if self.frames else None
        kind = _function(op)
        event = Event(
            name=self._numbered(f"{frame.name if frame else ''}:{kind}"),
            kind=kind,
            module=None,
            operation=op,
            output=op.outputs[0],
            geometry=self.geometry(op.outputs[0]),
            node=self.node(op.outputs[0]),
            source_node=source,
        )
        if frame is not None and frame.is_leaf:
            frame.events.append(event)
        else:
            self.events.append(event)

    def _numbered(self, name: str) -> str:
        index = self._counts.get(name, 0)
        self._counts[name] = index + 1
        return call_name(name, index)

    def _set(self, tensor: Tensor, geometry: Geometry, node: Node) -> None:
        self._geometries[id(tensor)] = geometry
        self._alive.append(tensor)
        self._node_of[id(tensor)] = len(self.nodes)
        self.nodes.append(node)
        if tensor.layout == torch.strided:
            self._by_storage.setdefault(_storage(tensor), []).append(id(tensor))

    def _overwrite(self, tensor: Tensor, geometry: Geometry, *, moved: bool) -> None:
        """Whatever shares the memory has no chain of steps, and if fields moved a mere bound."""
        storage = _storage(tensor)
        if moved:
            earlier = self._tainted.get(storage)
            written = [geometry] if earlier is None else [earlier, geometry]
            self._tainted[storage] = merged((), written)
        for other in self._by_storage.get(storage, []):
            if other == id(tensor):
                continue
            self._node_of[other] = -1
            if moved:
                before = self._geometries[other]
                shape = [length_of(dim) for dim in before.dims]
                self._geometries[other] = merged(shape, [before, geometry])


def _is_complex_convolution(frame: Frame) -> bool:
    """Complex taps run as three real convolutions: real, imaginary, and the sum of both parts."""
    weight = getattr(frame.module, "weight", None)
    kinds = [event.operation.name for event in frame.events if event.operation is not None]
    is_complex = isinstance(weight, Tensor) and weight.is_complex()
    return is_complex and len(kinds) == 3 and set(kinds) <= set(_CONVOLUTIONS)


def _storage(tensor: Tensor) -> int:
    return tensor.untyped_storage().data_ptr()


def _bound(func: Any, args: Any, kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments by the names of the schema, with its defaults."""
    schema = func._schema.arguments  # noqa: SLF001 (its only public face)
    arguments = {argument.name: argument.default_value for argument in schema}
    arguments.update(zip((argument.name for argument in schema), args, strict=False))
    return {**arguments, **kwargs}


def _flat(values: Any) -> Iterator[Tensor]:
    for value in values:
        if isinstance(value, Tensor):
            yield value
        elif isinstance(value, list | tuple):
            yield from _flat(value)


def _function(op: Operation) -> str:
    """Name of the function as users write it."""
    if op.name in _CONVOLUTIONS:
        stem = "conv_transpose" if op.arguments["transposed"] else "conv"
        return f"{stem}{op.arguments['weight'].ndim - 2}d"
    name = op.name.removesuffix("_with_indices").lstrip("_").removeprefix("mkldnn_")
    flat = name.endswith("2d") and op.shape[-2] == op.tensors[0].shape[-2] == 1
    return f"{name[:-2]}1d" if flat else name
