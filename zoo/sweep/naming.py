"""Names from their parts: what a family's names do not say is checked in the network."""

from __future__ import annotations

from dataclasses import dataclass, replace
from difflib import get_close_matches
from itertools import combinations

from cnnviz import registry
from cnnviz.errors import ParameterError, UnknownNameError

from ..variant import Variant

_OPTIONAL = ("kernel", "n_hidden", "channels")  # parts that go without saying in some families
_FAMILIES = "zoo.architectures"


@dataclass(frozen=True, kw_only=True, slots=True)
class Parts:
    """What a grid says of one network; None where it says nothing.

    Parameters
    ----------
    family
        Such as ``"custom"``.
    depth
        Convolutions.
    width
        Channels of the first convolution.
    kernel
        Taps of a kernel.
    fc
        Hidden linear layers.
    dropout
        Rate before the last linear layer; 0 means none.
    batch_norm
        Whether batch normalisation follows every convolution.
    """

    family: str
    depth: int
    width: int | None = None
    kernel: int | None = None
    fc: int | None = None
    dropout: float = 0.0
    batch_norm: bool = False


def compose(parts: Parts) -> str:
    """The name of the network of these parts.

    Raises
    ------
    UnknownNameError
        If there is no such family.
    ParameterError
        If the family has no such network.

    Examples
    --------
    >>> compose(Parts(family="custom", depth=8, width=32, kernel=5, batch_norm=True))
    'custom_ch32-8-bn'
    """
    _check_family(parts.family)
    variant = Variant(
        family=parts.family,
        n_convolutions=parts.depth,
        n_hidden=parts.fc,
        kernel=parts.kernel,
        channels=parts.width,
        dropout=parts.dropout,
        batch_norm=parts.batch_norm,
    )
    for shorter in _shortened(variant):
        if _accepted(shorter) and (shorter is variant or _matches(shorter.name, parts)):
            return shorter.name
    given = ", ".join(
        f"{key}={value}"
        for key in ("depth", "width", "kernel", "fc")
        if (value := getattr(parts, key)) is not None
    )
    raise ParameterError(
        f"family={parts.family!r} has no network of {given}; its names are like "
        f"{', '.join(_examples(parts.family))}; give the parts those names say"
    )


def _check_family(family: str) -> None:
    known = registry.names(_FAMILIES)
    if family not in known:
        close = get_close_matches(family, known, n=1, cutoff=0.0)
        raise UnknownNameError(
            f"family={family!r} is not in the zoo; nearest: {close[0]}; allowed: {', '.join(known)}"
        )


def _shortened(variant: Variant) -> list[Variant]:
    """The variant, then with one part unsaid, then with two, and so on."""
    stated = [key for key in _OPTIONAL if getattr(variant, key) is not None]
    omissions = [keys for n in range(1, len(stated) + 1) for keys in combinations(stated, n)]
    return [variant, *(_without(variant, keys) for keys in omissions)]


def _without(variant: Variant, keys: tuple[str, ...]) -> Variant:
    return replace(
        variant,
        kernel=None if "kernel" in keys else variant.kernel,
        n_hidden=None if "n_hidden" in keys else variant.n_hidden,
        channels=None if "channels" in keys else variant.channels,
    )


def _accepted(variant: Variant) -> bool:
    return registry.load(_FAMILIES, variant.family).accepts(variant.name) is True


def _matches(name: str, parts: Parts) -> bool:
    """Whether the network of a name has the parts that its name does not say."""
    from torch import nn

    from ..uninitialised import uninitialised_network

    network = uninitialised_network(name, 2)
    convolutions = [layer for layer in network.modules() if isinstance(layer, nn.Conv1d)]
    linears = [layer for layer in network.modules() if isinstance(layer, nn.Linear)]
    actual = {
        "kernel": convolutions[0].kernel_size[0] if convolutions else None,
        "width": convolutions[0].out_channels if convolutions else None,
        "fc": len(linears) - 1,
    }
    return all(getattr(parts, key) in (None, value) for key, value in actual.items())


def _examples(family: str) -> tuple[str, ...]:
    names: tuple[str, ...] = registry.load(_FAMILIES, family).VARIANTS
    return names[:1] + names[-1:]
