"""Intervals of rates under resampling of clips.

Drawing clips with replacement draws the cells of the confusion matrix from a multinomial
distribution with their shares, so the cells are drawn, and no clip is touched.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

N_RESAMPLES = 10_000
QUANTILES = (0.025, 0.975)
_NUMBERS_AT_A_TIME = 4_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Intervals:
    """95 % percentile intervals, each float64 (2,); NaN where the rate is never defined.

    Of an accuracy of 0 or 1, which no resample moves, the exact binomial interval is given.
    """

    accuracy: np.ndarray
    balanced_accuracy: np.ndarray
    kappa: np.ndarray
    macro_f1: np.ndarray


def bootstrap_confusion(
    confusion: np.ndarray, *, seed: int, n_resamples: int = N_RESAMPLES
) -> Intervals:
    """Estimate how far rates would move with other clips like these.

    Parameters
    ----------
    confusion
        Counts of (true, predicted) classes, (class, class).
    seed
        Of the draws.
    n_resamples
        Draws of as many clips as there are.

    References
    ----------
    Efron, "Bootstrap Methods: Another Look at the Jackknife" (1979); Clopper and Pearson, "The
    Use of Confidence or Fiducial Limits Illustrated in the Case of the Binomial" (1934).
    """
    drawn = [_rates(cells, confusion) for cells in _draws(confusion, seed, n_resamples)]
    rates = np.concatenate(drawn, axis=1)  # (rate, resample)
    return Intervals(
        accuracy=_of_accuracy(rates[0], confusion),
        balanced_accuracy=interval_of(rates[1]),
        kappa=interval_of(rates[2]),
        macro_f1=interval_of(rates[3]),
    )


def interval_of(values: np.ndarray) -> np.ndarray:
    """95 % percentile interval of resampled values, float64 (2,); NaN values are left out."""
    finite = values[np.isfinite(values)]
    interval: np.ndarray = np.quantile(finite, QUANTILES) if len(finite) else np.full(2, np.nan)
    return interval


def _of_accuracy(resampled: np.ndarray, confusion: np.ndarray) -> np.ndarray:
    n_right, n_clips = int(confusion.trace()), int(confusion.sum())
    if 0 < n_right < n_clips:
        return interval_of(resampled)
    from scipy.stats import binomtest

    interval = binomtest(n_right, n_clips).proportion_ci(
        QUANTILES[1] - QUANTILES[0], method="exact"
    )
    return np.array(interval)


def _draws(confusion: np.ndarray, seed: int, n_resamples: int) -> Iterator[np.ndarray]:
    """Counts of the filled cells, int64 (resample, cell), a block at a time."""
    generator = np.random.default_rng(seed)
    counts = confusion[np.nonzero(confusion)]
    n_clips = counts.sum()
    block = max(1, _NUMBERS_AT_A_TIME // len(counts))
    for first in range(0, n_resamples, block):
        size = min(block, n_resamples - first)
        yield generator.multinomial(n_clips, counts / n_clips, size=size)


def _rates(cells: np.ndarray, confusion: np.ndarray) -> np.ndarray:
    """Accuracy, balanced accuracy, kappa and macro F1 of each resample, (rate, resample)."""
    true, predicted = np.nonzero(confusion)
    classes = np.arange(len(confusion))
    is_true, is_predicted = true[:, None] == classes, predicted[:, None] == classes
    support = cells @ is_true  # (resample, class)
    answers = cells @ is_predicted
    hits = cells @ (is_true & is_predicted)
    n_clips = confusion.sum()
    present = support > 0
    accuracy = hits.sum(axis=1) / n_clips
    recall = hits / np.maximum(support, 1)
    f1 = 2 * hits / np.maximum(support + answers, 1)
    chance = (support * answers).sum(axis=1) / n_clips**2
    able = chance < 1
    kappa = np.where(able, (accuracy - chance) / np.where(able, 1 - chance, 1), np.nan)
    n_present = present.sum(axis=1)
    balanced, macro_f1 = ((rate * present).sum(axis=1) / n_present for rate in (recall, f1))
    return np.stack([accuracy, balanced, kappa, macro_f1])
