"""What the zoo holds: names to families, read from the folder of architectures."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, Protocol, cast

from cnnviz import registry
from cnnviz.errors import UnknownNameError

if TYPE_CHECKING:
    from torch import nn

    from cnnviz.model import ModelSpec

    from .recipe import Recipe

_PACKAGE = f"{__package__}.architectures"


class Family(Protocol):
    """The face of a file in ``architectures/``."""

    VARIANTS: tuple[str, ...]  # the names that are listed
    TASK: str  # what the networks were printed for
    N_CLASSES: int  # classes of that task

    def accepts(self, name: str) -> bool:
        """Whether the family can build a network of this name, listed or not."""
        ...

    def build(self, name: str, n_classes: int) -> nn.Module:
        """Build the network with fresh weights from the global random state."""
        ...

    def spec(self, name: str, class_names: tuple[str, ...]) -> ModelSpec:
        """The input contract of the network."""
        ...

    def recipe(self, name: str) -> Recipe:
        """How to train it."""
        ...


def names() -> tuple[str, ...]:
    """List the networks of all families, family by family."""
    return tuple(variant for name in registry.names(_PACKAGE) for variant in _family(name).VARIANTS)


def family_of(name: str) -> Family:
    """The family that can build the network of this name.

    Raises
    ------
    UnknownNameError
        If none can; the text gives the nearest names.
    """
    for family in registry.names(_PACKAGE):
        if _family(family).accepts(name):
            return _family(family)
    close = get_close_matches(name, names(), n=3, cutoff=0.0)
    raise UnknownNameError(
        f"{name!r} is not in the zoo; nearest: {', '.join(close)}; see: cnnviz zoo list"
    )


@cache
def _family(name: str) -> Family:
    return cast(Family, registry.load(_PACKAGE, name))
