"""Whether confidence can be taken at its word: a test, and an error that chance does not raise."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from cnnviz.evaluation.proportions import LEVEL

VERDICT_LEVEL = 0.01
"""A p-value below it is called over- or underconfident."""
_MOST_BINS, _FEWEST_CLIPS = 15, 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Calibration:
    """Confidence (the probability of the predicted class) against accuracy; NaN without it.

    Parameters
    ----------
    confidence
        Its mean, in [0, 1].
    gap
        Mean confidence less accuracy, in [-1, 1]; above zero the classifier claims too much.
    p_value
        How often a classifier whose confidence is true would be as far off, to either side.
    error
        Root of the mean squared distance of confidence and accuracy over bins of equally many
        clips, in [0, 1], corrected for what chance adds; 0 where chance explains all of it.
    error_interval
        95 %, float64 (2,).
    """

    confidence: float
    gap: float
    p_value: float
    error: float
    error_interval: np.ndarray


def measure_calibration(
    confidences: np.ndarray, right: np.ndarray, groups: np.ndarray
) -> Calibration:
    """Test whether confidence is true on the whole, and estimate how far it is off.

    The number of right answers of a calibrated classifier is the sum of independent events of
    these probabilities (Poisson-binomial), which gives the p-value. Where clips come in groups,
    it is at least that of Student's test, with the variance widened by how much more the groups
    vary than independent clips would.

    The squared error of a bin is estimated without bias by the products of the distances of any
    two clips of different groups. Its interval has the variance of that estimate for normal
    means, and does not reach below what the mean confidence alone is off by at the level of the
    verdict.

    Parameters
    ----------
    confidences
        Probability of the predicted class, (clip,), in [0, 1]; empty where predictions came
        without probabilities.
    right
        Whether the prediction is right, bool (clip,).
    groups
        Number of the group of each clip, as `number_groups` gives them.

    References
    ----------
    Seillier-Moiseiwitsch and Dawid, "On Testing the Validity of Sequential Probability
    Forecasts" (1993); Kumar, Liang and Ma, "Verified Uncertainty Calibration" (2019) for the
    estimate without bias; Sun, Chaudhari, Barnett and Dobriban, "A Confidence Interval for the
    l2 Expected Calibration Error" (2024).

    Examples
    --------
    >>> right = np.arange(100) < 70
    >>> found = measure_calibration(np.full(100, 0.9), right, np.arange(100))
    >>> round(found.gap, 3), found.p_value < 0.001, round(found.error, 2)
    (0.2, True, 0.19)
    """
    if not len(confidences):
        nan = float("nan")
        return Calibration(
            confidence=nan, gap=nan, p_value=nan, error=nan, error_interval=np.full(2, nan)
        )
    confidences = np.clip(confidences, 0, 1)
    squared, interval = _squared_error(confidences, right, groups)
    gap = float((confidences - right).mean())
    least = abs(gap) - _reach_of_gap(confidences, right, groups)  # no mean is above its root
    return Calibration(
        confidence=float(confidences.mean()),
        gap=gap,
        p_value=_p_value(confidences, right, groups),
        error=float(np.sqrt(max(squared, 0.0))),
        error_interval=np.sqrt(np.clip(interval, max(least, 0.0) ** 2, 1.0)),
    )


def _p_value(confidences: np.ndarray, right: np.ndarray, groups: np.ndarray) -> float:
    """Two-sided p-value of the number of right answers."""
    chances, n_right = count_distribution(confidences), int(right.sum())
    tail = min(chances[: n_right + 1].sum(), chances[n_right:].sum())
    exact, n_groups = min(1.0, 2 * float(tail)), int(groups.max()) + 1
    if n_groups == len(groups):
        return exact
    distances = right - confidences
    widened = (confidences * (1 - confidences)).sum() * _widening(distances, groups)
    if n_groups == 1:
        return 1.0  # nothing tells how much groups vary
    if widened == 0:
        return exact
    return max(exact, 2 * float(stats.t.sf(abs(distances.sum()) / widened**0.5, n_groups - 1)))


def count_distribution(probabilities: np.ndarray) -> np.ndarray:
    """Chance of each number of successes of independent events, float64 (event + 1,).

    Parameters
    ----------
    probabilities
        Of the events, (event,), in [0, 1].

    Examples
    --------
    >>> count_distribution(np.array([0.5, 0.5])).round(3)
    array([0.25, 0.5 , 0.25])
    """
    n_events = len(probabilities)
    size = 1 << max(n_events - 1, 0).bit_length()
    chances = np.zeros((size, 2))  # (sum, successes), joined in pairs
    chances[:, 0] = 1.0
    chances[:n_events] = np.column_stack([1 - probabilities, probabilities])
    while len(chances) > 1:
        n = 2 * chances.shape[1] - 1
        spectrum = np.fft.rfft(chances, n, axis=1)
        chances = np.fft.irfft(spectrum[::2] * spectrum[1::2], n, axis=1)
    counts: np.ndarray = np.maximum(chances[0, : n_events + 1], 0)
    return counts


def _widening(distances: np.ndarray, groups: np.ndarray) -> float:
    """Variance of sums over groups, as a multiple of that of independent clips; at least 1."""
    single = float(distances @ distances)
    if single <= 1e-12 * len(distances):  # never off: nothing shows how groups vary
        sizes = np.bincount(groups)
        return float(sizes @ sizes / len(groups))
    sums = np.bincount(groups, weights=distances)
    return max(1.0, float(sums @ sums) / single)


def _squared_error(
    confidences: np.ndarray, right: np.ndarray, groups: np.ndarray
) -> tuple[float, np.ndarray]:
    """Mean squared error over the bins, which may be below 0, and its interval (2,)."""
    n_clips = len(right)
    n_bins = min(_MOST_BINS, max(1, n_clips // _FEWEST_CLIPS))
    bins = np.empty(n_clips, dtype=np.int64)
    mixed = np.random.default_rng(0).permutation(n_clips)  # clips of one group often follow
    order = mixed[np.argsort(confidences[mixed], kind="stable")]
    bins[order] = np.arange(n_clips) * n_bins // n_clips
    distances = right - confidences
    counts = np.bincount(bins)
    means = np.bincount(bins, weights=distances) / counts
    squares = _without_own_group(distances, bins, groups)
    is_known = np.isfinite(squares)
    if not is_known.any():
        return float("nan"), np.full(2, np.nan)
    weights = np.where(is_known, counts, 0) / counts[is_known].sum()
    widening = _widening(distances - means[bins], groups)
    variances = widening * _variance(np.bincount(bins, weights=right), counts)
    squared = float(weights @ np.where(is_known, squares, 0))
    spread = weights**2 @ (4 * means**2 * variances + 2 * variances**2)
    reach = _student(groups, LEVEL) * np.sqrt(spread)
    return squared, squared + np.array([-reach, reach])


def _reach_of_gap(confidences: np.ndarray, right: np.ndarray, groups: np.ndarray) -> float:
    """Half width of the interval of the mean distance."""
    distances = right - confidences
    widening = _widening(distances - distances.mean(), groups)
    variance = widening * _variance(np.array(right.sum()), np.array(len(right)))
    return float(_student(groups, VERDICT_LEVEL) * np.sqrt(variance))


def _variance(n_right: np.ndarray, n_clips: np.ndarray) -> np.ndarray:
    """Of a share, with two right and two wrong answers more (Agresti and Coull): never 0."""
    share = (n_right + 2) / (n_clips + 4)
    variance: np.ndarray = share * (1 - share) / n_clips
    return variance


def _student(groups: np.ndarray, level: float) -> float:
    return float(stats.t.ppf(1 - level / 2, max(int(groups.max()), 1)))


def _without_own_group(distances: np.ndarray, bins: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Mean product of the distances of two clips of one bin and different groups, (bin,)."""
    pairs, part = np.unique(np.column_stack([bins, groups]), axis=0, return_inverse=True)
    sums, counts = np.bincount(part, weights=distances), np.bincount(part)
    of_bin = pairs[:, 0]
    products = np.bincount(bins, weights=distances) ** 2 - np.bincount(of_bin, weights=sums**2)
    n_pairs = np.bincount(bins) ** 2 - np.bincount(of_bin, weights=counts**2)
    means: np.ndarray = np.divide(
        products, n_pairs, out=np.full(len(n_pairs), np.nan), where=n_pairs > 0
    )
    return means
