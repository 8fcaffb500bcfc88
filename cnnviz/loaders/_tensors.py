"""Tensors of a file, whatever its shape: read, found, and freed of wrapper prefixes."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from cnnviz.errors import ModelLoadError
from cnnviz.loaders._files import SAFETENSORS
from cnnviz.loaders._inert import Content, Inert, read_inert

_PREFERRED = ("state_dict", "model_state_dict", "model", "net", "network", "weights", "params")
_ASIDE = ("optim", "sched", "scaler", "ema", "callback", "loops", "amp", "hyper_parameters")
_DEEPEST = 30  # levels of nesting; a pickle may hold itself
_MODULE_PARTS = ("_parameters", "_buffers", "_modules")


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """Tensors of a file.

    Parameters
    ----------
    tensors
        By name, in file order, on the CPU.
    where
        Keys that led to them, such as ``"state_dict"``; empty at the top.
    aside
        What else the file holds and is not used, such as ``"optimizer"``.
    module_class
        Class of the pickled module they were taken out of, or empty.
    foreign
        Foreign classes the file names; they were neither imported nor run.
    """

    tensors: Mapping[str, Tensor]
    where: str = ""
    aside: tuple[str, ...] = ()
    module_class: str = ""
    foreign: tuple[str, ...] = ()


def read_content(path: Path, kind: str) -> Content:
    """Read a file without running anything in it.

    `torch.load` with ``weights_only=True`` comes first; what it refuses is read as inert data.

    Raises
    ------
    ModelLoadError
        If the file is damaged.
    """
    if kind == SAFETENSORS:
        return Content(value=_read_safetensors(path))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # remarks on pickle protocols
            return Content(value=torch.load(path, map_location="cpu", weights_only=True))
    except Exception:  # refused or damaged: the reader below says which
        return read_inert(path, kind)


def _read_safetensors(path: Path) -> dict[str, Tensor]:
    try:
        with safe_open(path, framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (safe_open has no iterator)
    except (SafetensorError, OSError, ValueError) as error:
        raise ModelLoadError(
            f"{path} is truncated or damaged (safetensors: {error}); get a fresh copy"
        ) from None


def find_tensors(content: Content, *, path: Path) -> Found:
    """Find the state dict in whatever a file holds.

    Raises
    ------
    ModelLoadError
        If it holds no tensors, or several state dicts of which none is the obvious one.
    """
    tensors, where, module_class = _search(content.value, path)
    aside: tuple[str, ...] = ()
    if where and isinstance(content.value, Mapping):
        aside = tuple(str(key) for key in content.value if str(key) != where.split(".")[0])
    return Found(
        tensors=without_wrappers(tensors),
        where=where,
        aside=aside,
        module_class=module_class,
        foreign=content.foreign,
    )


def _search(value: object, path: Path) -> tuple[dict[str, Tensor], str, str]:
    """Tensors, the keys that led to them, and the class of a pickled module."""
    if isinstance(value, Tensor):
        return {"weight": value}, "", ""
    if isinstance(value, Inert):
        return module_tensors(value), "", value.qualified_name
    if isinstance(value, list | tuple):
        value = {str(index): item for index, item in enumerate(value)}
    if not isinstance(value, Mapping):
        raise ModelLoadError(
            f"{path} holds {type(value).__name__}, no tensors; save model.state_dict() in it"
        )
    own = {str(name): item for name, item in value.items() if isinstance(item, Tensor)}
    nested = {str(name): _tensors_in(item) for name, item in value.items()}
    nested = {name: found for name, found in nested.items() if found}
    if own and len(own) >= max(map(len, nested.values()), default=0):
        return own, "", ""
    if not nested:
        raise ModelLoadError(f"{path} holds no tensors; save model.state_dict() in it")
    key = _chosen(nested, path)
    inner = next(item for name, item in value.items() if str(name) == key)
    tensors, where, module_class = _search(inner, path)
    return tensors, f"{key}.{where}".rstrip("."), module_class


def _tensors_in(value: object, depth: int = 0) -> list[Tensor]:
    """All tensors below a container, without their names."""
    if isinstance(value, Inert):
        return list(module_tensors(value).values())
    if isinstance(value, Mapping) and depth < _DEEPEST:
        parts = [
            [item] if isinstance(item, Tensor) else _tensors_in(item, depth + 1)
            for item in value.values()
        ]
        return [tensor for part in parts for tensor in part]
    return []


def _chosen(nested: Mapping[str, list[Tensor]], path: Path) -> str:
    """Key of the network's own state dict among several."""
    for name in _PREFERRED:
        if name in nested:
            return name
    candidates = [name for name in nested if not name.lower().startswith(_ASIDE)]
    if len(candidates) != 1:
        raise ModelLoadError(
            f"{path} holds several groups of tensors: {', '.join(nested)}; allowed: one; save "
            "the state dict of one network in a file of its own"
        )
    return candidates[0]


def module_tensors(module: Inert, prefix: str = "") -> dict[str, Tensor]:
    """Tensors inside a pickled module that was read as inert data, by dotted name."""
    state = module.state
    if not isinstance(state, Mapping) or prefix.count(".") > _DEEPEST:
        return {}
    found: dict[str, Tensor] = {}
    groups = [state.get(part) for part in _MODULE_PARTS] if _is_module(state) else [state]
    for group in groups:
        for name, value in group.items() if isinstance(group, Mapping) else ():
            if isinstance(value, Tensor):
                found[f"{prefix}{name}"] = value
            elif isinstance(value, Inert):
                found |= module_tensors(value, f"{prefix}{name}.")
    return found


def _is_module(state: Mapping[object, object]) -> bool:
    return all(part in state for part in _MODULE_PARTS)


def without_wrappers(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Names as the bare network has them: without ``module.`` and ``_orig_mod.``.

    DataParallel, DistributedDataParallel, AveragedModel and torch.compile put these in front.
    """
    found = {_without_compile(name): tensor for name, tensor in tensors.items()}
    while True:
        wrapped = [name for name in found if name != "n_averaged"]
        if not wrapped or not all(name.startswith("module.") for name in wrapped):
            return found
        found = {name.removeprefix("module."): found[name] for name in wrapped}


def _without_compile(name: str) -> str:
    parts = [part for part in name.split(".") if part != "_orig_mod"]
    return ".".join(parts)
