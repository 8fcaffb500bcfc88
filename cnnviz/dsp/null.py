"""What untrained filters look like: the null that a learned filter must differ from.

Random taps of a network that never learnt show peaks too: of 80 uniform taps at 16 kHz the
highest bin stands 7 dB over the mean. A filter is peakier than untrained ones when its spectrum
is less flat than that of 95 % of its untrained twins, and has structure when its peakiness, the
symmetry of its taps or the place of their energy is rarer than in 95 % of them.

Of n untrained filters the limit is the k-th highest value, k = floor(0.05 (n + 1)). How many of
M further untrained filters lie beyond it is then beta-binomial with (M, k, n + 1 - k), whatever
the values are distributed like (Wilks, "Determination of sample sizes for setting tolerance
limits", 1941).

Of fewer than ten taps nothing can be said filter by filter: the peakiest filter there can be,
with all power of n taps at one frequency, has a peak 10 log10(n) dB over the mean, and 5 % of
untrained ones come within 3 dB of it. Such shapes are named beside those of untrained filters.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from scipy import stats

from cnnviz.dsp.descriptors import spectral_flatness
from cnnviz.dsp.response import log_powers

LEVEL = 0.05
CONFIDENCE = 0.95
FEWEST_TAPS = 10
FEWEST_UNTRAINED = 20
"""Below, no untrained filter lies beyond the limit of 5 %."""
_LEAST_SPREAD_DB = 1e-9
_ROUNDING = 1e-9


@dataclass(frozen=True, kw_only=True, slots=True)
class Traits:
    """What filters are compared by with untrained ones, each (filter,).

    Parameters
    ----------
    flatness
        Of the spectrum, in [0, 1]; lower is peakier.
    peak_db
        Peak over mean power.
    symmetry
        Of the taps, in [-1, 1], and `centroid` of their energy in taps; NaN where the taps run
        along more than time.
    centroid
        See `symmetry`.
    """

    flatness: np.ndarray
    peak_db: np.ndarray
    symmetry: np.ndarray
    centroid: np.ndarray


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """Which filters lie beyond 95 % of untrained ones, bool (filter,); dead ones never do.

    The same of the untrained ones themselves, of which `n_limit` of `n_untrained` lie at the
    limit or beyond.
    """

    peakier: np.ndarray
    structured: np.ndarray
    untrained_peakier: np.ndarray
    untrained_structured: np.ndarray
    n_limit: int
    n_untrained: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Expected:
    """How many untrained filters lie beyond the limit, in 95 % of banks: `low` to `high`."""

    low: int
    high: int


def measure(powers: np.ndarray) -> Traits:
    """Measure power spectra of any number of axes, (filter, axes ...)."""
    flat = powers.reshape(len(powers), -1)
    mean = flat.mean(axis=1)
    above = np.where(mean > 0, flat.max(axis=1) / np.where(mean > 0, mean, 1.0), np.nan)
    unknown = np.full(len(flat), np.nan)
    return Traits(
        flatness=spectral_flatness(flat, log_powers(flat)),
        peak_db=10 * np.log10(above),
        symmetry=unknown,
        centroid=unknown,
    )


def joined(parts: Sequence[Traits]) -> Traits:
    """Traits of several banks as of one."""
    columns = {
        field.name: np.concatenate([getattr(part, field.name) for part in parts])
        for field in fields(Traits)
    }
    return Traits(**columns)


def judge(own: Traits, untrained: Traits) -> Verdict:
    """Hold filters against untrained ones; see `Verdict`."""
    n_untrained = int(np.isfinite(untrained.flatness).sum())
    n_limit = int(LEVEL * (n_untrained + 1))
    extremes = list(zip(_extremes(own, untrained), _extremes(untrained, untrained), strict=True))
    rarities = [(_rarity(value, null), _rarity(null, null)) for value, null in extremes]
    joint = [np.minimum.reduce(each) for each in zip(*rarities, strict=True)]
    return Verdict(
        peakier=_beyond(*rarities[0], n_limit),
        structured=_beyond(joint[0], joint[1], n_limit),
        untrained_peakier=_beyond(rarities[0][1], rarities[0][1], n_limit),
        untrained_structured=_beyond(joint[1], joint[1], n_limit),
        n_limit=n_limit,
        n_untrained=n_untrained,
    )


def expect(verdict: Verdict, n_filters: int, counts: np.ndarray) -> Expected:
    """Say how many of `n_filters` untrained filters lie beyond the limit.

    Parameters
    ----------
    verdict
        Whose limit it is.
    n_filters
        Of a bank.
    counts
        Of each untrained bank, how many of `n_filters` lie beyond; where filters of one bank
        depend on each other, these scatter wider than chance and widen the interval, (bank,).
    """
    return _expected(verdict.n_limit, verdict.n_untrained, n_filters, counts)


def _expected(n_limit: int, n_untrained: int, n: int, counts: np.ndarray) -> Expected:
    if not n_limit:
        return Expected(low=0, high=n)
    low, high = stats.betabinom.interval(CONFIDENCE, n, n_limit, n_untrained + 1 - n_limit)
    seen = central_range(counts)
    return Expected(
        low=int(min(low, np.floor(seen[0]))),
        high=int(max(high, np.ceil(seen[1]))),
    )


def beyond_untrained(
    values: np.ndarray, twins: Sequence[np.ndarray]
) -> tuple[np.ndarray, Expected] | None:
    """Which units exceed what 95 % of untrained units have, and how many would by chance.

    Parameters
    ----------
    values
        Of units, higher is rarer, (unit,); NaN is never beyond.
    twins
        The same of each untrained twin, (unit,) each.

    Returns
    -------
    bool (unit,) and Expected, or None
        None where too few untrained units are known (below 19 of them 5 % are none).

    Examples
    --------
    >>> mask, expected = beyond_untrained(np.array([0.5, 99.0]), [np.arange(40.0)])
    >>> mask.tolist(), (expected.low, expected.high)
    ([False, True], (0, 1))
    """
    pooled = np.concatenate([one[np.isfinite(one)] for one in twins]) if len(twins) else np.empty(0)
    n_limit = int(LEVEL * (len(pooled) + 1))
    if not n_limit:
        return None
    limit = np.partition(pooled, len(pooled) - n_limit)[len(pooled) - n_limit]
    counts = np.array([np.mean(one >= limit) * len(values) for one in twins])
    return values > limit, expect_count(len(values), n_limit, len(pooled), counts)


def expect_count(n_units: int, n_limit: int, n_untrained: int, counts: np.ndarray) -> Expected:
    """How many units of a further twin lie beyond a limit, in 95 % of twins.

    Beta-binomial where units are independent. Units of one network share its earlier layers: the
    interval is as wide as Student's for the count of a further twin, too (Geisser, "Predictive
    Inference", 1993).

    Parameters
    ----------
    n_units
        Of the twin.
    n_limit, n_untrained
        Untrained units at the limit or beyond, of how many.
    counts
        Of each twin, scaled to `n_units`, (twin,); of one twin only the first is known.
    """
    shares = (n_limit, n_untrained + 1 - n_limit)
    low, high = stats.betabinom.interval(CONFIDENCE, n_units, *shares)
    mean, half = float(np.mean(counts)), 0.0
    if len(counts) > 1:
        half = float(stats.t.ppf((1 + CONFIDENCE) / 2, len(counts) - 1))
        half *= float(np.std(counts, ddof=1)) * np.sqrt(1 + 1 / len(counts))
    return Expected(
        low=int(max(0, min(low, np.floor(mean - half)))),
        high=int(min(n_units, max(high, np.ceil(mean + half)))),
    )


def central_range(values: np.ndarray) -> tuple[float, float]:
    """Lowest and highest of the middle 95 % of values; NaN where there is none."""
    finite = values[np.isfinite(values)]
    if not len(finite):
        return np.nan, np.nan
    rest = (1 - CONFIDENCE) / 2
    low = np.quantile(finite, rest, method="lower")
    return float(low), float(np.quantile(finite, 1 - rest, method="higher"))


def deviations(own: Traits, untrained: Traits) -> np.ndarray:
    """Peak over mean in standard deviations above untrained filters, (filter,).

    0 where untrained filters do not vary (a single tap).
    """
    peaks = untrained.peak_db[np.isfinite(untrained.peak_db)]
    if not len(peaks) or np.std(peaks) < _LEAST_SPREAD_DB:
        return 0.0 * own.peak_db
    return np.asarray((own.peak_db - np.mean(peaks)) / np.std(peaks))


def count_taps(kernels: np.ndarray) -> int:
    """Taps that are not zero in all kernels (filter, axes ...): gaps of dilation do not count."""
    return int(np.count_nonzero((kernels != 0).any(axis=0)))


def _extremes(traits: Traits, untrained: Traits) -> tuple[np.ndarray, ...]:
    """Peakiness, symmetry and distance of the energy's place from the usual: high is rare."""
    places = untrained.centroid[np.isfinite(untrained.centroid)]
    usual = np.median(places) if len(places) else 0.0
    return -traits.flatness, np.abs(traits.symmetry), np.abs(traits.centroid - usual)


def _rarity(values: np.ndarray, untrained: np.ndarray) -> np.ndarray:
    """Share of untrained values that are as high, (filter,); 1 for what is not known."""
    ordered = np.sort(untrained[np.isfinite(untrained)])
    if not len(ordered):
        return np.ones(len(values))
    n_lower = np.searchsorted(ordered, values - _ROUNDING, side="left")
    return np.where(np.isfinite(values), 1 - n_lower / len(ordered), 1.0)


def _beyond(rarity: np.ndarray, untrained: np.ndarray, n_limit: int) -> np.ndarray:
    """Whether filters are rarer than the `n_limit`-th rarest untrained one."""
    if not n_limit:
        return np.zeros(len(rarity), bool)
    limit = np.partition(untrained, n_limit - 1)[n_limit - 1]
    return np.asarray(rarity < limit)
