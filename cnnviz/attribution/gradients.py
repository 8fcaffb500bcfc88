"""Gradients of networks that may overwrite what they like."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

import torch
from torch import Tensor, nn


def differentiated(
    values: Callable[[], Tensor], points: Sequence[Tensor]
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Values and the gradients of their sum at points, 0 where a point plays no part.

    A network that overwrites what its own gradient needs, which only one that is never trained
    does, runs once more with copies kept.
    """

    def run() -> tuple[Tensor, tuple[Tensor, ...]]:
        found = values()
        with torch.backends.mkldnn.flags(enabled=False, allow_tf32=None):
            gradients = torch.autograd.grad(found.sum(), points, materialize_grads=True)
        return found.detach(), gradients

    try:
        return run()
    except RuntimeError as error:
        if "inplace operation" not in str(error):
            raise
    with keeping_copies():
        return run()


def keeping_copies() -> AbstractContextManager[object]:
    """Keep copies for the backward pass, so that a network may overwrite what it likes."""
    return torch.autograd.graph.saved_tensors_hooks(
        lambda one: one if isinstance(one, nn.Parameter) else one.detach().clone(),
        lambda one: one,
    )
