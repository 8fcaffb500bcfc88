"""The grammar of names: ``SERIES-CONVOLUTIONS[-doRATE][-bn]``."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product

DROPOUT_RATES = (0.0, 0.25, 0.5, 0.75)


@dataclass(frozen=True, kw_only=True, slots=True)
class Variant:
    """One network of a family.

    Parameters
    ----------
    series
        Family and width, such as ``"custom_ch32"``.
    n_convolutions
        Depth.
    dropout
        Rate before the last linear layer, in [0, 1); 0 means none.
    batch_norm
        Whether batch normalisation follows every convolution.
    """

    series: str
    n_convolutions: int
    dropout: float = 0.0
    batch_norm: bool = False

    @property
    def name(self) -> str:
        """The name users type, such as ``"custom_ch32-8-do0.5-bn"``."""
        dropout = f"-do{self.dropout:g}" if self.dropout else ""
        return f"{self.series}-{self.n_convolutions}{dropout}{'-bn' if self.batch_norm else ''}"


def variants(series: Iterable[str], depths: Iterable[int]) -> tuple[Variant, ...]:
    """List the variants of some series: each depth, with and without batch norm and dropout.

    Examples
    --------
    >>> [variant.name for variant in variants(["custom_ch32"], [8])][:3]
    ['custom_ch32-8', 'custom_ch32-8-do0.25', 'custom_ch32-8-do0.5']
    """
    choices = product(series, depths, (False, True), DROPOUT_RATES)
    return tuple(
        Variant(series=name, n_convolutions=depth, dropout=rate, batch_norm=batch_norm)
        for name, depth, batch_norm, rate in choices
    )
