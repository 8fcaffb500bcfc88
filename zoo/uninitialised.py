"""Networks of a name whose weights are not drawn, for what their shapes alone say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from . import catalogue

_INITIALISERS = frozenset(
    {torch.Tensor.fill_, torch.Tensor.normal_, torch.Tensor.uniform_, torch.Tensor.zero_}
)


def uninitialised_network(name: str, n_classes: int) -> nn.Module:
    """Build the network of a name without drawing its weights, which are whatever memory holds.

    Raises
    ------
    UnknownNameError
        If no family can build it.
    ParameterError
        If it is too deep for its clips.

    Examples
    --------
    >>> sum(weight.numel() for weight in uninitialised_network("custom_ch32-8", 16).parameters())
    94768
    """
    with _SkipInitialisation():
        return catalogue.family_of(name).build(name, n_classes)


class _SkipInitialisation(TorchFunctionMode):
    """Leave tensors as they are where they would be filled: pages not written cost nothing."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Call the function unless it is an initialisation."""
        keywords = dict(kwargs or {})
        if func in _INITIALISERS or getattr(func, "__module__", "") == "torch.nn.init":
            return keywords.get("tensor", args[0] if args else None)
        return func(*args, **keywords)
