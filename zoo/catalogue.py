"""What the zoo holds: names to families, read from the folder of architectures."""

from __future__ import annotations

from difflib import get_close_matches
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

    VARIANTS: tuple[str, ...]

    def build(self, variant: str, n_classes: int) -> nn.Module:
        """Build the network with fresh weights from the global random state."""
        ...

    def spec(self, variant: str, class_names: tuple[str, ...]) -> ModelSpec:
        """The input contract of the network."""
        ...

    def recipe(self, variant: str) -> Recipe:
        """How to train it."""
        ...


def names() -> tuple[str, ...]:
    """List the variants of all families, family by family."""
    return tuple(variant for name in registry.names(_PACKAGE) for variant in _family(name).VARIANTS)


def family_of(variant: str) -> Family:
    """The family that names this variant.

    Raises
    ------
    UnknownNameError
        If none does; the text gives the nearest names.
    """
    for name in registry.names(_PACKAGE):
        if variant in _family(name).VARIANTS:
            return _family(name)
    close = get_close_matches(variant, names(), n=3, cutoff=0.0)
    raise UnknownNameError(
        f"{variant!r} is not in the zoo; nearest: {', '.join(close)}; see: cnnviz zoo list"
    )


def _family(name: str) -> Family:
    return cast(Family, registry.load(_PACKAGE, name))
