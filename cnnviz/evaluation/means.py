"""Intervals of means under resampling of clips, or of groups of clips that belong together."""

import numpy as np

N_RESAMPLES = 2_000
_TAILS = (2.5, 97.5)


def mean_intervals(
    values: np.ndarray, groups: np.ndarray, *, seed: int, n_resamples: int = N_RESAMPLES
) -> np.ndarray:
    """Estimate how far means over clips would move with other groups of clips like these.

    Parameters
    ----------
    values
        (clip, measure).
    groups
        Group of each clip, such as its speaker, (clip,) of any type that can be told apart.
    seed
        Of the draws.
    n_resamples
        Draws of as many groups as there are.

    Returns
    -------
    np.ndarray
        Percentiles 2.5 and 97.5, float64 (2, measure); NaN for one group.

    References
    ----------
    Efron, "Bootstrap Methods: Another Look at the Jackknife" (1979).
    """
    names, index = np.unique(groups, return_inverse=True)
    if len(names) < 2:
        return np.full((2, values.shape[1]), np.nan)
    sums = np.zeros((len(names), values.shape[1]))
    np.add.at(sums, index, values)
    sizes = np.bincount(index)
    shares = np.full(len(names), 1 / len(names))
    drawn = np.random.default_rng(seed).multinomial(len(names), shares, size=n_resamples)
    means = drawn @ sums / (drawn @ sizes)[:, None]  # (resample, measure)
    intervals: np.ndarray = np.percentile(means, _TAILS, axis=0)
    return intervals
