"""Intervals of means under resampling of groups of clips that belong together."""

import numpy as np

from cnnviz.evaluation.bootstrap import interval_of, resample_sums

N_RESAMPLES = 2_000


def mean_intervals(
    values: np.ndarray, groups: np.ndarray, *, seed: int, n_resamples: int = N_RESAMPLES
) -> np.ndarray:
    """Estimate how far means over clips would move with other groups of clips like these.

    Parameters
    ----------
    values
        (clip, measure).
    groups
        Number of the group of each clip from 0, such as its speaker, int (clip,).
    seed
        Of the draws.
    n_resamples
        Draws of as many groups as there are.

    Returns
    -------
    np.ndarray
        Expanded percentile interval of 95 %, float64 (2, measure); NaN for one group.

    References
    ----------
    Efron, "Bootstrap Methods: Another Look at the Jackknife" (1979).
    """
    sums = np.stack([np.bincount(groups, column) for column in values.T], axis=1)
    sizes = np.bincount(groups)
    *drawn, counts = resample_sums(np.column_stack([sums, sizes]), seed, n_resamples)
    return np.stack([interval_of(one / counts, len(sizes)) for one in drawn], axis=1)
