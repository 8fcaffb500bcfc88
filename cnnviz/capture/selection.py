"""Which clips are kept whole: spread evenly over the classes, always the same ones."""

import numpy as np


def spread_over_classes(labels: np.ndarray, n_clips: int) -> np.ndarray:
    """Choose clips evenly over classes, and evenly within each class.

    Where there is one clip per class, it is an early one of the first class and a late one of
    the last: files are often in order of their speakers, and the first of each class would be
    the same voice every time.

    Parameters
    ----------
    labels
        Class index per clip, (clip,); -1 is a class of its own.
    n_clips
        How many; all when there are no more.

    Returns
    -------
    np.ndarray
        Positions in ascending order, int64.

    Examples
    --------
    >>> spread_over_classes(np.array([0, 0, 0, 0, 1, 1]), 4)
    array([0, 3, 4, 5])
    """
    n_clips = min(n_clips, len(labels))
    classes = np.unique(labels)
    sizes = {int(label): int(np.sum(labels == label)) for label in classes}
    quotas = _shares(sizes, n_clips)
    index = [
        np.flatnonzero(labels == label)[_evenly(sizes[label], quota, alone=place)]
        for place, (label, quota) in zip(
            np.linspace(0, 1, len(quotas)), quotas.items(), strict=True
        )
    ]
    return np.sort(np.concatenate([np.empty(0, dtype=np.int64), *index]))


def extend_over_classes(given_index: np.ndarray, labels: np.ndarray, n_clips: int) -> np.ndarray:
    """Add clips spread over the classes to those already chosen, up to `n_clips` in all."""
    n_more = n_clips
    while n_more > 0:
        index = np.union1d(given_index, spread_over_classes(labels, n_more)).astype(np.int64)
        if len(index) <= n_clips:
            return index
        n_more -= len(index) - n_clips
    return np.array(given_index, dtype=np.int64)


def _shares(sizes: dict[int, int], n_clips: int) -> dict[int, int]:
    """Equal shares per class; what a small class cannot fill goes to the others."""
    shares = dict.fromkeys(sizes, 0)
    left = n_clips
    while left > 0:
        for label in [label for label in sizes if shares[label] < sizes[label]]:
            if left > 0:
                shares[label] += 1
                left -= 1
    return shares


def _evenly(size: int, n: int, *, alone: float) -> np.ndarray:
    """`n` of `size` positions: first, last and between; a single one at the share `alone`."""
    if n == 1:
        return np.round([alone * (size - 1)]).astype(np.int64)
    return np.round(np.linspace(0, size - 1, n)).astype(np.int64)
