"""A layer's output as a point in the graph, whatever happens to the tensor later."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from torch import Tensor, nn

from cnnviz.errors import UnsupportedModelError
from cnnviz.hooks import split_call


@contextmanager
def tapped(network: nn.Module, layer: str) -> Iterator[list[Tensor]]:
    """Hold the output of one layer call in each forward pass, as the only entry of a list.

    Later layers get a copy, so that operations in place change neither the values nor the graph
    of what is held; no bit of the network's output differs.

    Parameters
    ----------
    network
        Held by `cnnviz.hooks.borrowed`.
    layer
        Name of a call as in a trace: ``"relu#1"`` is the second one of a shared module.

    Raises
    ------
    UnsupportedModelError
        In the forward pass, if the layer returns no tensor.

    Examples
    --------
    >>> import torch
    >>> network = nn.Sequential(nn.Conv1d(1, 2, 3), nn.ReLU(inplace=True))
    >>> with tapped(network, "0") as held:
    ...     scores = network(torch.zeros(1, 1, 8)).sum()
    >>> torch.autograd.grad(scores, held[0])[0].shape
    torch.Size([1, 2, 6])
    """
    held: list[Tensor] = []

    def hold(tensor: Tensor) -> Tensor:
        held[:] = [tensor.clone()]
        return held[0].clone()

    with replaced(network, layer, hold, start=held.clear):
        yield held


@contextmanager
def replaced(
    network: nn.Module,
    layer: str,
    change: Callable[[Tensor], Tensor],
    *,
    start: Callable[[], object] = bool,
) -> Iterator[None]:
    """Put what a function makes of the output of one layer call in its place.

    Parameters
    ----------
    network, layer
        As in `tapped`.
    change
        Of the output, a tensor; of several outputs of the first.
    start
        Called before each forward pass.

    Raises
    ------
    UnsupportedModelError
        In the forward pass, if the layer returns no tensor.
    """
    modules = dict(network.named_modules())
    name, mark = split_call(layer, modules)
    wanted, n_calls = int(mark[1:] or 0), 0

    def begin(module: nn.Module, inputs: object) -> None:  # noqa: ARG001 (signature of torch)
        nonlocal n_calls
        n_calls = 0
        start()

    def hook(module: nn.Module, inputs: object, output: object) -> object:  # noqa: ARG001
        nonlocal n_calls
        n_calls += 1
        if n_calls != wanted + 1:
            return None
        tensor, *rest = output if type(output) is tuple and output else (output,)
        if not isinstance(tensor, Tensor):
            raise UnsupportedModelError(
                f"layer {layer!r} returns a {type(output).__name__} without a tensor in front; "
                "allowed: a tensor, alone or first in a tuple; choose another --layer"
            )
        changed = change(tensor)
        return (changed, *rest) if type(output) is tuple else changed

    handles = [network.register_forward_pre_hook(begin)]
    try:
        handles.append(modules[name].register_forward_hook(hook))
        yield
    finally:
        for handle in handles:
            handle.remove()
