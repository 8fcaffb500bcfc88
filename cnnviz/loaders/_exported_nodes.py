"""Nodes of an exported program, decoded once: operators, arguments and places for results."""

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from cnnviz.errors import ModelLoadError, UnsupportedModelError
from cnnviz.loaders._exported_archive import DTYPES

_ARITHMETIC = ("add", "sub", "mul", "floordiv", "truediv", "mod", "neg", "pow", "getitem")
_COMPARISONS = ("eq", "ne", "lt", "le", "gt", "ge")
_SYMBOLIC = ("sym_int", "sym_float", "sym_not", "sym_max", "sym_min")
_NAMESPACES = ("aten", "prims", "torchaudio")
_INTERNAL = (  # unlike most operators whose name begins with an underscore, these check inputs
    "_conj",
    "_scaled_dot_product_flash_attention_for_cpu",
    "_unsafe_view",
    "_weight_norm",
    "_weight_norm_interface",
)
_NUMERIC = frozenset(("Tensor", "number", "bool", "int", "float", "complex", "Device", "Generator"))
_TAKE_TEXT = (  # the name of a mode, a norm or an equation; all others that take text are refused
    *("conv1d", "conv2d", "conv3d", "div", "div_", "divide", "divide_", "einsum", "gelu"),
    *("gelu_", "index_reduce", "meshgrid", "nanquantile", "pad", "pad_sequence"),
    *(
        "quantile",
        "scatter",
        "scatter_",
        "scatter_reduce",
        "searchsorted",
        "segment_reduce",
        "stft",
    ),
)
_CHECKS = ("_assert", "sym_constrain_range")
_FORMATS = (
    None,
    torch.contiguous_format,
    torch.channels_last,
    torch.channels_last_3d,
    torch.preserve_format,
)
_PLAIN_KINDS = ("as_int", "as_ints", "as_float", "as_floats", "as_bool", "as_bools", "as_string")
_SYMBOL_KINDS = ("as_sym_int", "as_sym_bool", "as_sym_float")
_KEYWORD = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Value:
    """Names a value that an earlier node left, or an input of the program."""

    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Node:
    """One operator call.

    `positional`, `keyword` and `outputs` hold `Value`, lists of them, or constants. `layer` is
    the dotted name of the innermost module around the call, `kind` the name of its class,
    `call` tells its calls apart.
    """

    function: Callable[..., Any]
    positional: tuple[object, ...]
    keyword: Mapping[str, object]
    outputs: tuple[object, ...]
    layer: str
    kind: str
    call: str


def read_nodes(entries: Sequence[Mapping[str, Any]]) -> tuple[Node, ...]:
    """Decode the nodes of a graph; run-time checks are left out.

    Raises
    ------
    UnsupportedModelError
        If a node is anything but a tensor operator or arithmetic on whole numbers.
    ModelLoadError
        If the program was exported in training mode.
    """
    return tuple(_read_node(entry) for entry in entries if not _is_check(entry["target"]))


def _read_node(entry: Mapping[str, Any]) -> Node:
    _refuse_training(entry)
    call, layer, kind = _module_of(entry["metadata"].get("nn_module_stack", ""))
    arguments = [
        (entry_input["name"], entry_input.get("kind"), decoded(entry_input["arg"]))
        for entry_input in entry["inputs"]
    ]
    return Node(
        function=_function(entry["target"]),
        positional=tuple(value for _, kind, value in arguments if kind != _KEYWORD),
        keyword={name: value for name, kind, value in arguments if kind == _KEYWORD},
        outputs=tuple(decoded(output) for output in entry["outputs"]),
        layer=layer,
        kind=kind,
        call=call,
    )


def _is_check(target: str) -> bool:
    prefix = "torch.ops.aten."
    return target.startswith(prefix) and target.removeprefix(prefix).startswith(_CHECKS)


def _refuse_training(entry: Mapping[str, Any]) -> None:
    for argument in entry["inputs"]:
        if argument["name"] in ("train", "training") and argument["arg"].get("as_bool"):
            raise ModelLoadError(
                f"the program was exported in training mode ({entry['target']}); call "
                "model.eval() and export it again"
            )


def _module_of(stack: str) -> Sequence[str]:
    """Call, dotted name and class of the innermost module of ``key,path,type;key,path,type``."""
    key, _, rest = stack.rpartition(";")[2].partition(",")
    path, _, kind = rest.partition(",")
    return key, path, kind.rpartition(".")[2]


