"""Gradients of networks that may overwrite what they like."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TypeVar

import torch
from torch import nn

T = TypeVar("T")


def differentiated(run: Callable[[], T]) -> T:
    """What a forward and backward pass give.

    A network that overwrites what its own gradient needs, which only one that is never trained
    does, runs once more with copies kept.
    """
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
