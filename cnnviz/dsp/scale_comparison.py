"""Which frequency scales the centres of a bank may follow, and how widths grow with centres.

Centres follow a scale when they lie evenly on it. Kolmogorov and Smirnov's test needs the ends of
the range; taken from the data as quantiles it rejects too rarely. Here the ends are two of the
centres, those of rank 5 % and 95 %: whatever they are, n independent centres that are uniform on a
scale leave the ones strictly between independent and uniform between them (order statistics), so
the test of these is exact at any number. Centres that were laid out evenly are nearer to uniform
than independent ones and rejected less often.

The scales that are not rejected are a set; which of them it is cannot be told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy import stats

from cnnviz.dsp.scales import SCALES, erb_number, evenly_spaced

LEVEL = 0.05
FEWEST_CENTRES = 10
_TAIL = 0.05
_CONFIDENCE = 0.95
_FEWEST_WIDTHS = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class ScaleTest:
    """Test that centres are uniform on a scale.

    `name` is one of `SCALES`, `distance` the largest one of the cumulative distributions, in
    [0, 1], `p` its probability for independent centres on the scale.
    """

    name: str
    distance: float
    p: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Slope:
    """Slope of log bandwidth on log centre with its 95 % interval.

    0 is constant bandwidth, 1 constant Q.
    """

    value: float
    low: float
    high: float


def central_centres(centres_hz: np.ndarray) -> np.ndarray:
    """Centres from rank 5 % to rank 95 %, both ends included, sorted, (kept,)."""
    centres = np.sort(centres_hz)
    cut = int(_TAIL * (len(centres) - 1))
    return centres[cut : len(centres) - cut]


def compare_scales(centres_hz: np.ndarray) -> tuple[ScaleTest, ...]:
    """Test centres in Hz, above zero, (filter,), against each of `SCALES`.

    Returns
    -------
    tuple of ScaleTest
        Empty for fewer than `FEWEST_CENTRES`, or where those of rank 5 % and 95 % are equal.

    Examples
    --------
    >>> tests = compare_scales(np.linspace(100.0, 8000.0, 64))
    >>> [test.name for test in tests if test.p >= LEVEL]
    ['linear']
    """
    centres = central_centres(np.asarray(centres_hz, dtype=np.float64))
    if len(centres_hz) < FEWEST_CENTRES or centres[0] == centres[-1]:
        return ()
    return _tests(tuple(SCALES), centres)


def confusable_scales(low_hz: float, high_hz: float, n: int) -> tuple[tuple[str, str], ...]:
    """Pairs of scales that `n` centres between two ends in Hz cannot tell apart.

    Centres that lie evenly on one of the pair are not rejected on the other.
    """
    fits = {
        (name, test.name)
        for name, scale in SCALES.items()
        for test in _tests(tuple(SCALES), evenly_spaced(scale, low_hz, high_hz, n))
        if test.p >= LEVEL
    }
    return tuple(pair for pair in combinations(SCALES, 2) if fits & {pair, pair[::-1]})


@dataclass(frozen=True, kw_only=True, slots=True)
class EvenSteps:
    """Centres as they would lie on each scale.

    Parameters
    ----------
    ranks
        Of the central centres among all, from 0, (kept,).
    hertz
        By name of the scale, even steps between the same ends, (kept,).
    """

    ranks: np.ndarray
    hertz: Mapping[str, np.ndarray]


def even_steps(centres_hz: np.ndarray) -> EvenSteps:
    """Lay as many centres as there are from rank 5 % to 95 % evenly on each of `SCALES`.

    Examples
    --------
    >>> even_steps(np.array([100.0, 150.0, 900.0])).hertz["linear"].round(6).tolist()
    [100.0, 500.0, 900.0]
    """
    kept = central_centres(centres_hz)
    first = (len(centres_hz) - len(kept)) // 2
    low, high = float(kept[0]), float(kept[-1])
    return EvenSteps(
        ranks=np.arange(first, first + len(kept)),
        hertz={name: evenly_spaced(scale, low, high, len(kept)) for name, scale in SCALES.items()},
    )


def fit_slope(centres_hz: np.ndarray, bandwidths_hz: np.ndarray) -> Slope | None:
    """Regress log bandwidth on log centre, least squares; values above zero, (filter,).

    None for fewer than three filters or one centre.

    Examples
    --------
    >>> round(fit_slope(np.array([1.0, 2.0, 4.0]), np.array([3.0, 6.0, 12.0])).value, 9)
    1.0
    """
    centres = np.log(centres_hz)
    if len(centres) < _FEWEST_WIDTHS or np.ptp(centres) == 0:
        return None
    fitted = stats.linregress(centres, np.log(bandwidths_hz))
    reach = float(stats.t.ppf((1 + _CONFIDENCE) / 2, len(centres) - 2) * fitted.stderr)
    value = float(fitted.slope)
    return Slope(value=value, low=value - reach, high=value + reach)


def trend_line(
    centres_hz: np.ndarray, bandwidths_hz: np.ndarray, slope: float, at_hz: np.ndarray
) -> np.ndarray:
    """Bandwidths in Hz that a slope from `fit_slope` gives at frequencies, (n,).

    A least-squares line goes through the means of the logarithms.
    """
    steps = np.log(at_hz) - np.log(centres_hz).mean()
    return np.asarray(np.exp(np.log(bandwidths_hz).mean() + slope * steps))


def density_per_erb(centres_hz: np.ndarray) -> float:
    """Centres in Hz per step of one on the ERB-rate scale, between ranks 5 % and 95 %.

    NaN for fewer than two centres, or one frequency.
    """
    centres = central_centres(centres_hz)
    span = np.ptp(erb_number(centres)) if len(centres) > 1 else 0.0
    return float((len(centres) - 1) / span) if span > 0 else float("nan")


def _tests(names: Sequence[str], centres: np.ndarray) -> tuple[ScaleTest, ...]:
    """Test the centres strictly between the first and the last on some of the scales."""
    places = np.stack([SCALES[name](centres) for name in names])  # (scale, centre)
    shares = (places[:, 1:-1] - places[:, :1]) / (places[:, -1:] - places[:, :1])
    n = shares.shape[1]
    above, below = np.arange(1, n + 1) / n - shares, shares - np.arange(n) / n
    distances = np.maximum(above.max(axis=1), below.max(axis=1))
    chances = stats.kstwo.sf(distances, n)
    return tuple(
        ScaleTest(name=name, distance=float(distance), p=float(p))
        for name, distance, p in zip(names, distances, chances, strict=True)
    )
