"""Tensors of a file, whatever its shape: read, found, and freed of wrapper prefixes."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from cnnviz.archive import budget_of
from cnnviz.budget import Budget
from cnnviz.errors import ModelLoadError
from cnnviz.loaders._files import SAFETENSORS
from cnnviz.loaders._request import first_names
from cnnviz.model.checkpoint import read_safetensors
from cnnviz.model.inert import Content, Inert, read_inert, weigh

_PREFERRED = ("state_dict", "model_state_dict", "model", "net", "network", "weights", "params")
_AUXILIARY = ("optim", "sched", "scaler", "ema", "callback", "loops", "amp", "hyper_parameters")
_DEEPEST = 30  # levels of nesting; a pickle may hold itself
_MOST_MODULES = 100_000
_VISIT_STEPS = 4  # of an item of a container
_MODULE_PARTS = ("_parameters", "_buffers", "_modules")


@dataclass(frozen=True, kw_only=True, slots=True)
class FileTensors:
    """Tensors of a file.

    Parameters
    ----------
    tensors
        By name, in file order, on the CPU.
    key_path
        Keys that led to them, such as ``"state_dict"``; empty at the top.
    unused
        What else the file holds and is not used, such as ``"optimizer"``.
    module_class
        Class of the pickled module they were taken out of, or empty.
    foreign
        Foreign classes the file names; they were neither imported nor run.
    """

    tensors: Mapping[str, Tensor]
    key_path: str = ""
    unused: tuple[str, ...] = ()
    module_class: str = ""
    foreign: tuple[str, ...] = ()


def read_content(path: Path, kind: str) -> Content:
    """Read a file without running anything in it.

    Raises
    ------
    ModelLoadError
        If the file is damaged.
    """
    if kind == SAFETENSORS:
        return Content(value=read_safetensors(path)[1])
    return read_inert(path)


def find_tensors(content: Content, *, path: Path) -> FileTensors:
    """Find the state dict in whatever a file holds.

    Raises
    ------
    ModelLoadError
        If it holds no tensors, or several state dicts of which none is the obvious one.
    """
    budget = budget_of(path, path.stat().st_size)
    tensors, key_path, module_class = _search(content.value, path, budget)
    weigh(tensors.values(), path)
    unused: tuple[str, ...] = ()
    if key_path and isinstance(content.value, Mapping):
        unused = tuple(key for key in map(_name, content.value) if key != key_path.split(".")[0])
    return FileTensors(
        tensors=without_wrappers(tensors),
        key_path=key_path,
        unused=unused,
        module_class=module_class,
        foreign=content.foreign,
    )


def _search(
    value: object, path: Path, budget: Budget, depth: int = 0
) -> tuple[dict[str, Tensor], str, str]:
    """Tensors, the keys that led to them, and the class of a pickled module."""
    if depth > _DEEPEST:
        raise ModelLoadError(f"{path} holds groups in groups without end; save model.state_dict()")
    if isinstance(value, Tensor):
        return {"weight": value}, "", ""
    if isinstance(value, Inert):
        return module_tensors(value, budget), "", value.qualified_name
    if isinstance(value, list | tuple):
        value = {str(index): item for index, item in enumerate(value)}
    if not isinstance(value, Mapping):
        raise ModelLoadError(
            f"{path} holds {type(value).__name__}, no tensors; save model.state_dict() in it"
        )
    direct = {_name(key): item for key, item in value.items() if isinstance(item, Tensor)}
    nested = {_name(key): _count_tensors(item, set(), budget) for key, item in value.items()}
    nested = {name: n_tensors for name, n_tensors in nested.items() if n_tensors}
    if direct and len(direct) >= max(nested.values(), default=0):
        return direct, "", ""
    if not nested:
        raise ModelLoadError(f"{path} holds no tensors; save model.state_dict() in it")
    key = _network_key(nested, path)
    inner = next(item for name, item in value.items() if _name(name) == key)
    tensors, key_path, module_class = _search(inner, path, budget, depth + 1)
    return tensors, f"{key}.{key_path}".rstrip("."), module_class


def _name(key: object) -> str:
    """Text of a key; of what is neither text nor a number only its type."""
    text = str(key) if isinstance(key, str | int) else f"<{type(key).__name__}>"
    return text.encode("utf-8", "backslashreplace").decode()  # halves of characters are no text


def _count_tensors(value: object, seen: set[int], budget: Budget, depth: int = 0) -> int:
    """How many tensors are in a container, those in a container that was `seen` left out."""
    if isinstance(value, Inert):
        return len(module_tensors(value, budget))
    if not isinstance(value, Mapping) or depth > _DEEPEST or id(value) in seen:
        return 0
    seen.add(id(value))
    budget.step(_VISIT_STEPS * len(value))
    return sum(
        1 if isinstance(item, Tensor) else _count_tensors(item, seen, budget, depth + 1)
        for item in value.values()
    )


def _network_key(nested: Mapping[str, int], path: Path) -> str:
    """Key of the network's own state dict among several."""
    for name in _PREFERRED:
        if name in nested:
            return name
    candidates = [name for name in nested if not name.lower().startswith(_AUXILIARY)]
    if len(candidates) != 1:
        raise ModelLoadError(
            f"{path} holds several groups of tensors: {first_names(list(nested))}; allowed: one; "
            "save the state dict of one network in a file of its own"
        )
    return candidates[0]


def module_tensors(module: Inert, budget: Budget) -> dict[str, Tensor]:
    """Tensors inside a pickled module that was read as inert data, by dotted name.

    Raises
    ------
    ModelLoadError
        If modules hold each other so that there is no end of names.
    """
    tensors: dict[str, Tensor] = {}
    waiting = [("", module)]
    for _ in range(_MOST_MODULES):
        if not waiting:
            return tensors
        prefix, module = waiting.pop()
        members = _members(module) if prefix.count(".") <= _DEEPEST else []
        budget.step(1 + len(members))
        tensors |= {
            f"{prefix}{_name(key)}": item for key, item in members if isinstance(item, Tensor)
        }
        inner = [
            (f"{prefix}{_name(key)}.", item) for key, item in members if isinstance(item, Inert)
        ]
        waiting += reversed(inner)
    raise ModelLoadError(f"a pickled module holds over {_MOST_MODULES:,} modules; save its weights")


def _members(module: Inert) -> list[tuple[object, object]]:
    """Parameters, buffers and inner modules of a pickled module; else all its attributes."""
    state = module.state
    if not isinstance(state, Mapping):
        return []
    groups = [state.get(part) for part in _MODULE_PARTS] if _is_module(state) else [state]
    return [item for group in groups if isinstance(group, Mapping) for item in group.items()]


def _is_module(state: Mapping[object, object]) -> bool:
    return all(part in state for part in _MODULE_PARTS)


def without_wrappers(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Names as the bare network has them: without ``module.`` and ``_orig_mod.``.

    DataParallel, DistributedDataParallel, AveragedModel and torch.compile put these in front.
    """
    renamed = {_without_compile(name): tensor for name, tensor in tensors.items()}
    while True:
        wrapped = [name for name in renamed if name != "n_averaged"]
        if not wrapped or not all(name.startswith("module.") for name in wrapped):
            return renamed
        renamed = {name.removeprefix("module."): renamed[name] for name in wrapped}


def _without_compile(name: str) -> str:
    parts = [part for part in name.split(".") if part != "_orig_mod"]
    return ".".join(parts)
