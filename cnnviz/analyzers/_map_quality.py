"""How faithful a map of clips is: neighbours that stay neighbours, and those of one class."""

from dataclasses import dataclass

import numpy as np
from sklearn.metrics import pairwise_distances_chunked
from sklearn.neighbors import NearestNeighbors

MOST_MEASURED = 4000
_WORKING_MIB = 16


@dataclass(frozen=True, kw_only=True, slots=True)
class Quality:
    """How far neighbours in the plane are neighbours in the data, and of one class.

    `n_left_out` clips are not in the purities, because the network was trained on them.
    """

    trustworthiness: float
    continuity: float
    knn_purity: float
    knn_purity_input: float
    chance_purity: float
    purity_neighbors: int
    n_left_out: int = 0


def measure_quality(
    values: np.ndarray,
    points: np.ndarray,
    labels: np.ndarray,
    *,
    n_neighbors: int,
    seed: int,
    is_training: np.ndarray | None = None,
) -> Quality:
    """Compare neighbourhoods in the plane with those in the data.

    More than 4,000 clips are measured on a random subset of that many.

    Parameters
    ----------
    values, points
        (clip, column) and (clip, 2).
    labels
        Class index (clip,); -1 where not known, such clips are left out of the purities.
    n_neighbors
        Fewer are used where there are few clips.
    seed
        Of the subset.
    is_training
        Clips of the training split, bool (clip,), which are left out of the purities: a network
        separates the classes of what it was trained on. None: no clip.

    References
    ----------
    Venna and Kaski, "Neighborhood Preservation in Nonlinear Projection Methods" (2001).
    """
    n_left_out = 0 if is_training is None else int(is_training.sum())
    if is_training is not None:
        labels = np.where(is_training, -1, labels)
    if len(values) > MOST_MEASURED:
        some = np.random.default_rng(seed).choice(len(values), MOST_MEASURED, replace=False)
        values, points, labels = values[some], points[some], labels[some]
    k = fewer_neighbours(n_neighbors, len(values))
    labelled = labels >= 0
    n_nearest = purity_neighbours(n_neighbors, labels[labelled])
    return Quality(
        trustworthiness=trustworthiness(values, points, n_neighbors=k),
        continuity=trustworthiness(points, values, n_neighbors=k),
        knn_purity=knn_purity(points[labelled], labels[labelled], n_neighbors=n_nearest),
        knn_purity_input=knn_purity(values[labelled], labels[labelled], n_neighbors=n_nearest),
        chance_purity=chance_purity(labels[labelled]),
        purity_neighbors=n_nearest,
        n_left_out=n_left_out,
    )


def trustworthiness(values: np.ndarray, points: np.ndarray, *, n_neighbors: int) -> float:
    """How far neighbours in the plane are neighbours in the data, 0 to 1.

    1 - 2 / (n k (2 n - 3 k - 1)) times the sum, over each clip and its k neighbours in the plane,
    of max(0, rank in the data - k). That of scikit-learn, which holds all ranks of all clips at
    once; here some rows of distances are.
    """
    n, k = len(values), n_neighbors
    near = NearestNeighbors(n_neighbors=k).fit(points).kneighbors(return_distance=False)

    def excess(distances: np.ndarray, start: int) -> np.ndarray:
        own = np.take_along_axis(distances, near[start : start + len(distances)], axis=1)
        # a clip is at distance 0 from itself: it takes the place of the 1 that ranks begin with
        ranks = np.stack([(distances < one[:, None]).sum(1) for one in own.T])  # (neighbour, row)
        return np.asarray(np.maximum(ranks - k, 0).sum(0))

    rows = pairwise_distances_chunked(values, reduce_func=excess, working_memory=_WORKING_MIB)
    return 1 - 2 / (n * k * (2 * n - 3 * k - 1)) * float(sum(part.sum() for part in rows))


def fewer_neighbours(n_neighbors: int, n_clips: int) -> int:
    """Clip a number of neighbours to less than half the clips, at least one."""
    return max(1, min(n_neighbors, (n_clips - 1) // 2))


def purity_neighbours(n_neighbors: int, labels: np.ndarray) -> int:
    """Count of neighbours that a class of median size can fill with its own, at least one.

    With more, clips of small classes have neighbours of other classes by necessity, and
    purity says how large the classes are.

    Examples
    --------
    >>> purity_neighbours(15, np.array([0, 0, 0, 0, 0, 1, 1, 1, 1, 1]))
    4
    """
    sizes = np.unique(labels, return_counts=True)[1]
    if not len(labels):
        return 1
    return fewer_neighbours(min(n_neighbors, int(np.median(sizes)) - 1), len(labels))


def knn_purity(points: np.ndarray, labels: np.ndarray, *, n_neighbors: int) -> float:
    """Mean share of the nearest neighbours that carry a clip's own label; NaN for one class."""
    if len(np.unique(labels)) < 2:
        return float("nan")
    k = fewer_neighbours(n_neighbors, len(points))
    neighbours = NearestNeighbors(n_neighbors=k).fit(points).kneighbors(return_distance=False)
    return float((labels[neighbours] == labels[:, None]).mean())


def chance_purity(labels: np.ndarray) -> float:
    """Purity that shuffled labels give on average: two clips drawn share a label.

    Examples
    --------
    >>> chance_purity(np.array([0, 0, 1, 1]))
    0.3333333333333333
    """
    n = len(labels)
    if len(np.unique(labels)) < 2:
        return float("nan")
    counts = np.bincount(labels)
    return float((counts * (counts - 1)).sum() / (n * (n - 1)))