def _function(target: str) -> Callable[..., Any]:
    """The operator of a node; nothing but tensor operators and arithmetic is let through."""
    namespace, _, name = target.rpartition(".")
    function: object = None
    if namespace == "_operator" and name in _ARITHMETIC + _COMPARISONS:
        function = getattr(operator, name)
    elif namespace == "torch" and name in _SYMBOLIC:
        function = getattr(torch, name)
    else:
        function = _overload(target.split("."))
    if not callable(function):
        raise UnsupportedModelError(f"the program uses the operator {target!r}")
    return function


def _overload(parts: Sequence[str]) -> object:
    """``torch.ops.NAMESPACE.OPERATOR.OVERLOAD``, or None."""
    if len(parts) != 5 or list(parts[:2]) != ["torch", "ops"] or parts[2] not in _NAMESPACES:
        return None
    packet = getattr(getattr(torch.ops, parts[2]), parts[3], None)
    overload = getattr(packet, parts[4], None)
    return overload if type(overload).__name__ == "OpOverload" and _is_pure(overload) else None


def _is_pure(overload: Any) -> bool:
    """Whether an operator takes nothing that could name a file, a library or foreign memory.

    Its arguments are tensors and numbers, and text only where that is known to be a mode.
    """
    name = overload._schema.name.partition("::")[2]  # noqa: SLF001
    internal = name.startswith("_") and name not in _INTERNAL
    if internal and torch.Tag.core not in overload.tags:
        return False
    kinds = {_element_type(str(argument.type)) for argument in overload._schema.arguments}  # noqa: SLF001
    takes_text = name in _TAKE_TEXT or name.startswith(("fft_", "linalg_"))
    return kinds <= (_NUMERIC | {"str"} if takes_text else _NUMERIC)


def _element_type(kind: str) -> str:
    """``Tensor`` of ``List[Optional[Tensor]]``."""
    return kind.replace("Optional[", "").replace("List[", "").rstrip("]")


def decoded(argument: Mapping[str, Any]) -> object:
    """An argument as `Value`, a list of them, or a constant.

    Raises
    ------
    UnsupportedModelError
        If it is a subgraph or an object.
    """
    ((kind, value),) = argument.items()
    if kind in _PLAIN_KINDS:
        return value
    if isinstance(value, list):
        return [decoded({kind.removesuffix("s"): each}) for each in value]
    if kind == "as_optional_tensor":
        return decoded(value)
    if kind in ("as_tensor", "as_token"):
        return Value(name=value["name"])
    if kind in _SYMBOL_KINDS:
        return Value(name=value["as_name"]) if "as_name" in value else next(iter(value.values()))
    return _constant(kind, value)


def _constant(kind: str, value: Any) -> object:
    """Types, formats and devices; every device is the CPU."""
    constants: dict[str, Callable[[], object]] = {
        "as_none": lambda: None,
        "as_scalar_type": lambda: DTYPES[value],
        "as_memory_format": lambda: _FORMATS[value],
        "as_layout": lambda: torch.strided,
        "as_device": lambda: torch.device("cpu"),
    }
    if kind not in constants:
        raise UnsupportedModelError(f"the program uses an argument of kind {kind!r}")
    return constants[kind]()


def names_in(values: Iterable[object]) -> list[str]:
    """Names of all `Value` in arguments and lists of them."""
    names: list[str] = []
    for value in values:
        names += names_in(value) if isinstance(value, list) else []
        names += [value.name] if isinstance(value, Value) else []
    return names


def resolved(argument: object, values: Mapping[str, Any]) -> Any:
    """An argument with every `Value` replaced by what it names."""
    if isinstance(argument, list):
        return [resolved(each, values) for each in argument]
    return values[argument.name] if isinstance(argument, Value) else argument


def run(nodes: Sequence[Node], values: dict[str, Any]) -> None:
    """Run nodes in order, taking and leaving values by name."""
    for node in nodes:
        positional = [resolved(argument, values) for argument in node.positional]
        keyword = {name: resolved(each, values) for name, each in node.keyword.items()}
        result = node.function(*positional, **keyword)
        results = (result,) if len(node.outputs) == 1 else tuple(result or ())
        for output, value in zip(node.outputs, results, strict=False):
            is_list = isinstance(output, list)
            values.update(zip(names_in([output]), value if is_list else (value,), strict=False))
