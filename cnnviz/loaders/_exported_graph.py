"""An interpreter for exported programs: aten operators only, one module per layer.

The graph of a ``.pt2`` file is walked node by node. Nodes that were recorded inside a layer
run inside a module of that layer's name, so that hooks see what the layer returned.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from torch import Tensor, nn

from cnnviz.errors import ModelLoadError, UnsupportedModelError
from cnnviz.loaders._exported_archive import Archive
from cnnviz.loaders._exported_nodes import Node, decoded, names_in, read_nodes, resolved, run

_DEEPEST = 100  # levels of modules in modules


@dataclass(frozen=True, kw_only=True, slots=True)
class _Step:
    """Nodes that run together, inside one layer or (empty name) outside any."""

    layer: str
    nodes: tuple[Node, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


class ExportedLayer(nn.Module):
    """A layer of an exported program; holds its tensors and runs its nodes."""

    def forward(
        self, *inputs: Tensor, step: _Step, constants: Mapping[str, Tensor]
    ) -> Tensor | tuple[Tensor, ...]:
        """Run the nodes recorded inside this layer."""
        values = dict(constants) | dict(zip(step.inputs, inputs, strict=True))
        run(step.nodes, values)
        outputs = tuple(values[name] for name in step.outputs)
        return outputs[0] if len(outputs) == 1 else outputs


class ExportedNetwork(nn.Module):
    """An exported program as a module whose layers carry their own names.

    Parameters
    ----------
    archive
        Program and tensors.

    Raises
    ------
    UnsupportedModelError
        If the program uses what this interpreter does not know.
    ModelLoadError
        If it was exported in training mode.
    """

    def __init__(self, archive: Archive) -> None:
        super().__init__()
        module = archive.program["graph_module"]
        graph, signature = module["graph"], module["signature"]
        nodes = read_nodes(graph["nodes"])
        _refuse_deep(node.layer for node in nodes)
        self._tensor_names: dict[str, str] = {}
        self._constants: dict[str, Tensor] = {}
        self._input_name = self._read_inputs(signature["input_specs"], archive)
        self._outputs = _user_outputs(signature["output_specs"])
        returned = set(names_in(self._outputs))
        self._steps = _steps(nodes, set(self._tensor_names) | set(self._constants), returned)
        kinds = {node.layer: node.kind for node in nodes}
        for step in self._steps:
            if step.layer:
                layer = self._layer(step.layer)
                layer.__class__ = _layer_class(kinds[step.layer])

    def _read_inputs(self, specs: Sequence[Mapping[str, Any]], archive: Archive) -> str:
        """Place the tensors of the program; return the name of its one free input."""
        free = []
        for spec in specs:
            ((kind, value),) = spec.items()
            if kind == "parameter":
                self._register(
                    value["arg"]["name"], value["parameter_name"], archive, is_buffer=False
                )
            elif kind == "buffer":
                self._register(value["arg"]["name"], value["buffer_name"], archive, is_buffer=True)
            elif kind == "tensor_constant":
                name = value["tensor_constant_name"]
                self._constants[value["arg"]["name"]] = archive.constants[name]
            elif kind == "user_input" and "as_tensor" in value["arg"]:
                free.append(value["arg"]["as_tensor"]["name"])
            elif kind not in ("user_input", "constant_input"):
                raise UnsupportedModelError(f"the program takes an input of kind {kind!r}")
        if len(free) != 1:
            raise UnsupportedModelError(f"the program takes {len(free)} tensors; allowed: one")
        return str(free[0])

    def _register(self, node: str, name: str, archive: Archive, *, is_buffer: bool) -> None:
        """Register a tensor under its own dotted name."""
        _refuse_deep((name,))
        path, _, leaf = name.rpartition(".")
        owner = self._layer(path)
        tensor = archive.tensors.get(name, archive.constants.get(name))
        if tensor is None:
            raise ModelLoadError(
                f"the program names {name[:100]!r}, which the archive does not hold"
            )
        if is_buffer or not tensor.is_floating_point():
            owner.register_buffer(leaf, tensor.detach())
        else:
            owner.register_parameter(leaf, nn.Parameter(tensor.detach()))
        self._tensor_names[node] = name

    def _layer(self, path: str) -> nn.Module:
        """The module of a dotted name, made where it is missing."""
        module: nn.Module = self
        for part in path.split(".") if path else ():
            inner = module._modules.get(part)  # noqa: SLF001 (listing all takes long)
            if inner is None:
                module.add_module(part, inner := ExportedLayer())
            module = inner
        return module

    def forward(self, inputs: Tensor) -> object:
        """Run the program on one batch."""
        tensors = {**dict(self.named_parameters()), **dict(self.named_buffers())}
        constants = {
            node: tensors[name] for node, name in self._tensor_names.items()
        } | self._constants
        values: dict[str, Any] = {**constants, self._input_name: inputs}
        for step in self._steps:
            if not step.layer:
                run(step.nodes, values)
                continue
            arguments = [values[name] for name in step.inputs]
            result = self.get_submodule(step.layer)(*arguments, step=step, constants=constants)
            outputs = (result,) if len(step.outputs) == 1 else result
            values.update(zip(step.outputs, outputs, strict=True))
        results = tuple(resolved(argument, values) for argument in self._outputs)
        return results[0] if len(results) == 1 else results


def _refuse_deep(names: Iterable[str]) -> None:
    deep = next((name for name in names if name.count(".") > _DEEPEST), None)
    if deep is not None:
        raise ModelLoadError(
            f"the program names {deep[:100]!r} of {deep.count('.')} levels; allowed: {_DEEPEST}; "
            "export it again"
        )


def _layer_class(kind: str) -> type[ExportedLayer]:
    """An `ExportedLayer` that bears the name of the class it was exported from."""
    return type(kind, (ExportedLayer,), {}) if kind.isidentifier() else ExportedLayer


def _steps(nodes: Sequence[Node], constants: set[str], returned: set[str]) -> tuple[_Step, ...]:
    """Group nodes by the leaf layer they were recorded in."""
    paths = {node.layer for node in nodes}
    containers = {parent for path in paths for parent in _parents(path)}

    def layer_and_call(node: Node) -> tuple[str, str]:
        return ("", "") if node.layer in containers | {""} else (node.layer, node.call)

    groups = [(layer, tuple(group)) for (layer, _), group in groupby(nodes, layer_and_call)]
    needed, steps = set(returned), list[_Step]()
    for layer, group in reversed(groups):
        written, read = _names_written(group), _names_read(group)
        outputs = tuple(name for name in written if name in needed)
        steps.append(
            _Step(
                layer=layer if outputs else "",
                nodes=group,
                inputs=tuple(name for name in read if name not in constants | set(written)),
                outputs=outputs,
            )
        )
        needed.update(read)
    return tuple(reversed(steps))


def _parents(path: str) -> Iterator[str]:
    """Dotted names of the modules around a module."""
    while "." in path:
        path = path.rpartition(".")[0]
        yield path


def _names_written(nodes: Sequence[Node]) -> list[str]:
    return [name for node in nodes for name in names_in(node.outputs)]


def _names_read(nodes: Sequence[Node]) -> list[str]:
    names = [
        name for node in nodes for name in names_in([*node.positional, *node.keyword.values()])
    ]
    return list(dict.fromkeys(names))


def _user_outputs(specs: Sequence[Mapping[str, Any]]) -> tuple[object, ...]:
    """The tensors that the program returns."""
    arguments = [spec["user_output"]["arg"] for spec in specs if "user_output" in spec]
    return tuple(decoded(argument) for argument in arguments if "as_tensor" in argument)
