"""Patches, vectors at times of a clip, that are nearest to one another by their cosine."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_MOST_STRETCHES = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Neighbours:
    """The nearest patch of each of several clips, and what random times give; see `neighbours`."""

    cells: np.ndarray
    cosines: np.ndarray
    pairs_95: float
    stretches_95: float


def neighbours(
    patch: np.ndarray,
    own: np.ndarray,
    others: Sequence[np.ndarray],
    *,
    drawn: Sequence[np.ndarray],
    n_pairs: int,
    generator: np.random.Generator,
) -> Neighbours:
    """The patch of each other clip that is nearest to one of this clip.

    Parameters
    ----------
    patch
        Of length 1 or 0, (component,).
    own
        Patches of its clip that random times are drawn from, likewise, (time, component).
    others
        Patches of other clips, likewise.
    drawn
        Those of them that random times are drawn from.
    n_pairs
        Pairs at random times.
    generator
        Of random times.

    Returns
    -------
    Neighbours
        Cells and cosines, (other,); quantiles are NaN without others.

    Examples
    --------
    >>> own, other = np.eye(2), np.array([[0.6, 0.8], [1.0, 0.0]])
    >>> random = np.random.default_rng(0)
    >>> neighbours(own[0], own, [other], drawn=[other], n_pairs=9, generator=random).cells
    array([1])
    """
    if not others:
        none = np.empty(0)
        return Neighbours(
            cells=none.astype(int), cosines=none, pairs_95=np.nan, stretches_95=np.nan
        )
    products = [other @ patch for other in others]  # (time,) each
    cells = np.array([int(one.argmax()) for one in products])
    partners = np.concatenate(drawn)
    left, right = (generator.integers(len(one), size=n_pairs) for one in (own, partners))
    pairs = np.einsum("pc,pc->p", own[left], partners[right])
    stretches = own[generator.permutation(len(own))[:_MOST_STRETCHES]]
    return Neighbours(
        cells=cells,
        cosines=np.array([one[k] for one, k in zip(products, cells, strict=True)]),
        pairs_95=float(np.quantile(pairs, 0.95)),
        stretches_95=float(np.quantile((np.concatenate(others) @ stretches.T).max(axis=0), 0.95)),
    )
