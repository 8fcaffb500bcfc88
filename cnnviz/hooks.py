"""With-blocks around a borrowed network: nothing about it differs afterwards.

Inside, the network is in evaluation mode and its layers can be recorded with hooks. Afterwards its
weights, buffers, flags, gradients, hooks, attributes, random state and gradient mode are what
they were, also after an exception or Ctrl-C.
"""

import random
from collections import OrderedDict
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from cnnviz.errors import LayerNotFoundError, UnsupportedModelError

_CONTAINERS = (dict, OrderedDict, list, set)
Keep = Callable[[str, Tensor], Tensor | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Values:
    """A parameter or buffer: the object, an alias of its storage, and a copy of its values."""

    tensor: Tensor
    alias: Tensor
    copy: Tensor
    requires_grad: bool
    grad: Tensor | None


@contextmanager
def borrowed(network: nn.Module) -> Iterator[nn.Module]:
    """Hold a network in evaluation mode and give it back exactly as it was.

    The ``training`` flag of each module is set directly, so that networks which override
    ``train`` or ``eval`` are in evaluation mode too. Gradients that the caller had accumulated
    are put aside and come back as the same objects. Values are compared with a copy, which
    costs the memory of the weights once more.

    Parameters
    ----------
    network
        Any module. Its own hooks keep firing.

    Examples
    --------
    >>> network = nn.Dropout()
    >>> with borrowed(network):
    ...     network.training
    False
    >>> network.training
    True
    """
    modules = tuple(network.modules())
    flags = tuple(module.training for module in modules)
    states = tuple(_state(module) for module in modules)
    values = tuple(_values(tensor) for tensor in _tensors(modules))
    cpu_state = torch.get_rng_state()
    cuda = torch.cuda.is_initialized()  # type: ignore[no-untyped-call]
    cuda_states = torch.cuda.get_rng_state_all() if cuda else None
    grad_mode = torch.is_grad_enabled()
    try:
        for module in modules:
            module.training = False
        for value in values:
            if value.grad is not None:
                value.tensor.grad = None
        yield network
    finally:
        torch.set_grad_enabled(grad_mode)
        for module, state, flag in zip(modules, states, flags, strict=True):
            _restore_state(module, state)
            module.training = flag
        for value in values:
            _restore_values(value)
        torch.set_rng_state(cpu_state)
        if cuda_states is not None:
            torch.cuda.set_rng_state_all(cuda_states)


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Random numbers of torch, numpy and Python from a seed; the caller's states come back."""
    states = torch.get_rng_state(), np.random.get_state(), random.getstate()  # noqa: NPY002 (theirs)
    cuda = torch.cuda.is_initialized()  # type: ignore[no-untyped-call]
    cuda_states = torch.cuda.get_rng_state_all() if cuda else None
    try:
        _seed_torch(seed)
        np.random.seed(seed)  # noqa: NPY002 (what networks of others draw from)
        random.seed(seed)
        yield
    finally:
        torch.set_rng_state(states[0])
        np.random.set_state(states[1])  # noqa: NPY002 (theirs)
        random.setstate(states[2])
        if cuda_states is not None:
            torch.cuda.set_rng_state_all(cuda_states)


def _seed_torch(seed: int) -> None:
    """As `torch.manual_seed`, which keeps a stack trace for a GPU to come, also where none is."""
    if torch.accelerator.is_available():
        torch.manual_seed(seed)
    else:
        torch.default_generator.manual_seed(seed)


@contextmanager
def recorded(
    network: nn.Module, layers: Sequence[str], *, keep: Keep | None = None
) -> Iterator[Mapping[str, Tensor]]:
    """Record layers: a mapping that holds their outputs of the last forward pass.

    Further calls of a shared module are ``name#1``, ``name#2``; tensors inside a tuple or dict
    are ``name[0]`` or ``name[key]``. An output is copied the moment the layer returns it, so
    later in-place operations change nothing.

    Parameters
    ----------
    network
        Held by `borrowed`, so that the hooks are surely gone afterwards.
    layers
        Dotted module names, or names of single calls such as ``"relu#1"``.
    keep
        What to keep of an output, called at once with its name and the live tensor, which it
        must not change; None: a copy. It may return None to keep nothing.

    Raises
    ------
    LayerNotFoundError
        If the network has no module of that name; the text lists the known ones.
    UnsupportedModelError
        If hooks cannot reach the layers of such a network (TorchScript).

    Examples
    --------
    >>> network = nn.Sequential(nn.Conv1d(1, 2, 3), nn.ReLU(inplace=True))
    >>> with borrowed(network), recorded(network, ["0"]) as outputs:
    ...     _ = network(torch.zeros(1, 1, 8))
    ...     outputs["0"].shape
    torch.Size([1, 2, 6])
    """
    outputs: dict[str, Tensor] = {}
    calls: dict[str, int] = {}
    keep = keep or _copy
    requested = _requested_calls(network, layers)

    def start(module: nn.Module, inputs: object) -> None:  # noqa: ARG001 (signature of torch)
        outputs.clear()
        calls.clear()

    def hook_for(name: str) -> Callable[[nn.Module, object, object], None]:
        def hook(module: nn.Module, inputs: object, output: object) -> None:  # noqa: ARG001
            call = call_name(name, calls.get(name, 0))
            calls[name] = calls.get(name, 0) + 1
            if name not in requested[name] and call not in requested[name]:
                return
            for suffix, tensor in named_tensors(output):
                value = keep(call + suffix, tensor)
                if value is not None:
                    outputs[call + suffix] = value

        return hook

    modules = dict(network.named_modules())
    handles = [network.register_forward_pre_hook(start)]
    try:
        handles += [modules[name].register_forward_hook(hook_for(name)) for name in requested]
        yield outputs
    finally:
        for handle in handles:
            handle.remove()


def call_name(name: str, index: int) -> str:
    """Name of the `index`-th call of a module: ``name``, ``name#1``, ``name#2``."""
    return f"{name}#{index}" if index else name


def split_call(call: str, modules: Container[str]) -> tuple[str, str]:
    """Name of a module, which may hold a ``#`` itself, and mark of the call, such as ``#1``."""
    name, mark, index = call.rpartition("#")
    return (name, mark + index) if mark and call not in modules else (call, "")


def named_tensors(output: object) -> Iterator[tuple[str, Tensor]]:
    """Find the tensors in what a module returned, with a suffix that says where."""
    if isinstance(output, Tensor):
        yield "", output
    elif isinstance(output, Mapping):
        for key, value in output.items():
            yield from ((f"[{key}]{rest}", tensor) for rest, tensor in named_tensors(value))
    elif isinstance(output, list | tuple):
        for index, value in enumerate(output):
            yield from ((f"[{index}]{rest}", tensor) for rest, tensor in named_tensors(value))


def _requested_calls(network: nn.Module, layers: Sequence[str]) -> dict[str, set[str]]:
    """Module name (its first, where it has several) to the names asked for."""
    first = {id(module): name for name, module in network.named_modules()}
    every = dict(network.named_modules(remove_duplicate=False))
    requested: dict[str, set[str]] = {}
    for layer in layers:
        alias, mark = split_call(layer, every)
        if not alias or alias not in every:
            unreachable = getattr(network, "unreachable", None)
            if isinstance(unreachable, str):
                raise UnsupportedModelError(f"layer {layer!r} cannot be heard: {unreachable}")
            names = ", ".join(name for name in first.values() if name)
            raise LayerNotFoundError(
                f"layer {layer!r} is not in the network; layers: {names}; see: cnnviz layers MODEL"
            )
        name = first[id(every[alias])]
        requested.setdefault(name, set()).add(name + mark)
    return requested


def _copy(name: str, tensor: Tensor) -> Tensor:  # noqa: ARG001 (signature of Keep)
    return tensor.detach().clone()


def _tensors(modules: Sequence[nn.Module]) -> list[Tensor]:
    """Parameters and buffers, each once."""
    tensors: dict[int, Tensor] = {}
    for module in modules:
        own = (*module.parameters(recurse=False), *module.buffers(recurse=False))
        tensors.update({id(tensor): tensor for tensor in own})
    return list(tensors.values())


def _values(tensor: Tensor) -> _Values:
    return _Values(
        tensor=tensor,
        alias=tensor.detach(),
        copy=tensor.detach().clone(),
        requires_grad=tensor.requires_grad,
        grad=tensor.grad if tensor.is_leaf else None,
    )


def _restore_values(value: _Values) -> None:
    tensor = value.tensor
    with torch.no_grad():
        if tensor.data_ptr() != value.alias.data_ptr() or tensor.shape != value.alias.shape:
            tensor.data = value.alias
        if not _same_bits(tensor, value.copy):
            tensor.copy_(value.copy)
    if tensor.is_leaf:
        if tensor.requires_grad != value.requires_grad:
            tensor.requires_grad_(value.requires_grad)
        if tensor.grad is not value.grad:
            tensor.grad = value.grad


def _same_bits(tensor: Tensor, other: Tensor) -> bool:
    if torch.equal(tensor, other):
        return True
    both_nan = torch.isnan(tensor) & torch.isnan(other)
    return bool(torch.all((tensor == other) | both_nan))


def _state(module: nn.Module) -> tuple[dict[str, object], dict[str, object]]:
    """Attributes of a module, and shallow copies of those that are containers."""
    attributes = dict(vars(module))
    copies = {k: v.copy() for k, v in attributes.items() if type(v) in _CONTAINERS}
    return attributes, copies


def _restore_state(module: nn.Module, state: tuple[dict[str, object], dict[str, object]]) -> None:
    attributes, copies = state
    current = vars(module)
    for name in [name for name in current if name not in attributes]:
        del current[name]
    for name, value in attributes.items():
        if name not in current or current[name] is not value:
            current[name] = value
    for name, copy in copies.items():
        _refill(attributes[name], copy)


def _refill(container: object, copy: object) -> None:
    """Give a container its former content, keeping its identity."""
    if isinstance(container, dict) and isinstance(copy, dict):
        same = list(container) == list(copy) and all(container[k] is copy[k] for k in copy)
        if not same:
            container.clear()
            container.update(copy)
    elif isinstance(container, list) and isinstance(copy, list):
        if len(container) != len(copy) or any(
            a is not b for a, b in zip(container, copy, strict=True)
        ):
            container[:] = copy
    elif isinstance(container, set) and isinstance(copy, set) and container != copy:
        container.clear()
        container.update(copy)
