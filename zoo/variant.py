"""The grammar of names: ``FAMILY[_fcF][_kK][_chC]-DEPTH[-doRATE][-bn]``.

One network of a family is said by its parts: hidden linear layers, taps of a kernel, channels
of the first layer, number of convolutions, rate of dropout, batch normalisation. What equals
the family's default is left out, so that a network has one name.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product

DROPOUT_RATES = (0.0, 0.25, 0.5, 0.75)  # of the speech command study
_NAME = re.compile(
    r"(?P<family>[a-z]+(?:_[a-z]+)*?)(?:_fc(?P<n_hidden>\d+))?(?:_k(?P<kernel>\d+))?"
    r"(?:_ch(?P<channels>\d+))?-(?P<n_convolutions>\d+)(?:-do(?P<dropout>0\.\d+))?(?P<bn>-bn)?"
)
_COUNTS = ("n_hidden", "kernel", "channels")


@dataclass(frozen=True, kw_only=True, slots=True)
class Variant:
    """One network of a family, as its name says it.

    Parameters
    ----------
    family
        Such as ``"custom"``.
    n_convolutions
        Depth.
    n_hidden
        Linear layers before the last; None where the name does not say it.
    kernel
        Taps of a kernel; None where the name does not say it.
    channels
        Channels of the first convolution; None where the name does not say it.
    dropout
        Rate before the last linear layer, in [0, 1); 0 means none.
    batch_norm
        Whether batch normalisation follows every convolution.
    """

    family: str
    n_convolutions: int
    n_hidden: int | None = None
    kernel: int | None = None
    channels: int | None = None
    dropout: float = 0.0
    batch_norm: bool = False

    @property
    def series(self) -> str:
        """The name up to the depth, such as ``"wide_k25_ch32"``."""
        parts = (("_fc", self.n_hidden), ("_k", self.kernel), ("_ch", self.channels))
        return self.family + "".join(f"{key}{n}" for key, n in parts if n is not None)

    @property
    def name(self) -> str:
        """The name users type, such as ``"custom_ch32-8-do0.5-bn"``."""
        dropout = f"-do{self.dropout:g}" if self.dropout else ""
        return f"{self.series}-{self.n_convolutions}{dropout}{'-bn' if self.batch_norm else ''}"


def parse(name: str) -> Variant | None:
    """Read a name; None when it does not follow the grammar.

    Examples
    --------
    >>> parse("wide_k25_ch32-6-do0.5").channels
    32
    >>> parse("wide") is None
    True
    """
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    counts = {key: None if match[key] is None else int(match[key]) for key in _COUNTS}
    variant = Variant(
        family=match["family"],
        n_convolutions=int(match["n_convolutions"]),
        dropout=float(match["dropout"] or 0),
        batch_norm=match["bn"] is not None,
        **counts,
    )
    return variant if variant.name == name else None


def variants(series: Iterable[str], depths: Iterable[int]) -> tuple[str, ...]:
    """List the names of some series: each depth, with and without batch norm and dropout.

    Examples
    --------
    >>> variants(["custom_ch32"], [8])[:3]
    ('custom_ch32-8', 'custom_ch32-8-do0.25', 'custom_ch32-8-do0.5')
    """
    choices = product(series, depths, ("", "-bn"), DROPOUT_RATES)
    return tuple(
        f"{name}-{depth}{f'-do{rate:g}' if rate else ''}{norm}"
        for name, depth, norm, rate in choices
    )
