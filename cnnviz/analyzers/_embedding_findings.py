"""How far to believe a map of clips, in words with the measures they follow from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cnnviz.results import Evidence, Finding, plural

if TYPE_CHECKING:
    from cnnviz.analyzers._map_quality import Quality


def describe_quality(
    quality: Quality, of: str, *, n_clips: int, n_neighbors: int
) -> tuple[Finding, ...]:
    """Say which neighbourhoods hold, and how many neighbours are of one class.

    Parameters
    ----------
    quality
        Of the map.
    of
        Method and layer of the map, for the ids.
    n_clips, n_neighbors
        Clips that were measured, and neighbours that trustworthiness and continuity count.
    """
    chance = chance_trustworthiness(n_clips, n_neighbors)
    neighbours = Evidence(name="neighbours", value=n_neighbors, unit="clips")
    ends = (neighbours, Evidence(name="at most", value=1), Evidence(name="by chance", value=chance))
    beside = f"1 if all are, by chance {chance:.3f}, k = {n_neighbors}"
    trustworthiness, continuity = quality.trustworthiness, quality.continuity
    return (
        Finding(
            id=f"trustworthiness:{of}",
            sentence=f"Trustworthiness is {trustworthiness:.3f}: how far neighbours on the map "
            f"are neighbours in the network ({beside}).",
            evidence=(Evidence(name="trustworthiness", value=trustworthiness), *ends),
            null=chance,
        ),
        Finding(
            id=f"continuity:{of}",
            sentence=f"Continuity is {continuity:.3f}: how far neighbours in the network are "
            f"neighbours on the map ({beside}).",
            evidence=(Evidence(name="continuity", value=continuity), *ends),
            null=chance,
        ),
        *((_describe_purity(quality, of),) if quality.chance_purity < 1 else ()),
        *((_describe_left_out(quality, of),) if quality.n_left_out else ()),
    )


def chance_trustworthiness(n_clips: int, n_neighbors: int) -> float:
    """Trustworthiness, and continuity, that a map in random order has on average.

    A neighbour then has any of the n - 1 ranks r alike, and one of more than k costs r - k.

    Examples
    --------
    >>> chance_trustworthiness(4, 1)
    0.5
    """
    n, k = n_clips, n_neighbors
    return 1 - (n - 1 - k) * (n - k) / ((n - 1) * (2 * n - 3 * k - 1))


def _describe_purity(quality: Quality, of: str) -> Finding:
    """Share of neighbours of the same class against chance; a warning where it is no more."""
    purity, chance, n_nearest = quality.knn_purity, quality.chance_purity, quality.purity_neighbors
    return Finding(
        id=f"purity:{of}",
        sentence=f"Of a clip's {n_nearest} nearest neighbours {purity:.1%} are of its class on the "
        f"map, {quality.knn_purity_input:.1%} in the network before projection; by chance "
        f"{chance:.1%}.",
        severity="warning" if purity <= chance else "note",
        evidence=(
            Evidence(name="purity on the map", value=purity),
            Evidence(name="purity before projection", value=quality.knn_purity_input),
            Evidence(name="purity by chance", value=chance),
            Evidence(name="neighbours", value=n_nearest, unit="clips"),
        ),
        null=chance,
    )


def _describe_left_out(quality: Quality, of: str) -> Finding:
    """Say that clips of the training split are in no purity, and where none is left."""
    n_clips = f"{plural(quality.n_left_out, 'clip')} of the training split"
    is_known = np.isfinite(quality.chance_purity)
    return Finding(
        id=f"left_out:{of}",
        sentence=f"Left out of these shares: {n_clips}."
        if is_known
        else f"Left out: {n_clips}, so that no share of neighbours of one class is given.",
        severity="note" if is_known else "warning",
        evidence=(Evidence(name="training split", value=quality.n_left_out, unit="clips"),),
    )


def describe_variance(shares: np.ndarray, of: str) -> Finding:
    """Say how much of the variance two axes show, of the share (component,) of each."""
    share = float(shares[:2].sum())
    return Finding(
        id=f"variance:{of}",
        sentence=f"Two axes show {share:.1%} of the variance.",
        evidence=(Evidence(name="variance of two axes", value=share),),
    )
